package io.github.linuxfd.inotify;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

import com.sun.management.ThreadMXBean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Inotify} by real changes of real files.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class InotifyTests {

	private static final Flags<InotifyEventFlag> ALL = Flags.ofBits(InotifyEventFlag.class, 0xfff);

	private static final Flags<InotifyEventFlag> CREATE = Flags.of(InotifyEventFlag.CREATE);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private Inotify inotify;

	@TempDir
	private Path directory;

	/** Not with the instance, which a skipped test has too, and nobody closes. */
	@BeforeEach
	void open() {
		this.inotify = new InotifyFactory(this.faults.syscalls()).open();
	}

	@AfterEach
	void close() {
		if (this.inotify.isOpen()) {
			this.inotify.close();
		}
	}

	private List<String> read() {
		return this.inotify.readEvents()
			.stream()
			.map((event) -> event.flags() + ((event.name() != null) ? " " + event.name() : ""))
			.toList();
	}

	@Test
	void cursorWhenItGoesOverEventsShowsWhatReadingThemWouldMake() throws Exception {
		List<String> names = List.of("a", "fifteen-letters", "sixteen-letters!", "größe", "x".repeat(255));
		try (Inotify other = new InotifyFactory(this.faults.syscalls()).open()) {
			other.addWatch(this.directory, ALL);
			this.inotify.addWatch(this.directory, ALL);
			for (String name : names) {
				Files.writeString(this.directory.resolve(name), "1");
			}
			Files.move(this.directory.resolve("a"), this.directory.resolve("b"));
			Files.setLastModifiedTime(this.directory, FileTime.fromMillis(0));
			List<InotifyEvent> events = new ArrayList<>();
			assertThat(this.inotify.drainCursor((cursor) -> {
				events.add(cursor.event());
				byte[] name = new byte[cursor.nameLength()];
				for (int i = 0; i < name.length; i++) {
					name[i] = cursor.nameByte(i);
				}
				assertThat(Objects.requireNonNullElse(cursor.name(), "")).isEqualTo(new String(name, UTF_8));
				assertThat(cursor.is(InotifyEventFlag.MOVED_FROM) || cursor.is(InotifyEventFlag.MOVED_TO))
					.isEqualTo(cursor.cookie() != 0);
				assertThat(cursor.mask()).isEqualTo(cursor.event().mask());
				assertThat(cursor.watch()).isSameAs(this.inotify.watches().get(0));
				assertThat(cursor).hasToString(cursor.event().toString());
			})).isPositive();
			List<InotifyEvent> expected = other.readEvents();
			assertThat(events).extracting(InotifyEvent::toString)
				.hasSizeGreaterThan(3 * names.size())
				.isEqualTo(expected.stream().map(InotifyEvent::toString).toList());
		}
		assertThat(this.inotify.drainCursor((cursor) -> {
			throw new AssertionError(cursor);
		})).isZero();
	}

	@Test
	void cursorWhenItIsKeptShowsNothing() throws Exception {
		this.inotify.addWatch(this.directory, CREATE);
		Files.createFile(this.directory.resolve("a"));
		InotifyCursor[] kept = new InotifyCursor[1];
		this.inotify.drainCursor((cursor) -> kept[0] = cursor);
		this.inotify.close();
		assertThat(kept[0].name()).isNull();
		assertThat(kept[0].nameLength()).isZero();
		assertThat(kept[0]).hasToString("InotifyCursor[at no event]");
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(kept[0]::cookie);
	}

	@Test
	void cursorWhenItGoesOverEventsAllocatesNothing() throws Exception {
		long[] bytesOfNames = new long[1];
		Consumer<InotifyCursor> sink = (cursor) -> {
			for (int i = 0; i < cursor.nameLength(); i++) {
				bytesOfNames[0] += cursor.nameByte(i);
			}
		};
		assertThat(allocatedPerEvent((inotify) -> inotify.drainCursor(sink))).isZero();
		assertThat(bytesOfNames[0]).isPositive();
	}

	@Test
	void drainWhenItReadsEventsAllocatesTheRecordAndItsNameOnly() throws Exception {
		// the record 32, the String 24, its 9 bytes 16 + 9, rounded up to 8
		assertThat(allocatedPerEvent((inotify) -> inotify.drain((event) -> {
		}))).isBetween(40.0, 96.0);
	}

	/** The names have nine characters, and the second thousand is measured. */
	private double allocatedPerEvent(ToIntFunction<Inotify> drain) throws Exception {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long allocated = 0;
		try (Inotify inotify = new InotifyFactory(Syscalls.system()).open()) {
			inotify.addWatch(this.directory, CREATE);
			for (int round = 0; round < 2; round++) {
				for (int i = 0; i < 1000; i++) {
					Files.createFile(this.directory.resolve("f" + (10_000_000 + 1000 * round + i)));
				}
				long before = threads.getCurrentThreadAllocatedBytes();
				while (drain.applyAsInt(inotify) > 0) {
					Thread.onSpinWait();
				}
				allocated = threads.getCurrentThreadAllocatedBytes() - before;
			}
		}
		return allocated / 1000.0;
	}

	@Test
	void fileWhenWrittenReadChangedAndDeletedReportsEachStep() throws Exception {
		this.inotify.addWatch(this.directory, ALL.without(InotifyEventFlag.ATTRIB));
		Path file = this.directory.resolve("file");
		Files.writeString(file, "text");
		assertThat(read()).containsExactly("CREATE file", "OPEN file", "MODIFY file", "CLOSE_WRITE file");
		Files.readString(file);
		assertThat(read()).contains("OPEN file", "ACCESS file", "CLOSE_NOWRITE file");
		Files.delete(file);
		assertThat(read()).containsExactly("DELETE file");
		Files.createDirectory(file);
		assertThat(read()).containsExactly("CREATE|ISDIR file");
		Files.delete(file);
		assertThat(read()).containsExactly("DELETE|ISDIR file");
	}

	@Test
	void permissionsWhenChangedAreReported() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		this.inotify.addWatch(this.directory, Flags.of(InotifyEventFlag.ATTRIB));
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
		assertThat(read()).containsExactly("ATTRIB file");
	}

	@Test
	void renameReportsBothHalvesWithOneCookie() throws Exception {
		this.inotify.addWatch(this.directory, ALL);
		Path from = Files.createFile(this.directory.resolve("from"));
		this.inotify.readEvents();
		Files.move(from, this.directory.resolve("to"));
		List<InotifyEvent> events = this.inotify.readEvents();
		assertThat(events).hasSize(2);
		assertThat(events.get(0).is(InotifyEventFlag.MOVED_FROM)).isTrue();
		assertThat(events.get(0).name()).isEqualTo("from");
		assertThat(events.get(1).is(InotifyEventFlag.MOVED_TO)).isTrue();
		assertThat(events.get(1).path()).isEqualTo(this.directory.resolve("to"));
		assertThat(events.get(0).cookie()).isNotZero().isEqualTo(events.get(1).cookie());
		assertThat(events.get(0).toString()).contains("MOVED_FROM", "from", "cookie=");
	}

	@Test
	void watchedFileWhenRenamedOverEndsItsWatch() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "old");
		Path next = Files.writeString(this.directory.resolve("next"), "new");
		InotifyWatch watch = this.inotify.addWatch(file,
				Flags.of(InotifyEventFlag.DELETE_SELF, InotifyEventFlag.MODIFY));
		Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
		List<InotifyEvent> events = this.inotify.readEvents();
		assertThat(events).extracting((event) -> event.flags().toString()).containsExactly("DELETE_SELF", "IGNORED");
		assertThat(events).allSatisfy((event) -> {
			assertThat(event.watch()).isEqualTo(watch);
			assertThat(event.name()).isNull();
			assertThat(event.path()).isEqualTo(file);
		});
		assertThat(this.inotify.watchCount()).isZero();
	}

	@Test
	void watchedDirectoryWhenRenamedAndDeletedSaysSo() throws Exception {
		Path sub = Files.createDirectory(this.directory.resolve("sub"));
		this.inotify.addWatch(sub, Flags.of(InotifyEventFlag.MOVE_SELF, InotifyEventFlag.DELETE_SELF));
		Path moved = Files.move(sub, this.directory.resolve("moved"));
		assertThat(read()).containsExactly("MOVE_SELF");
		Files.delete(moved);
		assertThat(read()).containsExactly("DELETE_SELF", "IGNORED");
	}

	@Test
	void inodeWhenWatchedTwiceHasOneWatchWithTheLastPathAndEvents() throws Exception {
		Path first = Files.createFile(this.directory.resolve("first"));
		Path second = Files.createLink(this.directory.resolve("second"), first);
		InotifyWatch watch = this.inotify.addWatch(first, Flags.of(InotifyEventFlag.MODIFY));
		InotifyWatch again = this.inotify.addWatch(second, Flags.of(InotifyEventFlag.CLOSE_WRITE));
		assertThat(again.wd()).isEqualTo(watch.wd());
		assertThat(this.inotify.watches()).containsExactly(again);
		Files.writeString(first, "x");
		assertThat(this.inotify.readEvents()).singleElement().satisfies((event) -> {
			assertThat(event.flags()).hasToString("CLOSE_WRITE");
			assertThat(event.path()).isEqualTo(second);
		});
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.inotify.addWatch(first, ALL, Flags.of(InotifyWatchFlag.MASK_CREATE)))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EEXIST));
		this.inotify.addWatch(first, Flags.of(InotifyEventFlag.MODIFY), Flags.of(InotifyWatchFlag.MASK_ADD));
		Files.writeString(first, "y");
		assertThat(read()).contains("MODIFY", "CLOSE_WRITE");
	}

	@Test
	void removedWatchWhenEventsAreQueuedStillReportsThemAndThenItsEnd() throws Exception {
		InotifyWatch watch = this.inotify.addWatch(this.directory, CREATE);
		Files.createFile(this.directory.resolve("before"));
		this.inotify.removeWatch(watch);
		Files.createFile(this.directory.resolve("after"));
		assertThat(this.inotify.watchCount()).as("until it has been read").isEqualTo(1);
		InotifyWatch again = this.inotify.addWatch(this.directory, CREATE);
		assertThat(again.wd()).isNotEqualTo(watch.wd());
		Files.createFile(this.directory.resolve("again"));
		List<InotifyEvent> events = this.inotify.readEvents();
		assertThat(events).extracting(InotifyEvent::wd).containsExactly(watch.wd(), watch.wd(), again.wd());
		assertThat(events).extracting(InotifyEvent::name).containsExactly("before", null, "again");
		assertThat(this.inotify.watches()).as("a stale IGNORED removes no new watch").containsExactly(again);
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.inotify.removeWatch(watch))
			.withMessageStartingWith("inotify_rm_watch(" + watch.wd() + ") failed: EINVAL");
	}

	@Test
	void watchFlagsAreObeyed() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), file);
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.inotify.addWatch(file, ALL, Flags.of(InotifyWatchFlag.ONLYDIR)))
			.withMessage("inotify_add_watch(\"" + file + "\") failed: ENOTDIR (Not a directory)");
		InotifyWatch ofFile = this.inotify.addWatch(link, ALL);
		InotifyWatch ofLink = this.inotify.addWatch(link, ALL, Flags.of(InotifyWatchFlag.DONT_FOLLOW));
		assertThat(ofLink.wd()).isNotEqualTo(ofFile.wd());
		Path once = Files.createFile(this.directory.resolve("once"));
		this.inotify.addWatch(once, Flags.of(InotifyEventFlag.OPEN), Flags.of(InotifyWatchFlag.ONESHOT));
		Files.readString(once);
		Files.readString(once);
		assertThat(read()).containsExactly("OPEN", "IGNORED");
		assertThat(this.inotify.watchCount()).isEqualTo(2);
	}

	@Test
	void controlFlagsOfAnExistingWatchAreObeyed() throws Exception {
		InotifyWatch watch = this.inotify.addWatch(this.directory, CREATE);
		InotifyWatch added = this.inotify.addWatch(this.directory, Flags.of(InotifyEventFlag.DELETE),
				Flags.of(InotifyWatchFlag.MASK_ADD));
		assertThat(added.wd()).isEqualTo(watch.wd());
		Files.delete(Files.createFile(this.directory.resolve("file")));
		assertThat(read()).containsExactly("CREATE file", "DELETE file");
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.inotify.addWatch(this.directory, CREATE, Flags.of(InotifyWatchFlag.MASK_CREATE)))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EEXIST));
	}

	@Test
	void entryWhenUnlinkedAndExcludedIsNotReportedAnyMore() throws Exception {
		Flags<InotifyEventFlag> closed = Flags.of(InotifyEventFlag.MODIFY, InotifyEventFlag.CLOSE_WRITE);
		this.inotify.addWatch(this.directory, closed, Flags.of(InotifyWatchFlag.EXCL_UNLINK));
		Path file = this.directory.resolve("file");
		try (OutputStream unlinked = Files.newOutputStream(file)) {
			unlinked.write(1);
			Files.delete(file);
			unlinked.write(2);
		}
		assertThat(read()).containsExactly("MODIFY file");
	}

	@Test
	void bytesWaitingAreThoseOfTheNextReads() throws Exception {
		this.inotify.addWatch(this.directory, CREATE);
		assertThat(this.inotify.bytesWaiting()).isZero();
		Files.createFile(this.directory.resolve("short"));
		assertThat(this.inotify.bytesWaiting()).isEqualTo(16 + 16);
		Files.createFile(this.directory.resolve("a-longer-name-of-22-by"));
		assertThat(this.inotify.bytesWaiting()).isEqualTo(16 + 16 + 16 + 32);
		assertThat(this.inotify.readEvents()).hasSize(2);
		assertThat(this.inotify.bytesWaiting()).isZero();
		this.inotify.close();
		assertThatIllegalStateException().isThrownBy(this.inotify::bytesWaiting);
	}

	@Test
	void kernelWatchesAreWhatTheKernelHas() throws Exception {
		assertThat(this.inotify.kernelWatches()).isEmpty();
		InotifyWatch ofDirectory = this.inotify.addWatch(this.directory, CREATE);
		Path file = Files.createFile(this.directory.resolve("file"));
		InotifyWatch ofFile = this.inotify.addWatch(file, Flags.of(InotifyEventFlag.OPEN, InotifyEventFlag.MODIFY));
		assertThat(this.inotify.kernelWatches()).hasSize(2).anySatisfy((known) -> {
			assertThat(known.wd()).isEqualTo(ofFile.wd());
			assertThat(known.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
			assertThat(known.device()).isNotZero();
			assertThat(known.events()).isEqualTo(ofFile.events());
		});
		Files.delete(file);
		assertThat(this.inotify.kernelWatches()).as("ended by the kernel")
			.singleElement()
			.extracting(KernelWatch::wd)
			.isEqualTo(ofDirectory.wd());
		this.inotify.close();
		assertThatIllegalStateException().isThrownBy(this.inotify::kernelWatches);
	}

	@Test
	void awaitEventReturnsTheFirstOneOrNothingInTime() throws Exception {
		InotifyFactory factory = new InotifyFactory(this.faults.syscalls());
		long startNanos = System.nanoTime();
		assertThat(factory.awaitEvent(this.directory, CREATE, Duration.ofMillis(30))).isEmpty();
		assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(30_000_000);
		int waits = this.faults.count("poll");
		Thread creator = new Thread(() -> {
			Awaitility.await().until(() -> this.faults.count("poll") > waits);
			Shell.bash("touch $1/first $1/second", this.directory.toString()).orFail();
		});
		creator.start();
		assertThat(factory.awaitEvent(this.directory, CREATE, Duration.ofSeconds(20)))
			.hasValueSatisfying((event) -> assertThat(event.path()).isEqualTo(this.directory.resolve("first")));
		creator.join();
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> factory.awaitEvent(Path.of("/no/such"), CREATE, Duration.ZERO));
	}

	@Test
	void watchWhenRefusedNamesPathAndReason() {
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.inotify.addWatch(Path.of("/no/such"), ALL))
			.withMessage("inotify_add_watch(\"/no/such\") failed: ENOENT (No such file or directory)");
		this.faults.fail("inotifyAddWatch", 1, Errno.ENOSPC);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> this.inotify.addWatch(Path.of("/x"), ALL))
			.withMessage("inotify_add_watch(\"/x\") failed: ENOSPC (No space left on device)");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.inotify.addWatch(this.directory, Flags.none(InotifyEventFlag.class)));
		assertThat(this.inotify.watchCount()).isZero();
		this.inotify.close();
		assertThatIllegalStateException().isThrownBy(() -> this.inotify.addWatch(this.directory, ALL));
	}

	/**
	 * The limit is the machine's; where somebody has raised it far, the test is skipped.
	 */
	static long queueThatCanBeFilled() {
		long queue = Limits.sysctl("fs.inotify.max_queued_events").orElseThrow();
		Assumptions.assumeTrue(queue <= 65_536,
				() -> "SKIPPED: fs.inotify.max_queued_events is " + queue + "; set it to 16384, the kernel's default");
		return queue;
	}

	@Test
	void queueWhenFullReportsOneOverflowAndNamesNoFile() throws Exception {
		this.inotify.addWatch(this.directory, Flags.of(InotifyEventFlag.OPEN, InotifyEventFlag.CLOSE_NOWRITE));
		Path file = Files.createFile(this.directory.resolve("file"));
		this.inotify.readEvents();
		Syscalls syscalls = Syscalls.system();
		byte[] path = (file + "\0").getBytes(StandardCharsets.UTF_8);
		long queue = queueThatCanBeFilled();
		for (long i = 0; i < queue; i++) {
			syscalls.close(syscalls.open(path, Syscalls.CLOEXEC));
		}
		List<InotifyEvent> events = this.inotify.readEvents();
		assertThat(events).hasSize((int) queue + 1);
		InotifyEvent last = events.get(events.size() - 1);
		assertThat(last.isOverflow()).as("%s", last).isTrue();
		assertThat(last.wd()).isEqualTo(-1);
		assertThat(last.watch()).isNull();
		assertThat(last).hasToString("InotifyEvent[Q_OVERFLOW]");
		assertThatIllegalStateException().isThrownBy(last::path);
		assertThat(events.stream().filter(InotifyEvent::isOverflow)).hasSize(1);
		Files.readString(file);
		assertThat(read()).as("it goes on").contains("OPEN file");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\\xe9.csv", "\\xff\\xfe", "caf\\xc3\\xa9", "\\xf0\\x9f\\x98\\x80", "a b\\n%41" })
	void nameWhenOfAnyBytesMakesAPathThatCanBeOpened(String name) throws Exception {
		this.inotify.addWatch(this.directory, Flags.of(InotifyEventFlag.CLOSE_WRITE));
		Shell.bash("echo content > \"$1\"/$'" + name + "'", this.directory.toString()).orFail();
		InotifyEvent event = Objects.requireNonNull(this.inotify.pollEvent());
		assertThat(event.path()).exists();
		assertThat(Files.readString(event.path())).isEqualTo("content\n");
		InotifyWatch watch = this.inotify.addWatch(event.path(), Flags.of(InotifyEventFlag.MODIFY));
		Files.writeString(event.path(), "x", StandardOpenOption.APPEND);
		assertThat(this.inotify.readEvents()).anyMatch((modified) -> watch.equals(modified.watch()));
	}

	@Test
	void nameWhenOfAnyBytesMakesAPathThatCanBeOpenedInTheCLocale() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("env", "LC_ALL=C"), Names.class, this.directory.toString())) {
			jvm.awaitLine("ready");
			Shell
				.bash("cd \"$1\"; echo content > $'\\xe9.csv'; echo content > $'caf\\xc3\\xa9'; mkdir $'d\\xff'; "
						+ "echo content > $'d\\xff/\\xe9'; : > last", this.directory.toString())
				.orFail();
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("ready", "content", "content", "end");
		}
	}

	@Test
	void nameWhenAsLongAsCanBeIsWhole() throws Exception {
		this.inotify.addWatch(this.directory, CREATE);
		for (int length = 1; length <= 255; length++) {
			Files.createFile(this.directory.resolve("n".repeat(length)));
		}
		List<InotifyEvent> events = this.inotify.readEvents();
		assertThat(events).hasSize(255);
		for (int i = 0; i < 255; i++) {
			assertThat(events.get(i).name()).isEqualTo("n".repeat(i + 1));
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	@EnabledIfCompiler("unshare")
	void limitsWhenUsedUpAreNamedWithValueAndCommand() {
		String script = "echo 5 > /proc/sys/user/max_inotify_watches && "
				+ "echo 3 > /proc/sys/user/max_inotify_instances && exec \"$@\"";
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "-Ur", "sh", "-c", script, "sh"), UsedUp.class,
				this.directory.toString())) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines().get(0)).startsWith("5 watches: inotify_add_watch(\"")
				.endsWith("failed: ENOSPC (No space left on device)");
			assertThat(jvm.lines().get(1)).contains("no inotify watches left", "user.max_inotify_watches is 5.",
					"sysctl -w user.max_inotify_watches=128");
			assertThat(jvm.lines().get(2)).startsWith("3 instances: inotify_init1(").contains("EMFILE");
			assertThat(jvm.lines().get(3)).contains("no inotify instances left", "user.max_inotify_instances is 3.",
					"sysctl -w user.max_inotify_instances=128");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	@EnabledIfCompiler("unshare")
	void unmountIsReportedAndEndsTheWatches() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount"), Unmounted.class,
				this.directory.toString())) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("UNMOUNT|ISDIR", "IGNORED", "watches: 0",
					this.directory + " is no longer watched: its file system was unmounted");
		}
	}

	@Test
	void watchesWhenAddedAndRemovedByManyThreadsWhileAnotherReadsAreKnown() throws Exception {
		List<Path> directories = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			directories.add(Files.createDirectory(this.directory.resolve("d" + i)));
		}
		List<Throwable> failures = new CopyOnWriteArrayList<>();
		Thread reader = new Thread(() -> {
			for (InotifyEvent event : this.inotify) {
				if (event.watch() == null) {
					failures.add(new AssertionError("an event of an unknown watch: " + event));
				}
			}
		});
		reader.start();
		List<Thread> threads = new ArrayList<>();
		for (Path path : directories) {
			Thread thread = new Thread(() -> {
				try {
					for (int n = 0; n < 300; n++) {
						InotifyWatch watch = this.inotify.addWatch(path, ALL);
						Files.delete(Files.createFile(path.resolve("file")));
						this.inotify.removeWatch(watch);
					}
				}
				catch (IOException | RuntimeException ex) {
					failures.add(ex);
				}
			});
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads) {
			thread.join();
		}
		Awaitility.await().until(() -> this.inotify.watchCount() == 0);
		this.inotify.close();
		reader.join();
		assertThat(failures).isEmpty();
	}

	static final class Names {

		private Names() {
		}

		public static void main(String[] arguments) throws Exception {
			try (Inotify inotify = new InotifyFactory(Syscalls.system()).open()) {
				inotify.addWatch(Path.of(arguments[0]),
						Flags.of(InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.CREATE));
				System.out.println("ready");
				for (InotifyEvent event : inotify) {
					if ("last".equals(event.name())) {
						break;
					}
					if (event.isDirectory()) {
						// known under its bytes: a watch of it can be added
						inotify.addWatch(event.path(), CREATE);
					}
					if (event.is(InotifyEventFlag.CLOSE_WRITE)) {
						System.out.println(Files.readString(event.path()).strip());
					}
				}
				System.out.println("end");
			}
		}

	}

	static final class Unmounted {

		private Unmounted() {
		}

		public static void main(String[] arguments) throws Exception {
			Path root = Path.of(arguments[0]);
			InotifyFactory factory = new InotifyFactory(Syscalls.system());
			Shell.run(List.of("mount", "-t", "tmpfs", "tmpfs", root.toString())).orFail();
			try (Inotify inotify = factory.open();
					InotifyTree tree = factory.openTree(root, CREATE, Flags.none(InotifyWatchFlag.class), true)) {
				inotify.addWatch(root, CREATE);
				Shell.run(List.of("umount", root.toString())).orFail();
				inotify.readEvents().forEach((event) -> System.out.println(event.flags()));
				System.out.println("watches: " + inotify.watchCount());
				tree.inotify().drain((event) -> tree.process(event, (any) -> {
				}));
				System.out.println(tree.ended());
			}
		}

	}

	static final class UsedUp {

		private UsedUp() {
		}

		public static void main(String[] arguments) throws Exception {
			InotifyFactory factory = new InotifyFactory(Syscalls.system());
			List<Inotify> instances = new ArrayList<>();
			instances.add(factory.open());
			int watches = 0;
			try {
				while (true) {
					Path directory = Files.createDirectory(Path.of(arguments[0], "d" + watches));
					instances.get(0).addWatch(directory, CREATE);
					watches++;
				}
			}
			catch (SyscallException ex) {
				print(watches + " watches: ", ex);
			}
			try {
				while (true) {
					instances.add(factory.open());
				}
			}
			catch (SyscallException ex) {
				print(instances.size() + " instances: ", ex);
			}
		}

		private static void print(String start, SyscallException ex) {
			System.out.println(start + ex.getMessage());
			Remedy remedy = Remedy.of(ex).orElseThrow();
			System.out.println(remedy.cause() + " " + remedy.action());
		}

	}

}
