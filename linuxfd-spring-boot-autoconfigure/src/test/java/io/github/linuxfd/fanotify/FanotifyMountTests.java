package io.github.linuxfd.fanotify;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.Ext4Mount;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link Fanotify} on mounts and file systems, and without privileges, each in a
 * JVM of its own and in a mount namespace that ends with it.
 *
 * @author linuxfd
 */
@Timeout(240)
class FanotifyMountTests {

	private static final Flags<FanotifyMarkFlag> NO_MARK_FLAGS = Flags.none(FanotifyMarkFlag.class);

	/** A user id that no account has. */
	private static final long STRANGER = 4_000_000_017L;

	@TempDir
	private Path directory;

	private void passes(List<String> wrapper, Class<?> test) {
		try (ForkedJvm jvm = ForkedJvm.startBy(wrapper, test, this.directory.toString())) {
			jvm.awaitLine("passed");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	private static void mountTmpfs(Path on) {
		Shell.run(List.of("mount", "-t", "tmpfs", "tmpfs", on.toString())).orFail();
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void marksOfMountAndFileSystemReportWhatHappensThere() {
		passes(List.of("unshare", "--mount"), WholeFileSystem.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void markedFileSystemCanBeUnmounted() {
		passes(List.of("unshare", "--mount"), Unmounted.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void overlayHasPathsOfMarkedDirectories() {
		passes(List.of("unshare", "--mount"), Overlay.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void markWhenItIsEvictableGoesWithItsInode() {
		passes(List.of("unshare", "--mount"), Evicted.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void descriptorsWhenNoneIsLeftLoseEventsAndSaySo() {
		passes(List.of("unshare", "--mount"), Exhausted.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void ownFilesAreFoundOnTheirMounts() {
		passes(List.of("unshare", "--mount"), Guarded.class);
	}

	@Test
	@EnabledIfCompiler({ "unshare", "mkfs.ext4", "findmnt" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void errorsOfAFileSystemAreToldAndCounted() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount"), Erroneous.class,
				this.directory.toString())) {
			String line = jvm.awaitLine((each) -> each.equals("passed") || each.startsWith("SKIPPED"));
			assumeThat(line).isEqualTo("passed");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void limitsWhenReachedAreNamed() {
		passes(List.of("unshare", "--user", "--map-root-user"), Limited.class);
	}

	/** Of a user of its own, so that nobody else goes short of marks. */
	@Test
	@EnabledIfCompiler("setpriv")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void marksWhenUnlimitedAreMoreThanAUserMayHave() {
		String capabilities = "+sys_admin,+dac_override,+dac_read_search";
		passes(List.of("setpriv", "--reuid=" + STRANGER, "--inh-caps=" + capabilities,
				"--ambient-caps=" + capabilities), Unlimited.class);
	}

	@Test
	@EnabledIfCompiler("setpriv")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void groupWithoutPrivilegesMarksDirectoriesAndNothingElse() {
		passes(List.of("setpriv", "--bounding-set=-sys_admin,-dac_read_search"), Unprivileged.class);
	}

	/** Events of two mounts of one file system. */
	static final class WholeFileSystem {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			Path whole = Files.createDirectory(root.resolve("whole"));
			Path part = Files.createDirectory(root.resolve("part"));
			mountTmpfs(whole);
			Path below = Files.createDirectories(whole.resolve("a/b"));
			Shell.run(List.of("mount", "--bind", whole.resolve("a").toString(), part.toString())).orFail();
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			Flags<FanotifyEventFlag> written = Flags.of(FanotifyEventFlag.CLOSE_WRITE);
			try (Fanotify fileSystem = factory.open(); Fanotify mount = factory.open()) {
				fileSystem.addMark(FanotifyMark.FILESYSTEM, whole, written.with(FanotifyEventFlag.CREATE));
				mount.addMark(FanotifyMark.MOUNT, part, written);
				Files.writeString(below.resolve("1"), "");
				Files.writeString(part.resolve("b/2"), "");
				assertThat(fileSystem.readEvents()).extracting((event) -> event.path().orElseThrow())
					.containsExactly(below.resolve("1"), below.resolve("2"));
				assertThat(mount.readEvents()).extracting((event) -> event.path().orElseThrow())
					.containsExactly(part.resolve("b/2"));
				ignore(fileSystem, whole, below, written);
			}
			beside(factory, whole, part);
			namespace(factory, root);
			System.out.println("passed");
		}

		/** A mark of the whole file system can leave out a directory. */
		private static void ignore(Fanotify fileSystem, Path whole, Path below, Flags<FanotifyEventFlag> written)
				throws Exception {
			fileSystem.addMark(FanotifyMark.INODE, below,
					written.with(FanotifyEventFlag.CREATE).with(FanotifyEventFlag.EVENT_ON_CHILD),
					Flags.of(FanotifyMarkFlag.IGNORE, FanotifyMarkFlag.IGNORED_SURV_MODIFY));
			Files.writeString(below.resolve("3"), "");
			Files.writeString(whole.resolve("4"), "");
			assertThat(fileSystem.readEvents()).extracting((event) -> event.name().orElseThrow()).containsExactly("4");
			fileSystem.removeMark(FanotifyMark.FILESYSTEM, whole, written.with(FanotifyEventFlag.CREATE),
					NO_MARK_FLAGS);
			fileSystem.flushMarks(FanotifyMark.FILESYSTEM);
			fileSystem.flushMarks(FanotifyMark.MOUNT);
			Files.writeString(whole.resolve("5"), "");
			assertThat(fileSystem.readEvents()).isEmpty();
		}

		/** What is not below the marked path is not said to be anywhere. */
		private static void beside(FanotifyFactory factory, Path whole, Path part) throws Exception {
			try (Fanotify fileSystem = factory.open()) {
				fileSystem.addMark(FanotifyMark.FILESYSTEM, part, Flags.of(FanotifyEventFlag.CREATE));
				Files.createFile(Files.createDirectory(whole.resolve("beside")).resolve("6"));
				assertThat(fileSystem.readEvents()).singleElement().satisfies((event) -> {
					assertThat(event.name()).hasValue("6");
					assertThat(event.path()).isEmpty();
				});
			}
		}

		private static void namespace(FanotifyFactory factory, Path root) throws Exception {
			Path point = Files.createDirectory(root.resolve("point"));
			try (Fanotify mounts = factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_MNT))) {
				mounts.addMark(FanotifyMark.MNTNS, Path.of("/proc/self/ns/mnt"),
						Flags.of(FanotifyEventFlag.MNT_ATTACH, FanotifyEventFlag.MNT_DETACH));
				mountTmpfs(point);
				Shell.run(List.of("umount", point.toString())).orFail();
				List<FanotifyEvent> events = mounts.readEvents();
				assertThat(events).extracting((event) -> event.flags().toString())
					.containsExactly("MNT_ATTACH", "MNT_DETACH");
				assertThat(events.get(0).mountId()).isPositive().isEqualTo(events.get(1).mountId());
				assertThat(events.get(0).path()).isEmpty();
			}
		}

	}

	/** Events with paths do not keep their file system busy. */
	static final class Unmounted {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			for (FanotifyMark kind : List.of(FanotifyMark.INODE, FanotifyMark.MOUNT, FanotifyMark.FILESYSTEM)) {
				mountTmpfs(root);
				try (Fanotify fanotify = factory.open()) {
					fanotify.addMark(kind, root,
							Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
					Files.writeString(root.resolve("1"), "");
					assertThat(fanotify.readEvent().path()).hasValue(root.resolve("1"));
					Files.writeString(root.resolve("2"), "");
					FanotifyEvent late = fanotify.readEvent();
					Shell.run(List.of("umount", root.toString())).orFail();
					mountTmpfs(root);
					Files.writeString(root.resolve("2"), "");
					assertThat(late.path()).as("not that of another file system").isEmpty();
					assertThat(fanotify.readEvents()).isEmpty();
					Shell.run(List.of("umount", root.toString())).orFail();
				}
			}
			System.out.println("passed");
		}

	}

	private static Path mountOverlay(Path root) throws Exception {
		mountTmpfs(root);
		for (String name : List.of("lower", "upper", "work", "merged")) {
			Files.createDirectory(root.resolve(name));
		}
		Files.createDirectory(root.resolve("lower/directory"));
		Path merged = root.resolve("merged");
		Shell.run(List.of("mount", "-t", "overlay", "overlay", "-o", "lowerdir=" + root.resolve("lower") + ",upperdir="
				+ root.resolve("upper") + ",workdir=" + root.resolve("work"), merged.toString()))
			.orFail();
		return merged;
	}

	/**
	 * An overlay forgets what nobody uses, and the kernel looks for that when it changes
	 * the options of a file system: nobody else has to go short of memory.
	 */
	static final class Evicted {

		public static void main(String[] args) throws Exception {
			Path merged = mountOverlay(Path.of(args[0]));
			Path kept = Files.createFile(merged.resolve("kept"));
			Path evicted = Files.createFile(merged.resolve("evicted"));
			Flags<FanotifyEventFlag> attributes = Flags.of(FanotifyEventFlag.ATTRIB);
			try (Fanotify fanotify = new FanotifyFactory(Syscalls.system()).open()) {
				fanotify.addMark(FanotifyMark.INODE, kept, attributes);
				fanotify.addMark(FanotifyMark.INODE, evicted, attributes, Flags.of(FanotifyMarkFlag.EVICTABLE));
				assertThat(touched(fanotify, kept, evicted)).containsExactly("kept", "evicted");
				for (String option : List.of("remount,ro", "remount,rw")) {
					Shell.run(List.of("mount", "-o", option, merged.toString())).orFail();
				}
				assertThat(touched(fanotify, kept, evicted)).containsExactly("kept");
			}
			System.out.println("passed");
		}

		private static List<String> touched(Fanotify fanotify, Path... files) throws Exception {
			for (Path file : files) {
				Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
			}
			return fanotify.readEvents()
				.stream()
				.map((event) -> event.path().orElseThrow().getFileName().toString())
				.toList();
		}

	}

	/** Has handles, but none that can be opened. */
	static final class Overlay {

		public static void main(String[] args) throws Exception {
			Path merged = mountOverlay(Path.of(args[0]));
			Path directory = merged.resolve("directory");
			try (Fanotify fanotify = new FanotifyFactory(Syscalls.system()).open()) {
				fanotify.addMark(FanotifyMark.INODE, directory, Flags.of(FanotifyEventFlag.CREATE));
				Files.createFile(directory.resolve("file"));
				assertThat(fanotify.readEvent().path()).hasValue(directory.resolve("file"));
			}
			System.out.println("passed");
		}

	}

	/** At {@code RLIMIT_NOFILE}. */
	static final class Exhausted {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			mountTmpfs(root);
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			try (Fanotify fanotify = factory.open(FanotifyClass.NOTIF, Flags.none(FanotifyInitFlag.class))) {
				fanotify.addMark(FanotifyMark.MOUNT, root, Flags.of(FanotifyEventFlag.CLOSE_WRITE));
				// loads every class there is need of, from directories that have to be
				// opened
				Files.writeString(root.resolve("first"), "");
				fanotify.readEvent().close();
				assertThat(Errno.ofResult(-24)).isEqualTo(Errno.EMFILE);
				for (int i = 0; i < 20; i++) {
					Files.writeString(root.resolve("f" + i), "");
				}
				int highest = highestDescriptor();
				Shell
					.run(List.of("prlimit", "--nofile=" + (highest + 6), "--pid",
							Long.toString(ProcessHandle.current().pid())))
					.orFail();
				List<FanotifyEvent> events = fanotify.readEvents();
				assertThat(events).hasSize(20);
				long failed = events.stream().filter((event) -> event.failure().isPresent()).count();
				assertThat(failed).isBetween(1L, 19L).isEqualTo(fanotify.lost());
				assertThat(events).filteredOn((event) -> event.failure().isPresent()).allSatisfy((event) -> {
					assertThat(event.failure()).hasValue(Errno.EMFILE);
					assertThat(event.is(FanotifyEventFlag.CLOSE_WRITE)).isTrue();
					assertThat(event.descriptor()).isEmpty();
				});
				int open = OwnedFd.openCount();
				events.forEach(FanotifyEvent::close);
				assertThat(OwnedFd.openCount()).isEqualTo(open - 20 + (int) failed);
				Files.writeString(root.resolve("again"), "");
				try (FanotifyEvent event = fanotify.readEvent()) {
					assertThat(event.path()).hasValue(root.resolve("again"));
				}
			}
			System.out.println("passed");
		}

		private static int highestDescriptor() throws Exception {
			try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
				return descriptors.mapToInt((each) -> Integer.parseInt(each.getFileName().toString()))
					.max()
					.orElseThrow();
			}
		}

	}

	/** What is on a mount, on a file system, or in a directory. */
	static final class Guarded {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			Path whole = Files.createDirectory(root.resolve("whole"));
			Path part = Files.createDirectory(root.resolve("part with space"));
			mountTmpfs(whole);
			Path logs = Files.createDirectories(whole.resolve("logs"));
			Path data = Files.createDirectories(whole.resolve("data"));
			Shell.run(List.of("mount", "--bind", data.toString(), part.toString())).orFail();
			OwnFiles nothing = OwnFiles.find(Syscalls.system(), List.of());
			for (FanotifyMark kind : FanotifyMark.values()) {
				assertThat(nothing.coveredBy(kind, part)).isEmpty();
			}
			assertThat(nothing.coveredBy(FanotifyMark.MOUNT, Path.of("/"))).isPresent();
			assertThat(nothing.coveredBy(FanotifyMark.FILESYSTEM, root)).isPresent();
			Path log = logs.resolve("not-yet.log");
			OwnFiles own = OwnFiles.find(Syscalls.system(), List.of(log));
			assertThat(own.coveredBy(FanotifyMark.FILESYSTEM, part)).hasValue(logs);
			assertThat(own.coveredBy(FanotifyMark.MOUNT, data)).hasValue(logs);
			assertThat(own.coveredBy(FanotifyMark.MOUNT, part)).as("another mount of the same").isEmpty();
			assertThat(own.coveredBy(FanotifyMark.INODE, logs)).hasValue(logs);
			assertThat(own.coveredBy(FanotifyMark.INODE, data)).isEmpty();
			for (String property : List.of("java.home", "java.class.path", "java.io.tmpdir")) {
				String before = System.setProperty(property, data.resolve("own").toString());
				Files.createFile(data.resolve("own"));
				assertThat(OwnFiles.find(Syscalls.system(), List.of()).coveredBy(FanotifyMark.INODE, data)).as(property)
					.hasValue(data.resolve("own"));
				Files.delete(data.resolve("own"));
				System.setProperty(property, before);
			}
			try (OutputStream open = Files.newOutputStream(data.resolve("open"))) {
				assertThat(OwnFiles.find(Syscalls.system(), List.of()).coveredBy(FanotifyMark.INODE, part))
					.isEqualTo(Optional.of(data.resolve("open")));
				open.write(1);
			}
			System.out.println("passed");
		}

	}

	/** The kernel lets a file system be told that it is broken. */
	static final class Erroneous {

		private static final Errno EUCLEAN = new Errno(117);

		public static void main(String[] args) throws Exception {
			Optional<Path> mounted = Ext4Mount.in(Path.of(args[0]));
			if (mounted.isEmpty()) {
				return;
			}
			Path root = mounted.get();
			Optional<Path> trigger = Ext4Mount.errorTrigger(root);
			if (trigger.isEmpty()) {
				return;
			}
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			Flags<FanotifyEventFlag> errors = Flags.of(FanotifyEventFlag.FS_ERROR);
			try (Fanotify fanotify = factory.open()) {
				assertThatIllegalArgumentException()
					.isThrownBy(() -> fanotify.addMark(FanotifyMark.FILESYSTEM, root, errors))
					.withMessage("Only a group with REPORT_FID is told of FS_ERROR");
			}
			try (Fanotify fanotify = factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_FID,
					FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME))) {
				fanotify.addMark(FanotifyMark.FILESYSTEM, root, errors);
				for (int count = 1; count <= 2; count++) {
					for (int i = 0; i < count; i++) {
						Files.writeString(trigger.get(), "this is only a test");
					}
					FanotifyError expected = new FanotifyError(EUCLEAN, count);
					assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
						assertThat(event.flags()).isEqualTo(errors);
						assertThat(event.fileSystemError()).hasValue(expected);
						assertThat(event.path()).isEmpty();
					});
				}
			}
			System.out.println("passed");
		}

	}

	/** In a user namespace, which has limits of its own. */
	static final class Limited {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			Files.writeString(Path.of("/proc/sys/user/max_fanotify_groups"), "1");
			Files.writeString(Path.of("/proc/sys/user/max_fanotify_marks"), "2");
			try (Fanotify fanotify = factory.open()) {
				assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(factory::open)
					.withMessageContaining("failed: EMFILE")
					.satisfies((ex) -> assertThat(Remedy.of(ex).orElseThrow().action()).contains("_groups="));
				Flags<FanotifyEventFlag> created = Flags.of(FanotifyEventFlag.CREATE);
				fanotify.addMark(FanotifyMark.INODE, Files.createDirectory(root.resolve("1")), created);
				fanotify.addMark(FanotifyMark.INODE, Files.createDirectory(root.resolve("2")), created);
				Path third = Files.createDirectory(root.resolve("3"));
				assertThatExceptionOfType(SyscallSystemException.class)
					.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, third, created))
					.withMessageContaining("failed: ENOSPC")
					.satisfies((ex) -> assertThat(Remedy.of(ex).orElseThrow().action()).contains("_marks="));
			}
			System.out.println("passed");
		}

	}

	/** Many groups mark the same files, which takes less memory than as many files. */
	static final class Unlimited {

		private static final int GROUPS = 64;

		private static final Flags<FanotifyEventFlag> WRITTEN = Flags.of(FanotifyEventFlag.CLOSE_WRITE);

		public static void main(String[] args) throws Exception {
			long limit = Limits.sysctl("fs.fanotify.max_user_marks").orElseThrow();
			List<Path> files = new ArrayList<>();
			for (int i = 0; i <= limit / GROUPS; i++) {
				files.add(Files.createFile(Path.of(args[0]).resolve("f" + i)));
			}
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			List<Fanotify> groups = new ArrayList<>();
			for (int i = 0; i < GROUPS; i++) {
				groups.add(factory.open(FanotifyClass.NOTIF, Flags.none(FanotifyInitFlag.class)));
			}
			long marks = 0;
			SyscallException refusal = null;
			for (int i = 0; i < GROUPS * files.size() && refusal == null; i++) {
				refusal = mark(groups.get(i % GROUPS), files.get(i / GROUPS));
				marks += (refusal == null) ? 1 : 0;
			}
			assertThat(refusal).hasMessageContaining("failed: ENOSPC");
			assertThat(marks).isEqualTo(limit);
			try (Fanotify unlimited = factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.UNLIMITED_MARKS))) {
				for (Path file : files) {
					unlimited.addMark(FanotifyMark.INODE, file, WRITTEN);
				}
				Path last = files.get(files.size() - 1);
				Files.writeString(last, "text");
				try (FanotifyEvent event = unlimited.readEvent()) {
					assertThat(event.path()).hasValue(last);
				}
				assertThat(mark(groups.get(GROUPS - 1), last)).as("the others are still refused").isNotNull();
			}
			groups.forEach(Fanotify::close);
			System.out.println("passed");
		}

		private static @Nullable SyscallException mark(Fanotify group, Path file) {
			try {
				group.addMark(FanotifyMark.INODE, file, WRITTEN);
				return null;
			}
			catch (SyscallException ex) {
				return ex;
			}
		}

	}

	/** As root, but without the capabilities that root has. */
	static final class Unprivileged {

		public static void main(String[] args) throws Exception {
			Path root = Path.of(args[0]);
			FanotifyFactory factory = new FanotifyFactory(Syscalls.system());
			try (Fanotify fanotify = factory.open()) {
				fanotify.addMark(FanotifyMark.INODE, root,
						Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
				Files.writeString(root.resolve("own"), "");
				Shell.bash("echo > \"$1\"/other", root.toString()).orFail();
				List<FanotifyEvent> events = fanotify.readEvents();
				assertThat(events).extracting((event) -> event.path().orElseThrow())
					.containsExactly(root.resolve("own"), root.resolve("other"));
				assertThat(events).extracting(FanotifyEvent::pid)
					.containsExactly((int) ProcessHandle.current().pid(), 0);
				for (FanotifyMark kind : List.of(FanotifyMark.MOUNT, FanotifyMark.FILESYSTEM)) {
					assertThatExceptionOfType(SyscallPermissionException.class)
						.isThrownBy(() -> fanotify.addMark(kind, root, Flags.of(FanotifyEventFlag.OPEN)))
						.satisfies((ex) -> assertThat(Remedy.of(ex).orElseThrow().cause())
							.contains("needs CAP_SYS_ADMIN, which this process lacks"));
				}
			}
			assertThatExceptionOfType(SyscallPermissionException.class)
				.isThrownBy(() -> factory.open(FanotifyClass.CONTENT, Flags.none(FanotifyInitFlag.class)))
				.withMessageStartingWith("fanotify_init(CLASS_CONTENT) failed: EPERM");
			System.out.println("passed");
		}

	}

}
