package io.github.linuxfd.fanotify;

import java.io.IOException;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.util.FileSystemUtils;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Fanotify} by real changes of real files, as far as marks of a directory
 * of one's own go. What needs a mount of its own is in {@link FanotifyMountTests}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class FanotifyTests {

	private static final Flags<FanotifyEventFlag> ENTRIES = Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.DELETE,
			FanotifyEventFlag.RENAME, FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD,
			FanotifyEventFlag.ONDIR);

	private static final long QUEUE = Limits.sysctl("fs.fanotify.max_queued_events").orElseThrow();

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
	void overflowWhenQueueIsFullIsReported() throws Exception {
		try (Fanotify fanotify = this.factory.open()) {
			List<FanotifyEvent> events = flood(fanotify);
			assertThat(events).hasSize((int) QUEUE + 1);
			FanotifyEvent last = events.get(events.size() - 1);
			assertThat(last.isOverflow()).isTrue();
			assertThat(last.path()).isEmpty();
			assertThat(events.get(0).isOverflow()).isFalse();
		}
	}

	@ParameterizedTest
	@EnumSource
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void overflowWhenEventsHaveDescriptorsIsReportedAndIsNoFailure(FanotifyClass type) throws Exception {
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		try (Fanotify fanotify = this.factory.open(type, Flags.none(FanotifyInitFlag.class))) {
			fanotify.addMark(FanotifyMark.INODE, many,
					Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
			touchMany(many);
			FanotifyEvent last = null;
			int count = 0;
			for (FanotifyEvent event = fanotify.pollEvent(); event != null; event = fanotify.pollEvent()) {
				event.close();
				last = event;
				count++;
			}
			assertThat(count).isEqualTo((int) QUEUE + 1);
			assertThat(last.isOverflow()).isTrue();
			assertThat(last.failure()).isEmpty();
			assertThat(last.path()).isEmpty();
			assertThat(fanotify.lost()).isZero();
		}
		finally {
			FileSystemUtils.deleteRecursively(many);
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void queueWhenUnlimitedLosesNothing() throws Exception {
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_DIR_FID,
				FanotifyInitFlag.REPORT_NAME, FanotifyInitFlag.UNLIMITED_QUEUE))) {
			assertThat(flood(fanotify)).hasSize((int) QUEUE + 10).noneMatch(FanotifyEvent::isOverflow);
		}
	}

	/** More files than the queue takes, in memory. */
	private static List<FanotifyEvent> flood(Fanotify fanotify) throws IOException {
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		try {
			fanotify.addMark(FanotifyMark.INODE, many, Flags.of(FanotifyEventFlag.CREATE));
			touchMany(many);
			return fanotify.readEvents();
		}
		finally {
			FileSystemUtils.deleteRecursively(many);
		}
	}

	private static void touchMany(Path directory) {
		Shell.bash("cd \"$1\" && seq -f f%.0f 1 $2 | xargs touch", directory.toString(), Long.toString(QUEUE + 10))
			.orFail();
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
		assertThat(descriptors()).as("others have some, too").isLessThan(filesBefore + 100);
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

}
