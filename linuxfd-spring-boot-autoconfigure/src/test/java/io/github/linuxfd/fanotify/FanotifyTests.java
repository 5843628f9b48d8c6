package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.util.FileSystemUtils;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallMemoryException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Lease;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Fanotify} by real changes of real files, as far as marks of a directory
 * of one's own go. What needs a mount of its own is in {@link FanotifyMountTests}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(60)
class FanotifyTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Flags<FanotifyEventFlag> ENTRIES = Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.DELETE,
			FanotifyEventFlag.RENAME, FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD,
			FanotifyEventFlag.ONDIR);

	private static final Flags<FanotifyEventFlag> CHILD_OPEN_PERM = Flags.of(FanotifyEventFlag.OPEN_PERM,
			FanotifyEventFlag.EVENT_ON_CHILD);

	private static final Flags<FanotifyInitFlag> NO_FLAGS = Flags.none(FanotifyInitFlag.class);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	private final ExecutorService executor = Executors.newCachedThreadPool();

	@TempDir
	private Path directory;

	@AfterEach
	void end() throws InterruptedException {
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
	}

	private Fanotify marked(Flags<FanotifyEventFlag> events) {
		Fanotify fanotify = this.factory.open();
		fanotify.addMark(FanotifyMark.INODE, this.directory, events);
		return fanotify;
	}

	private Fanotify asked() {
		Fanotify fanotify = this.factory.open(FanotifyClass.CONTENT, NO_FLAGS);
		fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
		return fanotify;
	}

	private Future<String> cat(Path file) {
		return this.executor.submit(() -> {
			Shell.Result cat = Shell.run(List.of("cat", file.toString()));
			return (cat.status() == 0) ? cat.output() : "refused: " + cat.output();
		});
	}

	private static String describe(FanotifyEvent event) {
		return event.flags() + " " + event.name().orElse("?");
	}

	@Test
	void fileWhenWrittenRenamedAndDeletedReportsDirectoryAndName() throws Exception {
		try (Fanotify fanotify = marked(ENTRIES)) {
			Path file = this.directory.resolve("größe");
			Files.writeString(file, "1");
			List<FanotifyEvent> written = fanotify.readEvents();
			assertThat(written).extracting(FanotifyTests::describe).containsExactly("CLOSE_WRITE|CREATE größe");
			assertThat(written.get(0).path()).hasValue(file);
			assertThat(written.get(0).pid()).isEqualTo((int) ProcessHandle.current().pid());
			assertThat(written.get(0).version()).isEqualTo(3);
			assertThat(written.get(0).descriptor()).isEmpty();
			Files.move(file, this.directory.resolve("b"));
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(describe(event)).isEqualTo("RENAME b");
				assertThat(event.path()).hasValue(this.directory.resolve("b"));
				assertThat(event.oldName()).hasValue("größe");
				assertThat(event.oldPath()).hasValue(file);
				assertThat(event.oldDirectory()).isEqualTo(event.directory());
				assertThat(event).hasToString("FanotifyEvent[RENAME pid=" + event.pid() + " " + this.directory
						+ "/b from " + event.directory().orElseThrow() + "/größe]");
			});
			Files.createDirectory(this.directory.resolve("d"));
			Files.delete(this.directory.resolve("b"));
			assertThat(fanotify.readEvents()).extracting(FanotifyTests::describe)
				.containsExactly("CREATE|ONDIR d", "DELETE b");
			assertThat(fanotify.lost()).isZero();
		}
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

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
	void pathWhenDirectoryIsGoneOrGroupClosedIsUnknown() throws Exception {
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
	void directoriesWhenManyAreSeenAreNotAllKeptOpen() throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			int before = OwnedFd.openCount();
			for (int i = 0; i < 3 * EventPaths.OPEN_DIRECTORIES; i++) {
				Path each = Files.createDirectory(this.directory.resolve("d" + i));
				fanotify.addMark(FanotifyMark.INODE, each, ENTRIES);
				Files.writeString(each.resolve("f"), "");
				assertThat(fanotify.readEvent().path()).hasValue(each.resolve("f"));
			}
			assertThat(OwnedFd.openCount() - before).isEqualTo(EventPaths.OPEN_DIRECTORIES + 1);
		}
	}

	@Test
	@EnabledIfCapability("CAP_DAC_READ_SEARCH")
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
			fanotify.removeMark(FanotifyMark.INODE, this.directory, ENTRIES, Flags.none(FanotifyMarkFlag.class));
			Files.writeString(file, "2");
			assertThat(fanotify.readEvents()).isEmpty();
			assertThat(this.faults.count("openByHandleAt")).as("asked for once by each").isEqualTo(2);
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

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void pidfdWhenAskedForIsOfTheProcessAndClosedWithTheEvent() throws Exception {
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF,
				Flags.of(FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME, FanotifyInitFlag.REPORT_PIDFD,
						FanotifyInitFlag.UNLIMITED_QUEUE, FanotifyInitFlag.UNLIMITED_MARKS))) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, ENTRIES);
			Files.createFile(this.directory.resolve("file"));
			FanotifyEvent event = fanotify.readEvent();
			OwnedFd pidfd = event.pidfd().orElseThrow();
			int number = pidfd.acquire();
			assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + number)))
				.contains("Pid:\t" + ProcessHandle.current().pid());
			pidfd.release();
			OwnedFd taken = event.takePidfd().orElseThrow();
			assertThatIllegalStateException().isThrownBy(event::takePidfd);
			event.close();
			event.close();
			assertThat(taken.isOpen()).isTrue();
			taken.close();
			Files.delete(this.directory.resolve("file"));
			FanotifyEvent second = fanotify.readEvent();
			second.close();
			assertThat(second.pidfd().orElseThrow().isOpen()).isFalse();
			assertThatIllegalStateException().isThrownBy(second::takePidfd);
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void descriptorWhenReportedReadsTheFileAndIsClosedUnlessTaken() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, NO_FLAGS, Flags.of(FanotifyFileFlag.RDWR))) {
			fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.CLOSE_NOWRITE));
			assertThat(Files.readString(file)).isEqualTo("text");
			FanotifyEvent event = fanotify.readEvent();
			assertThat(event.path()).hasValue(file);
			assertThat(event.isPermission()).isFalse();
			assertThatIllegalStateException().isThrownBy(() -> event.respond(FanotifyResponse.ALLOW));
			OwnedFd taken = event.takeDescriptor().orElseThrow();
			event.close();
			try (NativeMemory memory = NativeMemory.allocate(8)) {
				int number = taken.acquire();
				assertThat(Syscalls.system().read(number, memory.address(), 8)).isEqualTo(4);
				assertThat(Syscalls.system().write(number, memory.address(), 4)).isEqualTo(4);
				taken.release();
			}
			taken.close();
			assertThat(fanotify.pollEvent()).as("one's own descriptor reports nothing").isNull();
			assertThat(Files.readString(file)).isEqualTo("texttext");
			FanotifyEvent second = fanotify.readEvent();
			second.close();
			assertThatIllegalStateException().isThrownBy(second::takeDescriptor);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "CONTENT", "PRE_CONTENT" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenAskedForWaitsForTheAnswer(FanotifyClass type) throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = this.factory.open(type, NO_FLAGS)) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
			Future<String> allowed = cat(file);
			FanotifyEvent event = fanotify.pollEvent(LONG);
			assertThat(event).isNotNull();
			assertThat(event.isPermission()).isTrue();
			assertThat(event.path()).hasValue(file);
			assertThat(allowed.isDone()).isFalse();
			assertThatIllegalStateException().isThrownBy(event::takeDescriptor);
			assertThat(fanotify.respond(event, FanotifyResponse.ALLOW)).isTrue();
			assertThat(event.respond(FanotifyResponse.DENY)).isFalse();
			assertThat(allowed.get(20, TimeUnit.SECONDS)).isEqualTo("text");
			event.close();
			Future<String> denied = cat(file);
			try (FanotifyEvent second = fanotify.pollEvent(LONG)) {
				assertThat(second).isNotNull();
				assertThat(second.respond(FanotifyResponse.DENY)).isTrue();
				second.takeDescriptor().orElseThrow().close();
			}
			assertThat(denied.get(20, TimeUnit.SECONDS)).startsWith("refused: ").contains("not permitted");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenEventIsClosedWithoutAnswerIsAllowed() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = cat(file);
			fanotify.readEvent().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCompiler("perl")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenSomebodyHasALeaseDoesNotHoldUpTheReader() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		Path other = Files.writeString(this.directory.resolve("other"), "text");
		try (Lease lease = Lease.on(file); Fanotify fanotify = asked()) {
			Future<String> refused = cat(file);
			try (FanotifyEvent event = this.executor.submit(fanotify::readEvent).get(10, TimeUnit.SECONDS)) {
				assertThat(event.failure()).hasValue(Errno.EAGAIN);
			}
			assertThat(refused.get(20, TimeUnit.SECONDS)).startsWith("refused: ");
			Future<String> cat = cat(other);
			fanotify.readEvent().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenDescriptorIsClosedBeforeTheAnswerIsAllowed() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = cat(file);
			FanotifyEvent event = fanotify.readEvent();
			event.descriptor().orElseThrow().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
			assertThat(event.isAnswered()).isTrue();
			assertThat(event.respond(FanotifyResponse.DENY)).isFalse();
			event.close();
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenGroupIsClosedIsAllowedWhetherReadOrNot() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		Fanotify fanotify = asked();
		Future<String> first = cat(file);
		FanotifyEvent read = fanotify.readEvent();
		Future<String> second = cat(file);
		assertThat(fanotify.await(LONG)).isTrue();
		fanotify.close();
		assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		assertThat(read.respond(FanotifyResponse.DENY)).isFalse();
		read.close();
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void respondWhenWhoWaitedWasKilledHarmsNobody() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Process cat = new ProcessBuilder("cat", file.toString()).start();
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThat(event.pid()).isEqualTo((int) cat.pid());
				cat.destroyForcibly().waitFor();
				assertThat(event.respond(FanotifyResponse.DENY)).isTrue();
			}
			Future<String> next = cat(file);
			fanotify.readEvent().close();
			assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void respondWhenAuditIsNotEnabledIsAnErrorAndCanBeAnsweredStill() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = cat(file);
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThatExceptionOfType(SyscallArgumentException.class)
					.isThrownBy(() -> event.respond(FanotifyResponse.DENY_AUDIT))
					.withMessageContaining("write(DENY_AUDIT)");
				assertThat(event.isAnswered()).isFalse();
				assertThat(event.respond(FanotifyResponse.ALLOW)).isTrue();
			}
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void closeWhenEventsAreCachedClosesTheirDescriptors() throws Exception {
		int before = OwnedFd.openCount();
		Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, NO_FLAGS);
		fanotify.addMark(FanotifyMark.INODE, this.directory,
				Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
		for (int i = 0; i < 10; i++) {
			Files.writeString(this.directory.resolve("f" + i), "");
		}
		try (FanotifyEvent first = fanotify.readEvent()) {
			assertThat(first.path()).hasValue(this.directory.resolve("f0"));
			assertThat(OwnedFd.openCount() - before).as("one of the group, ten of events").isEqualTo(11);
			fanotify.close();
			assertThat(OwnedFd.openCount() - before).isEqualTo(1);
		}
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenKernelCannotTellOfFailuresReadsEventByEvent() throws Exception {
		this.faults.fail("fanotifyInit", 1, Errno.EINVAL);
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, NO_FLAGS)) {
			assertThat(this.faults.count("fanotifyInit")).isEqualTo(2);
			fanotify.addMark(FanotifyMark.INODE, this.directory,
					Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
			for (int i = 0; i < 3; i++) {
				Files.writeString(this.directory.resolve("f" + i), "");
			}
			this.faults.fail("read", 2, Errno.EMFILE);
			List<FanotifyEvent> events = new ArrayList<>();
			for (FanotifyEvent event = fanotify.pollEvent(); event != null; event = fanotify.pollEvent()) {
				events.add(event);
			}
			assertThat(events).extracting((event) -> event.failure().map(Errno::name).orElse("read"))
				.containsExactly("read", "EMFILE", "read", "read");
			assertThat(fanotify.lost()).isEqualTo(1);
			assertThat(events.get(1)).hasToString("FanotifyEvent[0 pid=0 failed: EMFILE (Too many open files)]");
			assertThat(events.get(1).path()).isEmpty();
			events.forEach(FanotifyEvent::close);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "EBADF", "EFAULT", "EINVAL" })
	void readWhenItFailsByAFaultOfOursThrows(String errno) {
		try (Fanotify fanotify = marked(ENTRIES)) {
			this.faults.fail("read", 1, (Errno) Errno.class.getField(errno).get(null));
			assertThatExceptionOfType(SyscallException.class).isThrownBy(fanotify::pollEvent)
				.withMessageContaining("read(Fanotify[fanotify_init descriptor ");
			assertThat(fanotify.lost()).isZero();
		}
		catch (ReflectiveOperationException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void markWhenIgnoredOrRemovedOrFlushedReportsNothing() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "");
		Flags<FanotifyEventFlag> modify = Flags.of(FanotifyEventFlag.MODIFY);
		try (Fanotify fanotify = marked(modify.with(FanotifyEventFlag.EVENT_ON_CHILD))) {
			fanotify.addMark(FanotifyMark.INODE, file, modify,
					Flags.of(FanotifyMarkFlag.IGNORE, FanotifyMarkFlag.IGNORED_SURV_MODIFY));
			Files.writeString(file, "1");
			assertThat(fanotify.pollEvent()).isNull();
			fanotify.removeMark(FanotifyMark.INODE, file, modify, Flags.of(FanotifyMarkFlag.IGNORE));
			Files.writeString(file, "2");
			assertThat(fanotify.pollEvent()).isNotNull();
			fanotify.flushMarks(FanotifyMark.INODE);
			Files.writeString(file, "3");
			assertThat(fanotify.pollEvent()).isNull();
			fanotify.addMark(FanotifyMark.INODE, this.directory, modify.with(FanotifyEventFlag.EVENT_ON_CHILD),
					Flags.of(FanotifyMarkFlag.EVICTABLE, FanotifyMarkFlag.ONLYDIR));
			Files.writeString(file, "4");
			assertThat(fanotify.pollEvent()).isNotNull();
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(
						() -> fanotify.removeMark(FanotifyMark.INODE, file, modify, Flags.none(FanotifyMarkFlag.class)))
				.withMessage(
						"fanotify_mark(INODE \"" + file + "\", MODIFY) failed: ENOENT (No such file or directory)");
		}
	}

	@Test
	void overflowWhenQueueIsFullIsReported() throws Exception {
		long limit = Limits.sysctl("fs.fanotify.max_queued_events").orElseThrow();
		// in memory, because it takes many files
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, many, Flags.of(FanotifyEventFlag.CREATE));
			Shell.bash("cd \"$1\" && seq -f f%.0f 1 $2 | xargs touch", many.toString(), Long.toString(limit + 10))
				.orFail();
			List<FanotifyEvent> events = fanotify.readEvents();
			assertThat(events).hasSize((int) limit + 1);
			FanotifyEvent last = events.get(events.size() - 1);
			assertThat(last.isOverflow()).isTrue();
			assertThat(last.path()).isEmpty();
			assertThat(events.get(0).isOverflow()).isFalse();
		}
		FileSystemUtils.deleteRecursively(many);
	}

	@Test
	void factoryWhenUsedAgainAndAgainLeavesNothing() throws Exception {
		long filesBefore = descriptors();
		long memoryBefore = NativeMemory.allocated();
		for (int i = 0; i < 10_000; i++) {
			Fanotify fanotify = this.factory.open();
			if (i % 100 == 0) {
				fanotify.addMark(FanotifyMark.INODE, this.directory, ENTRIES);
				Files.writeString(this.directory.resolve("f"), "");
				assertThat(fanotify.readEvents().get(0).path()).isPresent();
			}
			fanotify.close();
		}
		assertThat(NativeMemory.allocated()).isEqualTo(memoryBefore);
		assertThat(descriptors()).isEqualTo(filesBefore);
	}

	private static long descriptors() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
			return files.count();
		}
	}

	@Test
	void closeWhileOthersReadAndAskForPathsHarmsNobody() throws Exception {
		for (int round = 0; round < 50; round++) {
			Fanotify fanotify = marked(ENTRIES);
			CountDownLatch reading = new CountDownLatch(2);
			List<Future<Integer>> readers = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				readers.add(this.executor.submit(() -> {
					int count = 0;
					reading.countDown();
					for (FanotifyEvent event : fanotify) {
						event.path();
						event.close();
						count++;
					}
					return count;
				}));
			}
			reading.await();
			for (int i = 0; i < 20; i++) {
				Files.writeString(this.directory.resolve("f" + i), "");
			}
			fanotify.close();
			for (Future<Integer> reader : readers) {
				assertThat(reader.get(20, TimeUnit.SECONDS)).isBetween(0, 40);
			}
			assertThatIllegalStateException().isThrownBy(fanotify::pollEvent);
			assertThatIllegalStateException().isThrownBy(() -> fanotify.flushMarks(FanotifyMark.INODE));
			assertThatIllegalStateException().isThrownBy(fanotify::close);
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void closeWhileOthersReadDescriptorsLeavesNoneOpen() throws Exception {
		int before = OwnedFd.openCount();
		for (int round = 0; round < 20; round++) {
			Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, NO_FLAGS);
			fanotify.addMark(FanotifyMark.INODE, this.directory,
					Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
			Future<?> reader = this.executor.submit(() -> fanotify.forEach(FanotifyEvent::close));
			for (int i = 0; i < 20; i++) {
				Files.writeString(this.directory.resolve("f" + i), "");
			}
			fanotify.close();
			reader.get(20, TimeUnit.SECONDS);
			Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> OwnedFd.openCount() == before);
		}
	}

	@ParameterizedTest
	@CsvSource({ "EINVAL,Argument", "EPERM,Permission", "ENOMEM,Memory", "EMFILE,System", "ENFILE,System",
			"ENOSYS,Unknown" })
	void openWhenRefusedIsOfTheKindInTheTable(String errno, String kind) throws Exception {
		this.faults.failAll("fanotifyInit", (Errno) Errno.class.getField(errno).get(null));
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.factory.open(FanotifyClass.CONTENT, Flags.of(FanotifyInitFlag.REPORT_TID)))
			.withMessageStartingWith("fanotify_init(CLASS_CONTENT|REPORT_TID) failed: " + errno)
			.isInstanceOf(kind(kind));
	}

	@ParameterizedTest
	@CsvSource({ "EINVAL,Argument", "EBADF,Argument", "ENOENT,Argument", "EEXIST,Argument", "ENOTDIR,Argument",
			"EISDIR,Argument", "EPERM,Permission", "EACCES,Permission", "ENOMEM,Memory", "ENOSPC,System",
			"ENODEV,System", "EOPNOTSUPP,System", "EXDEV,System", "EIO,Unknown" })
	void markWhenRefusedIsOfTheKindInTheTable(String errno, String kind) throws Exception {
		this.faults.failAll("fanotifyMark", (Errno) Errno.class.getField(errno).get(null));
		try (Fanotify fanotify = this.factory.open()) {
			assertThatExceptionOfType(SyscallException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.MOUNT, this.directory, ENTRIES))
				.withMessageStartingWith("fanotify_mark(MOUNT \"" + this.directory + "\", ")
				.withMessageContaining(") failed: " + errno)
				.isInstanceOf(kind(kind));
		}
	}

	private static Class<? extends SyscallException> kind(String name) {
		return switch (name) {
			case "Argument" -> SyscallArgumentException.class;
			case "Permission" -> SyscallPermissionException.class;
			case "Memory" -> SyscallMemoryException.class;
			case "System" -> SyscallSystemException.class;
			default -> SyscallUnknownException.class;
		};
	}

	@Test
	void markWhenKernelRefusesItSaysWhy() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		Flags<FanotifyMarkFlag> none = Flags.none(FanotifyMarkFlag.class);
		try (Fanotify fanotify = this.factory.open()) {
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, this.directory.resolve("none"), ENTRIES))
				.withMessageEndingWith("failed: ENOENT (No such file or directory)");
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.ACCESS),
						Flags.of(FanotifyMarkFlag.ONLYDIR)))
				.withMessageEndingWith("failed: ENOTDIR (Not a directory)");
			assertThatExceptionOfType(SyscallArgumentException.class).as("nobody is asked in the class NOTIF")
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.OPEN_PERM)))
				.withMessageContaining("EINVAL");
			assertThatExceptionOfType(SyscallSystemException.class).as("no handles that last")
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, Path.of("/proc/self/status"),
						Flags.of(FanotifyEventFlag.OPEN)));
			assertThatIllegalArgumentException()
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.none(FanotifyEventFlag.class)))
				.withMessageContaining("at least one event");
			assertThatIllegalArgumentException().isThrownBy(
					() -> fanotify.removeMark(FanotifyMark.INODE, file, Flags.none(FanotifyEventFlag.class), none));
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenFlagsDoNotGoTogetherSaysWhich() {
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_NAME)))
			.withMessageContaining("fanotify_init(CLASS_NOTIF|REPORT_NAME) failed: EINVAL");
	}

	@ParameterizedTest
	@CsvSource({ "open", "fstatfs", "nameToHandleAt" })
	void markWhenItsFileSystemCannotBeKnownIsAnErrorAndLeaksNothing(String method) {
		int before = OwnedFd.openCount();
		try (Fanotify fanotify = this.factory.open()) {
			this.faults.fail(method, 1, Errno.ENOMEM);
			assertThatExceptionOfType(SyscallException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, this.directory, ENTRIES));
		}
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	@Test
	void markWhenDirectoryMayNotBeReadHasEventsWithoutPath() throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			this.faults.fail("open", 1, Errno.EACCES);
			fanotify.addMark(FanotifyMark.INODE, this.directory, ENTRIES);
			Files.createFile(this.directory.resolve("file"));
			assertThat(fanotify.readEvent()).satisfies((event) -> {
				assertThat(event.path()).isEmpty();
				assertThat(event.name()).hasValue("file");
			});
		}
	}

	@Test
	void bytesWhenTheyAreNoEventAreRefused() {
		try (Fanotify fanotify = this.factory.open(); NativeMemory memory = NativeMemory.allocate(256)) {
			FanotifyDecoder decoder = new FanotifyDecoder(fanotify, this.faults.syscalls());
			ByteBuffer bytes = memory.bytes();
			assertMalformed(decoder, bytes, 23, "event of 23 bytes");
			metadata(bytes, 24, 4, 24);
			assertMalformed(decoder, bytes, 24, "event of version 4 instead of 3");
			metadata(bytes, 25, 3, 24);
			assertMalformed(decoder, bytes, 24, "event of 25 bytes, with 24 of metadata, in 24 bytes read");
			metadata(bytes, 24, 3, 23);
			assertMalformed(decoder, bytes, 24, "with 23 of metadata");
			metadata(bytes, 24, 3, 25);
			assertMalformed(decoder, bytes, 24, "with 25 of metadata");
			metadata(bytes, -1, 3, 24);
			assertMalformed(decoder, bytes, 24, "event of -1 bytes");
			metadata(bytes, 26, 3, 24);
			assertMalformed(decoder, bytes, 26, "record of 0 bytes, where 2 are left");
			info(bytes, 40, 1, 3);
			assertMalformed(decoder, bytes, 40, "record of 3 bytes");
			info(bytes, 40, 1, 17);
			assertMalformed(decoder, bytes, 40, "record of 17 bytes, where 16 are left");
			info(bytes, 40, 1, 16);
			assertMalformed(decoder, bytes, 40, "record of 16 bytes with a handle of -1");
			for (int handleBytes : new int[] { -1, 9, 129, Integer.MAX_VALUE }) {
				info(bytes, 52, 2, 28);
				bytes.putInt(24 + 12, handleBytes);
				assertMalformed(decoder, bytes, 52, "record of 28 bytes with a handle of ");
			}
			for (int type : new int[] { 4, 5, 7 }) {
				info(bytes, 30, type, 6);
				assertMalformed(decoder, bytes, 30, "record of type " + type + " of 6 bytes");
			}
			// a name without an end, and a record of tomorrow
			info(bytes, 60, 2, 28);
			bytes.putInt(24 + 12, 4).put(24 + 24, "name".getBytes());
			bytes.put(52, (byte) 99).putShort(54, (short) 8);
			List<FanotifyEvent> events = new ArrayList<>();
			decoder.decode(bytes, 60, events::add);
			assertThat(events).singleElement().satisfies((event) -> assertThat(event.name()).hasValue("name"));
			info(bytes, 36, 5, 12);
			bytes.putInt(28, 117).putInt(32, -1);
			decoder.decode(bytes, 36, events::add);
			assertThat(events.get(1).fileSystemError()).hasValue(new FanotifyError(new Errno(117), 0xffff_ffffL));
			info(bytes, 40, 7, 16);
			bytes.putLong(32, 4711);
			decoder.decode(bytes, 40, events::add);
			assertThat(events.get(2).mountId()).isEqualTo(4711);
			metadata(bytes, 24, 3, 24);
			bytes.putInt(16, -24);
			decoder.decode(bytes, 24, events::add);
			assertThat(events.get(3).failure()).hasValue(Errno.EMFILE);
		}
	}

	private static void metadata(ByteBuffer bytes, int size, int version, int metadata) {
		for (int i = 0; i < bytes.capacity(); i++) {
			bytes.put(i, (byte) 0);
		}
		bytes.putInt(0, size).put(4, (byte) version).putShort(6, (short) metadata).putInt(16, -1);
	}

	private static void info(ByteBuffer bytes, int size, int type, int infoSize) {
		metadata(bytes, size, 3, 24);
		bytes.put(24, (byte) type).putShort(26, (short) infoSize);
	}

	private static void assertMalformed(FanotifyDecoder decoder, ByteBuffer bytes, int length, String message) {
		assertThatIllegalStateException().isThrownBy(() -> decoder.decode(bytes, length, (event) -> {
		})).withMessageContaining(message);
	}

}
