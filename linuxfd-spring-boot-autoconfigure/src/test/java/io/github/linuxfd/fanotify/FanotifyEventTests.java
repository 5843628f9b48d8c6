package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of each flag of {@link Fanotify} by what it does, as far as nobody is asked.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(60)
class FanotifyEventTests {

	private static final int F_GETFD = 1;

	private static final int F_GETFL = 3;

	private static final Flags<FanotifyMarkFlag> NO_MARK_FLAGS = Flags.none(FanotifyMarkFlag.class);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	@TempDir
	private Path directory;

	private Path marked;

	private Path beside;

	@BeforeEach
	void directories() throws IOException {
		this.marked = Files.createDirectory(this.directory.resolve("marked"));
		this.beside = Files.createDirectory(this.directory.resolve("beside"));
	}

	private static List<String> read(Fanotify fanotify) {
		return fanotify.readEvents().stream().map((event) -> event.flags() + " " + event.name().orElse("?")).toList();
	}

	/** All that happens to a file, from its making to its end. */
	private void life() throws IOException {
		Path file = Files.writeString(this.marked.resolve("file"), "text");
		assertThat(Files.readString(file)).isEqualTo("text");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
		Path away = Files.move(file, this.beside.resolve("away"));
		Files.delete(Files.move(away, this.marked.resolve("back")));
	}

	@ParameterizedTest
	@CsvSource({ "ACCESS, file", "MODIFY, file", "ATTRIB, file", "CLOSE_WRITE, file", "CLOSE_NOWRITE, file",
			"OPEN, file", "MOVED_FROM, file", "MOVED_TO, back", "CREATE, file", "DELETE, back" })
	void flagWhenAskedForAloneIsAllThatIsReported(FanotifyEventFlag flag, String name) throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, this.marked, Flags.of(flag, FanotifyEventFlag.EVENT_ON_CHILD));
			life();
			assertThat(read(fanotify)).containsExactly(flag + " " + name);
		}
	}

	/** Of a directory that is not marked nothing is told, not even that it is there. */
	@Test
	void renameWhenOneDirectoryIsMarkedTellsOfThatOne() throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, this.marked, Flags.of(FanotifyEventFlag.RENAME));
			life();
			List<FanotifyEvent> events = fanotify.readEvents();
			assertThat(events).hasSize(2).allMatch((event) -> event.is(FanotifyEventFlag.RENAME));
			assertThat(events.get(0).oldPath()).hasValue(this.marked.resolve("file"));
			assertThat(events.get(0).name()).isEmpty();
			assertThat(events.get(0).path()).isEmpty();
			assertThat(events.get(1).path()).hasValue(this.marked.resolve("back"));
			assertThat(events.get(1).oldName()).isEmpty();
			assertThat(events.get(1).oldPath()).isEmpty();
			fanotify.addMark(FanotifyMark.INODE, this.beside, Flags.of(FanotifyEventFlag.RENAME));
			Path file = Files.createFile(this.marked.resolve("one"));
			Files.move(file, this.beside.resolve("other"));
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(event.oldPath()).hasValue(file);
				assertThat(event.path()).hasValue(this.beside.resolve("other"));
			});
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void objectWhenItIsChangedItselfSaysSo(boolean isDirectory) throws Exception {
		Path first = this.directory.resolve("first");
		if (isDirectory) {
			Files.createDirectory(first);
		}
		else {
			Files.createFile(first);
		}
		Flags<FanotifyEventFlag> itself = Flags.of(FanotifyEventFlag.ATTRIB, FanotifyEventFlag.MOVE_SELF,
				FanotifyEventFlag.DELETE_SELF);
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF,
				Flags.of(FanotifyInitFlag.REPORT_FID, FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME))) {
			fanotify.addMark(FanotifyMark.INODE, first, isDirectory ? itself.with(FanotifyEventFlag.ONDIR) : itself);
			Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rwx------"));
			assertHappened(fanotify, FanotifyEventFlag.ATTRIB, isDirectory);
			Path second = Files.move(first, this.directory.resolve("second"));
			assertHappened(fanotify, FanotifyEventFlag.MOVE_SELF, isDirectory);
			Files.delete(second);
			assertHappened(fanotify, FanotifyEventFlag.DELETE_SELF, isDirectory);
			assertThatExceptionOfType(SyscallArgumentException.class).as("the mark is gone with it")
				.isThrownBy(() -> fanotify.removeMark(FanotifyMark.INODE, second, itself, NO_MARK_FLAGS))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOENT));
		}
	}

	private static void assertHappened(Fanotify fanotify, FanotifyEventFlag flag, boolean isDirectory) {
		List<FanotifyEvent> events = fanotify.readEvents();
		assertThat(events).anyMatch((event) -> event.is(flag))
			.allMatch((event) -> event.isDirectory() == isDirectory)
			.noneMatch((event) -> event.is(FanotifyEventFlag.MOVE_SELF) && flag != FanotifyEventFlag.MOVE_SELF)
			.noneMatch((event) -> event.is(FanotifyEventFlag.DELETE_SELF) && flag != FanotifyEventFlag.DELETE_SELF);
	}

	@Test
	void directoriesAndEntriesAreReportedIfAskedFor() throws Exception {
		Path file = Files.createFile(this.marked.resolve("file"));
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, this.marked,
					Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.MODIFY));
			Files.createDirectory(this.marked.resolve("one"));
			Files.writeString(file, "text");
			assertThat(read(fanotify)).isEmpty();
			fanotify.addMark(FanotifyMark.INODE, this.marked, Flags.of(FanotifyEventFlag.ONDIR));
			Files.createDirectory(this.marked.resolve("two"));
			Files.writeString(file, "more");
			assertThat(read(fanotify)).containsExactly("CREATE|ONDIR two");
			fanotify.addMark(FanotifyMark.INODE, this.marked, Flags.of(FanotifyEventFlag.EVENT_ON_CHILD));
			Files.writeString(file, "most");
			assertThat(read(fanotify)).containsExactly("MODIFY file");
		}
	}

	/** The older way of ignoring ends with the first change, unless it is to survive. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ignoredMaskSurvivesAChangeIfItIsToldTo(boolean survives) throws Exception {
		Path file = Files.writeString(this.marked.resolve("file"), "text");
		Flags<FanotifyMarkFlag> ignored = Flags.of(FanotifyMarkFlag.IGNORED_MASK);
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, this.marked,
					Flags.of(FanotifyEventFlag.OPEN, FanotifyEventFlag.MODIFY, FanotifyEventFlag.EVENT_ON_CHILD));
			fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.OPEN),
					survives ? ignored.with(FanotifyMarkFlag.IGNORED_SURV_MODIFY) : ignored);
			Files.readString(file);
			assertThat(read(fanotify)).isEmpty();
			Files.writeString(file, "more");
			assertThat(read(fanotify)).containsExactly("MODIFY file");
			Files.readString(file);
			assertThat(read(fanotify)).isEqualTo(survives ? List.of() : List.of("OPEN file"));
			if (survives) {
				fanotify.removeMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.OPEN), ignored);
				Files.readString(file);
				assertThat(read(fanotify)).containsExactly("OPEN file");
			}
		}
	}

	/**
	 * Whether what it leads to is on the same file system, on another one, or nowhere.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "target", "/proc/version", "nowhere" })
	void linkWhenNotFollowedIsMarkedItself(String leadsTo) throws Exception {
		this.faults.failAll("openByHandleAt", Errno.EPERM);
		Path target = Files.createFile(this.beside.resolve("target"));
		Path link = Files.createSymbolicLink(this.beside.resolve("link"), Path.of(leadsTo));
		Flags<FanotifyEventFlag> attributes = Flags.of(FanotifyEventFlag.ATTRIB);
		Flags<FanotifyMarkFlag> notFollowed = Flags.of(FanotifyMarkFlag.DONT_FOLLOW);
		try (Fanotify fanotify = this.factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, link, attributes, notFollowed);
			touch(target);
			assertThat(read(fanotify)).isEmpty();
			touch(link);
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(event.flags()).isEqualTo(attributes);
				assertThat(event.path()).hasValue(link);
			});
			fanotify.removeMark(FanotifyMark.INODE, link, attributes, notFollowed);
			touch(link);
			assertThat(read(fanotify)).isEmpty();
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> fanotify.removeMark(FanotifyMark.INODE, target, attributes, NO_MARK_FLAGS))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOENT));
		}
	}

	private static void touch(Path file) throws IOException {
		FileTime time = FileTime.fromMillis(System.currentTimeMillis());
		Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
			.setTimes(time, time, null);
	}

	@Test
	void directoryWhenReportedWithoutNamesIsThePath() throws Exception {
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_DIR_FID))) {
			fanotify.addMark(FanotifyMark.INODE, this.marked, Flags.of(FanotifyEventFlag.CREATE));
			Files.createFile(this.marked.resolve("one"));
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(event.directory()).isPresent();
				assertThat(event.name()).isEmpty();
				assertThat(event.handle()).isEmpty();
				assertThat(event.path()).hasValue(this.marked);
			});
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void threadWhenItsIdIsAskedForIsReportedInsteadOfTheProcess() throws Exception {
		Flags<FanotifyInitFlag> named = Flags.of(FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME);
		try (Fanotify threads = this.factory.open(FanotifyClass.NOTIF, named.with(FanotifyInitFlag.REPORT_TID));
				Fanotify processes = this.factory.open(FanotifyClass.NOTIF, named)) {
			for (Fanotify each : List.of(threads, processes)) {
				each.addMark(FanotifyMark.INODE, this.marked, Flags.of(FanotifyEventFlag.CREATE));
			}
			AtomicInteger tid = new AtomicInteger();
			Thread creator = new Thread(() -> {
				try {
					tid.set(Integer
						.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString()));
					Files.createFile(this.marked.resolve("file"));
				}
				catch (IOException ex) {
					throw new AssertionError(ex);
				}
			});
			creator.start();
			creator.join();
			int pid = (int) ProcessHandle.current().pid();
			assertThat(tid.get()).isPositive().isNotEqualTo(pid);
			assertThat(threads.readEvents()).extracting(FanotifyEvent::pid).containsExactly(tid.get());
			assertThat(processes.readEvents()).extracting(FanotifyEvent::pid).containsExactly(pid);
		}
	}

	@ParameterizedTest
	@EnumSource
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void descriptorHasTheFlagsThatItsGroupWasOpenedWith(FanotifyFileFlag flag) throws Exception {
		Path file = Files.writeString(this.marked.resolve("file"), "text");
		Syscalls syscalls = Syscalls.system();
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, Flags.none(FanotifyInitFlag.class),
				Flags.of(flag))) {
			fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.CLOSE_NOWRITE));
			Files.readString(file);
			try (FanotifyEvent event = fanotify.readEvent();
					FdLoan descriptor = event.descriptor().orElseThrow().lend()) {
				assertThat(syscalls.fcntl(descriptor.number(), F_GETFL, 0) & flag.bit()).isEqualTo(flag.bit());
				assertThat(syscalls.fcntl(descriptor.number(), F_GETFD, 0)).as("close-on-exec").isEqualTo(1);
				assertThat(event.path()).isEqualTo(Optional.of(file));
			}
		}
	}

}
