package io.github.linuxfd.fanotify;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the paths of events, which tell of files by their handles.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class FanotifyPathTests {

	/** The common pool has a single thread on a small machine. */
	private static final Executor THREADS = (task) -> new Thread(task).start();

	private static final Flags<FanotifyEventFlag> ENTRIES = Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.DELETE,
			FanotifyEventFlag.RENAME, FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD,
			FanotifyEventFlag.ONDIR);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	@TempDir
	private Path directory;

	private Fanotify marked(Flags<FanotifyEventFlag> events) {
		Fanotify fanotify = this.factory.open();
		fanotify.addMark(FanotifyMark.INODE, this.directory, events);
		return fanotify;
	}

	@Test
	void nameWhenItIsNotUtf8LeadsToTheFile() throws Exception {
		try (Fanotify fanotify = marked(ENTRIES)) {
			Shell.bash("printf 1 > $'a\\xff b'; ".replace("$'", "\"$1\"/$'"), this.directory.toString()).orFail();
			FanotifyEvent event = fanotify.readEvents().get(0);
			assertThat(event.name()).hasValue("a\uDCFF b");
			assertThat(Files.readString(event.path().orElseThrow())).isEqualTo("1");
			assertThat(NativePaths.encode(event.path().orElseThrow())).contains((byte) 0xff);
		}
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void pathWhenDirectoryIsRenamedIsThatOfNow() throws Exception {
		Path first = Files.createDirectory(this.directory.resolve("first"));
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, first, ENTRIES);
			Files.writeString(first.resolve("1"), "");
			assertThat(fanotify.readEvent().path()).hasValue(first.resolve("1"));
			Path second = Files.move(first, this.directory.resolve("second"));
			Files.writeString(second.resolve("2"), "");
			assertThat(fanotify.readEvent().path()).hasValue(second.resolve("2"));
		}
	}

	/** A file system that hangs must not hold up those who answer and close. */
	@Test
	void pathWhenItHangsHoldsUpNobodyElse() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		try (Fanotify fanotify = marked(ENTRIES)) {
			Files.writeString(this.directory.resolve("file"), "");
			FanotifyEvent event = fanotify.readEvent();
			this.faults.answer("nameToHandleAt", 1, Integer.MAX_VALUE, (call) -> {
				asked.countDown();
				go.await();
				return call.call();
			});
			CompletableFuture<Optional<Path>> path = CompletableFuture.supplyAsync(event::path, THREADS);
			assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
			try {
				assertThat(CompletableFuture.supplyAsync(event::isAnswered, THREADS).get(10, TimeUnit.SECONDS))
					.isFalse();
				CompletableFuture.runAsync(event::close, THREADS).get(10, TimeUnit.SECONDS);
				assertThat(path).isNotDone();
			}
			finally {
				go.countDown();
			}
			assertThat(path.get(20, TimeUnit.SECONDS)).hasValue(this.directory.resolve("file"));
			assertThat(event.path()).isSameAs(path.get());
		}
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void pathWhenDirectoryIsGoneIsUnknown() throws Exception {
		Path gone = Files.createDirectory(this.directory.resolve("gone (deleted)"));
		FanotifyEvent late;
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, gone, ENTRIES.with(FanotifyEventFlag.DELETE_SELF));
			Files.writeString(gone.resolve("1"), "");
			FanotifyEvent seen = fanotify.readEvent();
			assertThat(seen.path()).hasValue(gone.resolve("1"));
			Files.delete(gone.resolve("1"));
			Files.delete(gone);
			List<FanotifyEvent> events = fanotify.readEvents();
			assertThat(events).isNotEmpty().allSatisfy((event) -> assertThat(event.path()).isEmpty());
			assertThat(events.get(0)).asString().contains("DELETE").contains("/1]");
			assertThat(seen.path()).as("found before").hasValue(gone.resolve("1"));
			late = events.get(0);
		}
		assertThat(late.oldPath()).isEmpty();
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void directoriesWhenManyAreSeenAreNotKeptOpen() throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			int before = OwnedFd.openCount();
			Path above = Files.createDirectory(this.directory.resolve("above"));
			for (int i = 0; i < 100; i++) {
				Path each = Files.createDirectory(above.resolve("d" + i));
				fanotify.addMark(FanotifyMark.INODE, each, ENTRIES);
			}
			Path moved = Files.move(above, this.directory.resolve("moved"));
			for (int round = 0; round < 2; round++) {
				for (int i = 0; i < 100; i++) {
					Path each = moved.resolve("d" + i);
					Files.writeString(each.resolve("f" + round), "");
					assertThat(fanotify.readEvent().path()).hasValue(each.resolve("f" + round));
				}
			}
			assertThat(this.faults.count("openByHandleAt")).as("found once, and then known").isEqualTo(100);
			assertThat(OwnedFd.openCount()).isEqualTo(before);
		}
	}

	@Test
	void pathWhenHandlesMayNotBeOpenedIsThatOfTheMark() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "");
		try (Fanotify fanotify = marked(ENTRIES); Fanotify single = this.factory.open()) {
			this.faults.failAll("openByHandleAt", Errno.EPERM);
			single.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.CLOSE_WRITE));
			Files.writeString(file, "1");
			assertThat(fanotify.readEvent().path()).hasValue(file);
			assertThat(single.readEvent().path()).hasValue(file);
			Path below = Files.createDirectory(this.directory.resolve("below"));
			Files.setLastModifiedTime(below, Files.getLastModifiedTime(file));
			assertThat(fanotify.readEvent().path()).hasValue(below);
			Files.writeString(file, "2");
			fanotify.flushMarks(FanotifyMark.INODE);
			assertThat(fanotify.readEvent().path()).as("what is in the queue").hasValue(file);
		}
	}

	@Test
	void pathWhenOnlySomeEventsAreUnmarkedIsStillFound() throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM);
		try (Fanotify fanotify = marked(ENTRIES)) {
			fanotify.removeMark(FanotifyMark.INODE, this.directory, Flags.of(FanotifyEventFlag.DELETE),
					Flags.none(FanotifyMarkFlag.class));
			Path file = Files.writeString(this.directory.resolve("file"), "");
			assertThat(fanotify.readEvent().path()).hasValue(file);
		}
	}

	@Test
	void pathWhenMarkedDirectoryIsRenamedAndMayNotBeOpenedIsUnknown() throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM);
		Path first = Files.createDirectory(this.directory.resolve("first"));
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, first, ENTRIES);
			Path second = Files.move(first, this.directory.resolve("second"));
			Files.createDirectory(first);
			Files.writeString(second.resolve("1"), "");
			assertThat(fanotify.readEvent().path()).as("not of the other directory").isEmpty();
			Files.writeString(second.resolve("2"), "");
			assertThat(fanotify.readEvent().path()).isEmpty();
			assertThat(this.faults.count("openByHandleAt")).as("asked for once").isEqualTo(1);
		}
	}

	@Test
	void pathWhenMarkIsOfASymbolicLinkIsThatOfTheTarget() throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM);
		Path target = Files.createDirectory(this.directory.resolve("target"));
		Path file = Files.createFile(target.resolve("file"));
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, Files.createSymbolicLink(this.directory.resolve("link"), target),
					ENTRIES);
			Files.writeString(file, "1");
			assertThat(fanotify.readEvent().path()).hasValue(file);
			fanotify.flushMarks(FanotifyMark.INODE);
			fanotify.addMark(FanotifyMark.INODE, Files.createSymbolicLink(this.directory.resolve("to"), file),
					Flags.of(FanotifyEventFlag.CLOSE_WRITE));
			Files.writeString(file, "2");
			assertThat(fanotify.readEvent().path()).hasValue(file);
		}
	}

	@Test
	void marksWhenTheirFilesAreGoneAreForgotten() throws Exception {
		try (Fanotify fanotify = marked(ENTRIES)) {
			for (int i = 0; i < 300; i++) {
				Path file = Files.createFile(this.directory.resolve("f" + i));
				fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.ATTRIB));
				Files.delete(file);
			}
			assertThat(fanotify.paths().markedFiles()).isLessThan(130);
			fanotify.readEvents();
			this.faults.failAll("openByHandleAt", Errno.EPERM);
			Path file = Files.createFile(this.directory.resolve("file"));
			assertThat(fanotify.readEvent().path()).as("its mark is still there").hasValue(file);
		}
	}

	/** Marks are not forgotten as long as they are there, however many. */
	@Test
	void marksWhenManyAreAllKept() throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM);
		try (Fanotify fanotify = this.factory.open()) {
			for (int i = 0; i < 300; i++) {
				fanotify.addMark(FanotifyMark.INODE, Files.createDirectory(this.directory.resolve("d" + i)), ENTRIES);
			}
			for (int i = 0; i < 300; i++) {
				Path file = Files.createFile(this.directory.resolve("d" + i + "/f"));
				assertThat(fanotify.readEvent().path()).hasValue(file);
			}
		}
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void handleWhenReportedIsThatOfTheFile() throws Exception {
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_FID))) {
			fanotify.addMark(FanotifyMark.INODE, this.directory,
					Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
			Path file = Files.writeString(this.directory.resolve("file"), "1");
			Files.writeString(file, "2");
			Path other = Files.writeString(this.directory.resolve("other"), "1");
			List<FanotifyEvent> events = fanotify.readEvents();
			assertThat(events).hasSize(2);
			assertThat(events.get(0).handle()).isPresent().isNotEqualTo(events.get(1).handle());
			assertThat(events.get(0).handle().orElseThrow().bytes()).isNotEmpty();
			assertThat(events.get(0).directory()).isEmpty();
			assertThat(events.get(0).name()).isEmpty();
			assertThat(events).extracting((event) -> event.path().orElseThrow()).containsExactly(file, other);
		}
	}

	@Test
	void targetWhenReportedComesWithDirectoryAndName() throws Exception {
		Flags<FanotifyInitFlag> flags = Flags.of(FanotifyInitFlag.REPORT_FID, FanotifyInitFlag.REPORT_DIR_FID,
				FanotifyInitFlag.REPORT_NAME, FanotifyInitFlag.REPORT_TARGET_FID);
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, flags)) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, Flags.of(FanotifyEventFlag.CREATE));
			Files.createFile(this.directory.resolve("file"));
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(event.handle()).isPresent().isNotEqualTo(event.directory());
				assertThat(event.name()).hasValue("file");
				assertThat(event.path()).hasValue(this.directory.resolve("file"));
			});
		}
	}

	/** The mark is there all the same. */
	@ParameterizedTest
	@ValueSource(strings = { "statfs", "nameToHandleAt" })
	void pathWhenHandlesCannotBeKnownIsEmpty(String method) throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM).failAll(method, Errno.EOPNOTSUPP);
		try (Fanotify fanotify = marked(ENTRIES)) {
			Files.createFile(this.directory.resolve("file"));
			assertThat(fanotify.readEvent()).satisfies((event) -> {
				assertThat(event.path()).isEmpty();
				assertThat(event.name()).hasValue("file");
			});
		}
	}

	@Test
	void pathWhenKernelDoesNotKnowHandlesOfEventsIsFoundByThatOfTheFile() throws Exception {
		this.faults.fail("nameToHandleAt", 1, Errno.EINVAL).failAll("openByHandleAt", Errno.EPERM);
		try (Fanotify fanotify = marked(ENTRIES)) {
			Path file = Files.createFile(this.directory.resolve("file"));
			assertThat(fanotify.readEvent().path()).hasValue(file);
		}
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void pathWhenMarkedDirectoryMayNotBeReadIsFoundFromAbove() throws Exception {
		Path first = Files.createDirectory(this.directory.resolve("first"));
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, first, ENTRIES);
			Path second = Files.move(first, this.directory.resolve("second"));
			this.faults.fail("open", 1, Errno.EACCES);
			Path file = Files.createFile(second.resolve("file"));
			assertThat(fanotify.readEvent().path()).hasValue(file);
			assertThat(this.faults.count("open")).isEqualTo(2);
		}
	}

}
