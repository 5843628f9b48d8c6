package io.github.linuxfd.inotify;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import io.github.linuxfd.errno.SyscallException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link InotifyTree} by real changes of real trees.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class InotifyTreeTests {

	private static final InotifyEvent OVERFLOW = new InotifyEvent(null, (int) InotifyEventFlag.Q_OVERFLOW.bit(), 0,
			null, false);

	private static final Flags<InotifyEventFlag> ARRIVED = Flags.of(InotifyEventFlag.CLOSE_WRITE,
			InotifyEventFlag.MOVED_TO);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final List<InotifyTree> trees = new ArrayList<>();

	private final List<InotifyEvent> delivered = new ArrayList<>();

	@TempDir
	private Path directory;

	@AfterEach
	void close() {
		this.trees.forEach(InotifyTree::close);
	}

	private InotifyTree tree(Path root, Flags<InotifyEventFlag> events) {
		InotifyTree tree = new InotifyFactory(this.faults.syscalls()).openTree(root, events,
				Flags.none(InotifyWatchFlag.class), true);
		this.trees.add(tree);
		return tree;
	}

	/** Take what is there, until nothing more comes. */
	private void settle(InotifyTree tree) {
		List<InotifyEvent> events = tree.inotify().readEvents();
		while (!events.isEmpty()) {
			events.forEach((event) -> tree.process(event, this.delivered::add));
			events = tree.inotify().readEvents();
		}
	}

	private Set<String> files() {
		return this.delivered.stream()
			.filter((event) -> !event.isOverflow() && !event.isDirectory())
			.map((event) -> this.directory.relativize(event.path()).toString())
			.collect(Collectors.toSet());
	}

	private void sh(String script) {
		Shell.bash("cd \"$1\"; " + script, this.directory.toString()).orFail();
	}

	@Test
	void scanWhenOneDirectoryCannotBeWatchedReportsTheOthersAndFails() throws IOException {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		for (String name : List.of("a", "b", "c")) {
			Files.createFile(Files.createDirectory(this.directory.resolve(name)).resolve("file"));
		}
		try (InotifyTree tree = new InotifyFactory(faults.syscalls()).openTree(this.directory,
				Flags.of(InotifyEventFlag.CLOSE_WRITE), Flags.none(InotifyWatchFlag.class), true)) {
			faults.fail("inotifyAddWatch", 2, Errno.EACCES); // the first is the root
			List<InotifyEvent> found = new ArrayList<>();
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> tree.process(OVERFLOW, found::add))
				.withMessageContaining("EACCES");
			assertThat(found).hasSize(2);
		}
	}

	@Test
	void treeWhenItsRootIsReplacedDuringAnOverflowWatchesTheNewOne() throws IOException {
		Path root = Files.createDirectory(this.directory.resolve("root"));
		try (InotifyTree tree = new InotifyFactory(Syscalls.system()).openTree(root,
				Flags.of(InotifyEventFlag.CLOSE_WRITE), Flags.none(InotifyWatchFlag.class), false)) {
			Files.delete(root);
			Files.createDirectory(root);
			tree.inotify().readEvents(); // as if lost
			tree.process(OVERFLOW, (event) -> {
			});
			Files.createFile(root.resolve("a"));
			assertThat(tree.inotify().readEvents()).extracting(InotifyEvent::name).contains("a");
			assertThat(tree.ended()).isNull();
		}
	}

	@Test
	void treeWhenItsRootIsDeletedDuringAnOverflowSaysSo() throws IOException {
		Path root = Files.createDirectory(this.directory.resolve("root"));
		try (InotifyTree tree = new InotifyFactory(Syscalls.system()).openTree(root,
				Flags.of(InotifyEventFlag.CLOSE_WRITE), Flags.none(InotifyWatchFlag.class), false)) {
			Files.delete(root);
			tree.inotify().readEvents(); // as if lost
			tree.process(OVERFLOW, (event) -> {
			});
			assertThat(tree.ended()).contains("is no longer watched").contains("ENOENT");
		}
	}

	@Test
	void fileInNewDirectoriesIsNeverMissed() throws Exception {
		InotifyTree tree = tree(this.directory, ARRIVED);
		Set<String> expected = new HashSet<>();
		for (int i = 0; i < 150; i++) {
			expected.add("r" + i + "/b/c/f");
			expected.add("r" + i + "/g");
		}
		Process writer = new ProcessBuilder("bash", "-c",
				"cd \"$1\"; for ((i = 0; i < 150; i++)); do mkdir -p r$i/b/c; : > r$i/b/c/f; : > r$i/g; done", "bash",
				this.directory.toString())
			.start();
		long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (!files().containsAll(expected) && System.nanoTime() < deadlineNanos) {
			settle(tree);
			if (!writer.isAlive()) {
				settle(tree);
				break;
			}
			Thread.onSpinWait();
		}
		assertThat(writer.waitFor()).isZero();
		settle(tree);
		assertThat(files()).isEqualTo(expected);
		assertThat(tree.inotify().watchCount()).isEqualTo(1 + 150 * 3);
		assertThat(tree.ended()).isNull();
	}

	@Test
	void directoryWhenRenamedOutAndInFollows() throws Exception {
		Path inside = Files.createDirectory(this.directory.resolve("tree"));
		sh("mkdir -p tree/a/b out; : > tree/a/b/old");
		InotifyTree tree = tree(inside, ARRIVED.with(InotifyEventFlag.CREATE));
		assertThat(tree.inotify().watchCount()).isEqualTo(3);
		sh("mv tree/a out/a");
		settle(tree);
		sh("echo x > out/a/b/outside");
		settle(tree);
		assertThat(tree.inotify().watchCount()).as("not watched outside").isEqualTo(1);
		assertThat(files()).isEmpty();
		sh("mv out/a tree/z");
		settle(tree);
		assertThat(tree.inotify().watchCount()).isEqualTo(3);
		assertThat(files()).as("came in").containsExactlyInAnyOrder("tree/z/b/old", "tree/z/b/outside");
		assertThat(this.delivered.stream().filter((event) -> !event.isDirectory())).allMatch(InotifyEvent::recovered);
		this.delivered.clear();
		sh("echo x > tree/z/b/new");
		settle(tree);
		assertThat(files()).containsExactly("tree/z/b/new");
	}

	@Test
	void directoryWhenRenamedInsideReportsUnderItsNewName() {
		sh("mkdir -p a/b");
		InotifyTree tree = tree(this.directory, ARRIVED);
		sh("mv a z");
		settle(tree);
		this.delivered.clear();
		sh("echo x > z/f; echo x > z/b/g; mkdir z/b/c; echo x > z/b/c/h");
		settle(tree);
		assertThat(files()).containsExactlyInAnyOrder("z/f", "z/b/g", "z/b/c/h");
		assertThat(tree.inotify().watchCount()).isEqualTo(4);
	}

	/** Two names for one directory in quick succession, and the old one taken again. */
	@Test
	void directoriesWhenTheySwapNamesAreAllWatchedUnderTheRightOne() {
		for (int round = 0; round < 6; round++) {
			Path root = this.directory.resolve("round" + round);
			sh("mkdir -p " + root.getFileName() + "/{a,b}/sub");
			InotifyTree tree = tree(root, ARRIVED);
			sh("cd " + root.getFileName() + "; mv a t; mv b a; mv t b; mkdir c; mv c d; mkdir c");
			settle(tree);
			this.delivered.clear();
			sh("cd " + root.getFileName() + "; for d in a a/sub b b/sub c d; do echo x > $d/in-${d//\\//-}; done");
			settle(tree);
			assertThat(files()).containsExactlyInAnyOrderElementsOf(
					List.of("a/in-a", "a/sub/in-a-sub", "b/in-b", "b/sub/in-b-sub", "c/in-c", "d/in-d")
						.stream()
						.map((name) -> root.getFileName() + "/" + name)
						.toList());
			assertThat(tree.inotify().watchCount()).isEqualTo(7);
			this.delivered.clear();
		}
	}

	@Test
	void watchesWhenDirectoriesComeAndGoAreGivenBack() {
		InotifyTree tree = tree(this.directory, ARRIVED);
		for (int i = 0; i < 20; i++) {
			sh("mkdir -p a/b/c; : > a/b/c/f; rm -r a");
			settle(tree);
		}
		assertThat(tree.inotify().watchCount()).isEqualTo(1);
	}

	/** Directories vanish at every moment of the scan: that is no failure. */
	@Test
	void directoriesWhenTheyVanishDuringTheScanAreNoFailure() throws Exception {
		InotifyTree tree = tree(this.directory, ARRIVED);
		Process storm = new ProcessBuilder("bash", "-c",
				"cd \"$1\"; for ((i = 0; i < 40; i++)); do mkdir -p x/y/z; : > x/y/z/f; mv x w; rm -r w; done", "bash",
				this.directory.toString())
			.start();
		while (storm.isAlive()) {
			settle(tree);
			tree.scan(this.delivered::add);
		}
		assertThat(storm.waitFor()).isZero();
		settle(tree);
		assertThat(tree.inotify().watchCount()).isEqualTo(1);
		assertThat(tree.ended()).isNull();
	}

	@Test
	void rootWhenDeletedOrRenamedOrUnmountedEnds() throws Exception {
		Path deleted = Files.createDirectory(this.directory.resolve("deleted"));
		InotifyTree tree = tree(deleted, ARRIVED);
		assertThat(tree.ended()).isNull();
		Files.delete(deleted);
		settle(tree);
		assertThat(tree.ended()).isEqualTo(deleted + " is no longer watched: it was deleted");
		Path renamed = Files.createDirectory(this.directory.resolve("renamed"));
		InotifyTree other = tree(renamed, ARRIVED);
		Files.move(renamed, this.directory.resolve("elsewhere"));
		settle(other);
		assertThat(other.ended()).isEqualTo(renamed + " is no longer watched: it was renamed");
		assertThat(this.delivered).as("nobody asked for these").isEmpty();
		Path file = Files.createFile(this.directory.resolve("file"));
		InotifyTree ofFile = new InotifyFactory(this.faults.syscalls()).openTree(file,
				Flags.of(InotifyEventFlag.MODIFY), Flags.none(InotifyWatchFlag.class), false);
		this.trees.add(ofFile);
		Files.delete(file);
		settle(ofFile);
		assertThat(ofFile.ended()).contains("it was deleted");
	}

	@Test
	void overflowIsMadeGoodByAScan() throws Exception {
		sh("mkdir -p sub/deep; : > sub/early");
		InotifyTree tree = tree(this.directory, ARRIVED.with(InotifyEventFlag.OPEN).with(InotifyEventFlag.Q_OVERFLOW));
		Path opened = Files.createFile(this.directory.resolve("opened"));
		byte[] path = (opened + "\0").getBytes(StandardCharsets.UTF_8);
		long queue = InotifyTests.queueThatCanBeFilled();
		for (int i = 0; i < queue; i++) {
			// two files in turn, so that the kernel joins no events
			this.faults.syscalls().close(this.faults.syscalls().open(path, Syscalls.CLOEXEC));
			if (i % 2 == 0) {
				byte[] early = (this.directory.resolve("sub/early") + "\0").getBytes(StandardCharsets.UTF_8);
				this.faults.syscalls().close(this.faults.syscalls().open(early, Syscalls.CLOEXEC));
			}
		}
		sh("echo x > late; echo x > sub/deep/late; mkdir -p lost/dir; echo x > lost/dir/file");
		settle(tree);
		assertThat(this.delivered.stream().filter(InotifyEvent::isOverflow)).hasSize(1);
		assertThat(files()).contains("late", "sub/deep/late", "lost/dir/file");
		assertThat(this.delivered)
			.filteredOn((event) -> event.is(InotifyEventFlag.CLOSE_WRITE) && event.path().endsWith("file"))
			.isNotEmpty()
			.allMatch(InotifyEvent::recovered);
		this.delivered.clear();
		sh("echo x > lost/dir/after");
		settle(tree);
		assertThat(files()).contains("lost/dir/after");
	}

	@Test
	void overflowEventMakesTheTreeScanAndWatchWhatWasLost() {
		InotifyTree tree = tree(this.directory, ARRIVED);
		sh("mkdir -p lost/dir; echo x > lost/dir/file; echo x > late");
		// the kernel's events are thrown away, as in an overflow
		tree.inotify().readEvents();
		tree.process(new InotifyEvent(null, (int) InotifyEventFlag.Q_OVERFLOW.bit(), 0, null, false),
				this.delivered::add);
		assertThat(files()).containsExactlyInAnyOrder("lost/dir/file", "late");
		assertThat(this.delivered).allMatch(InotifyEvent::recovered);
		assertThat(tree.inotify().watchCount()).isEqualTo(3);
	}

	@Test
	void fileWhenItsWriterHasItOpenIsLeftOutByTheScanAndReportedAfterTheClose() throws Exception {
		Path file = this.directory.resolve("growing");
		Path done = Files.writeString(this.directory.resolve("done"), "all");
		InotifyTree tree = tree(this.directory, ARRIVED);
		try (OutputStream writer = Files.newOutputStream(file)) {
			writer.write(1);
			tree.scan(this.delivered::add);
			assertThat(this.delivered).extracting(InotifyEvent::path).containsExactly(done);
			this.delivered.clear();
		}
		settle(tree);
		assertThat(this.delivered).singleElement().satisfies((event) -> {
			assertThat(event.path()).isEqualTo(file);
			assertThat(event.recovered()).isFalse();
		});
		this.delivered.clear();
		tree.scan(this.delivered::add);
		assertThat(files()).containsExactlyInAnyOrder("growing", "done");
	}

	@Test
	void scanWhenNobodyAsksForFilesReportsNone() throws Exception {
		Files.createFile(this.directory.resolve("file"));
		InotifyTree tree = tree(this.directory, Flags.of(InotifyEventFlag.DELETE));
		tree.scan(this.delivered::add);
		assertThat(this.delivered).isEmpty();
		InotifyTree creations = tree(this.directory, Flags.of(InotifyEventFlag.CREATE));
		Files.createDirectory(this.directory.resolve("dir"));
		creations.scan(this.delivered::add);
		assertThat(this.delivered).extracting((event) -> event.flags().toString())
			.containsExactlyInAnyOrder("CREATE", "CREATE|ISDIR");
	}

	@Test
	void symbolicLinksAreNotFollowed() throws Exception {
		sh("mkdir -p a/b; ln -s .. a/b/up; ln -s . a/self; ln -s /proc proc");
		InotifyTree tree = tree(this.directory, ARRIVED);
		assertThat(tree.inotify().watchCount()).isEqualTo(3);
		sh("mkdir -p n/m; ln -s ../.. n/m/up; ln -s /proc n/proc");
		settle(tree);
		tree.scan(this.delivered::add);
		assertThat(tree.inotify().watchCount()).isEqualTo(5);
	}

	@Test
	void rootWhenASymbolicLinkIsFollowed() throws Exception {
		Path real = Files.createDirectory(this.directory.resolve("real"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);
		InotifyTree tree = tree(link, ARRIVED);
		sh("mkdir real/sub; echo x > real/sub/f");
		settle(tree);
		assertThat(files()).contains("link/sub/f");
	}

	@Test
	void watchFlagWhenItForbidsASecondWatchStillFollowsNewDirectories() {
		InotifyTree tree = new InotifyFactory(this.faults.syscalls()).openTree(this.directory, ARRIVED,
				Flags.of(InotifyWatchFlag.MASK_CREATE), true);
		this.trees.add(tree);
		sh("mkdir -p a/b/c; : > a/b/c/f");
		settle(tree);
		sh("mkdir -p a/b/d; : > a/b/d/f");
		settle(tree);
		tree.scan(this.delivered::add);
		assertThat(files()).contains("a/b/c/f", "a/b/d/f");
	}

	@Test
	void namesWhenOfAnyBytesAreFoundByEventAndScan() throws Exception {
		InotifyTree tree = tree(this.directory, ARRIVED);
		sh("mkdir $'d\\xff'; echo content > $'d\\xff/\\xe9.csv'");
		settle(tree);
		tree.scan(this.delivered::add);
		assertThat(this.delivered).filteredOn((event) -> !event.isDirectory())
			.hasSizeGreaterThanOrEqualTo(2)
			.allSatisfy((event) -> {
				assertThat(event.name()).isEqualTo("\udce9.csv");
				assertThat(Files.readString(event.path())).isEqualTo("content\n");
			});
	}

	@Test
	void openWhenAWatchIsRefusedClosesTheInstance() throws Exception {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		Files.createDirectory(this.directory.resolve("sub"));
		this.faults.fail("inotifyAddWatch", 2, Errno.ENOSPC);
		assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> tree(this.directory, ARRIVED));
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> tree(this.directory.resolve("none"), ARRIVED));
		Path file = Files.createFile(this.directory.resolve("file"));
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> tree(file, ARRIVED))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOTDIR));
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
		assertThat(NativeMemory.allocated()).isEqualTo(memory);
	}

	@Test
	void directoryWhenItCannotBeWatchedSaysSo() {
		InotifyTree tree = tree(this.directory, ARRIVED);
		sh("mkdir sub");
		this.faults.fail("inotifyAddWatch", 1, Errno.ENOSPC);
		assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> settle(tree))
			.withMessageContaining(this.directory.resolve("sub").toString());
	}

	@Test
	void leaseWhenNobodyWritesIsFalseAndHoldsNothing() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		Syscalls syscalls = this.faults.syscalls();
		int descriptors = OwnedFd.openCount();
		assertThat(FileLease.writer(syscalls, file)).isEqualTo(FileWriter.ABSENT);
		try (var reader = Files.newInputStream(file)) {
			assertThat(FileLease.writer(syscalls, file)).isEqualTo(FileWriter.ABSENT);
		}
		try (var writer = Files.newOutputStream(file)) {
			assertThat(FileLease.writer(syscalls, file)).isEqualTo(FileWriter.PRESENT);
		}
		assertThat(FileLease.writer(syscalls, this.directory.resolve("none"))).isEqualTo(FileWriter.UNKNOWN);
		this.faults.fail("fcntl", 2, Errno.EACCES);
		assertThat(FileLease.writer(syscalls, file)).as("not ours").isEqualTo(FileWriter.UNKNOWN);
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	/**
	 * Writers come while the lease is held: the kernel tells the holder by a signal,
	 * which must not be the end of the JVM, and the writers must get on.
	 */
	@Test
	void leaseWhenWritersComeMeanwhileHarmsNobody() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		try (ForkedJvm jvm = ForkedJvm.start(Leases.class, file.toString())) {
			jvm.awaitLine("ready");
			Shell.Result writers = Shell.bash("""
					for w in 1 2; do
						( for ((i = 0; i < 3000; i++)); do echo x >> "$1" || exit 1; done ) &
						pids="$pids $!"
					done
					for p in $pids; do wait $p || exit 1; done
					""", file.toString());
			writers.orFail();
			assertThat(jvm.isAlive()).as("%s", jvm.lines()).isTrue();
			Files.delete(file);
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.awaitLine((line) -> line.startsWith("looked "))).matches("looked \\d+ times, \\d+ open");
			assertThat(writers.output()).isEmpty();
		}
	}

	static final class Leases {

		private Leases() {
		}

		public static void main(String[] arguments) throws IOException {
			Path file = Path.of(arguments[0]);
			Syscalls syscalls = Syscalls.system();
			System.out.println("ready");
			int looked = 0;
			int open = 0;
			while (Files.exists(file)) {
				open += (FileLease.writer(syscalls, file) == FileWriter.PRESENT) ? 1 : 0;
				looked++;
			}
			System.out.println("looked " + looked + " times, " + open + " open");
		}

	}

}
