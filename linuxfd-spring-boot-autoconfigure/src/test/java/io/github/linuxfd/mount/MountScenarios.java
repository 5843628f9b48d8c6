package io.github.linuxfd.mount;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.namespace.CloneFlag;
import io.github.linuxfd.namespace.Namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What {@link Mounts} does with privileges. Run in a JVM with mounts of its own.
 *
 * @author linuxfd
 */
final class MountScenarios {

	private static final Flags<MountAttribute> NO_ATTRIBUTES = Flags.none(MountAttribute.class);

	private static final Flags<MountFlag> NO_FLAGS = Flags.none(MountFlag.class);

	private static final Flags<UmountFlag> PLAINLY = Flags.none(UmountFlag.class);

	private static final Syscalls syscalls = Syscalls.system();

	private static final Mounts mounts = new Mounts(syscalls);

	private MountScenarios() {
	}

	private static Path directory(String... names) throws IOException {
		Path directory = Files.createTempDirectory("linuxfd");
		mounts.mount("scratch", directory, "tmpfs", NO_FLAGS, null);
		for (String name : names) {
			Files.createDirectories(directory.resolve(name));
		}
		return directory;
	}

	private static void remove(Path directory) throws IOException {
		mounts.umount(directory, PLAINLY);
		Files.delete(directory);
	}

	/** The options of the topmost mount there. */
	private static String options(Path target) throws IOException {
		return Files.readAllLines(Path.of("/proc/thread-self/mountinfo"))
			.stream()
			.filter((line) -> line.split(" ")[4].equals(target.toString()))
			.reduce((one, other) -> other)
			.orElse("");
	}

	static void fileSystemIsMountedWithItsOptionsUntilItIsClosed() throws Exception {
		Path directory = directory("a");
		Path target = directory.resolve("a");
		try (MountedFileSystem mount = mounts.mount("tmpfs", target, Map.of("size", "1m", "mode", "700"),
				Flags.of(MountAttribute.NOEXEC, MountAttribute.NOSUID, MountAttribute.NODEV))) {
			assertThat(mount.target()).isEqualTo(target.toRealPath());
			assertThat(mount).hasToString("MountedFileSystem[" + target + "]");
			assertThat(options(target)).contains(" rw,nosuid,nodev,noexec,relatime ", "size=1024k", "mode=700");
			Files.writeString(target.resolve("file"), "content");
		}
		assertThat(options(target)).isEmpty();
		assertThat(target.resolve("file")).doesNotExist();
		remove(directory);
	}

	/** Which the comma-separated list of mount(2) cannot have. */
	static void optionWithACommaIsOneOption() throws Exception {
		Path directory = directory("low,er", "up", "work", "merged");
		Files.writeString(directory.resolve("low,er/file"), "lower");
		try (MountedFileSystem mount = mounts.mount("overlay", directory.resolve("merged"), Map.of("lowerdir",
				directory + "/low,er", "upperdir", directory + "/up", "workdir", directory + "/work"), NO_ATTRIBUTES)) {
			assertThat(mount.target().resolve("file")).hasContent("lower");
		}
		remove(directory);
	}

	static void fileSystemWhenOptionIsWrongSaysWhatTheKernelSays() throws Exception {
		Path directory = directory("a");
		Path target = directory.resolve("a");
		int open = OwnedFd.openCount();
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> mounts.mount("tmpfs", target, Map.of("colour", "red"), NO_ATTRIBUTES))
			.withMessageMatching("fsconfig\\(fsopen descriptor \\d+, SET_STRING, \"colour\", \"red\": e .*")
			.withMessageContaining("Unknown parameter 'colour'")
			.withMessageEndingWith(") failed: EINVAL (Invalid argument)");
		assertError(Errno.EINVAL, () -> mounts.mount("tmpfs", target, Map.of("size", "big"), NO_ATTRIBUTES));
		assertError(Errno.ENODEV, () -> mounts.mount("nosuchfs", target, Map.of(), NO_ATTRIBUTES));
		assertError(Errno.ENOENT, () -> mounts.mount("tmpfs", directory.resolve("missing"), Map.of(), NO_ATTRIBUTES));
		assertThat(OwnedFd.openCount()).isEqualTo(open);
		assertThat(options(target)).isEmpty();
		remove(directory);
	}

	private static void assertError(Errno errno, Runnable action) {
		assertThatExceptionOfType(SyscallException.class).isThrownBy(action::run)
			.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(errno));
	}

	static void bindIsAnotherWayToTheSameFiles() throws Exception {
		Path directory = directory("source", "target");
		try (MountedFileSystem mount = mounts.bind(directory.resolve("source"), directory.resolve("target"),
				Flags.of(MountAttribute.NOEXEC))) {
			Files.writeString(mount.target().resolve("file"), "written");
			assertThat(directory.resolve("source/file")).hasContent("written");
			assertThat(options(mount.target())).contains("noexec");
		}
		assertThat(directory.resolve("target")).isEmptyDirectory();
		Files.createFile(directory.resolve("other"));
		try (MountedFileSystem mount = mounts.bindReadOnly(directory.resolve("source/file"),
				directory.resolve("other"))) {
			assertThat(mount.target()).hasContent("written");
		}
		remove(directory);
	}

	static void bindWhenAccessTimesAreGivenKeepsThemSo() throws Exception {
		Path directory = directory("source", "target");
		Path target = directory.resolve("target");
		try (MountedFileSystem mount = mounts.bind(directory.resolve("source"), target,
				Flags.of(MountAttribute.NOATIME, MountAttribute.RDONLY))) {
			assertThat(options(mount.target())).contains(" ro,noatime ");
		}
		try (MountedFileSystem mount = mounts.bind(directory.resolve("source"), target,
				Flags.of(MountAttribute.STRICTATIME))) {
			assertThat(options(mount.target())).contains(" rw ").doesNotContain("relatime");
		}
		remove(directory);
	}

	static void bindReadOnlyIsReadOnlyThereAndBelowOnly() throws Exception {
		Path directory = directory("source/below", "target");
		Path source = directory.resolve("source");
		mounts.mount("below", source.resolve("below"), "tmpfs", NO_FLAGS, null);
		try (MountedFileSystem mount = mounts.bindReadOnly(source, directory.resolve("target"))) {
			for (String place : List.of("file", "below/file")) {
				assertThatExceptionOfType(FileSystemException.class)
					.isThrownBy(() -> Files.createFile(mount.target().resolve(place)))
					.withMessageContaining("Read-only file system");
				Files.writeString(source.resolve(place), "still writable");
				assertThat(mount.target().resolve(place)).hasContent("still writable");
			}
		}
		mounts.umount(source.resolve("below"), PLAINLY);
		remove(directory);
	}

	/** The trap of mount --rbind where mounts are shared. */
	static void bindWhenClosedLeavesTheMountsOfASharedSource() throws Exception {
		Path directory = directory("shared", "target");
		Path shared = directory.resolve("shared");
		mounts.mount("shared", shared, "tmpfs", NO_FLAGS, null);
		mounts.mount(null, shared, null, Flags.of(MountFlag.SHARED), null);
		Files.createDirectory(shared.resolve("below"));
		mounts.mount("below", shared.resolve("below"), "tmpfs", NO_FLAGS, null);
		try (MountedFileSystem mount = mounts.bind(shared, directory.resolve("target"), NO_ATTRIBUTES)) {
			assertThat(options(mount.target().resolve("below"))).isNotEmpty().doesNotContain("shared:");
		}
		assertThat(options(directory.resolve("target"))).isEmpty();
		assertThat(options(shared.resolve("below"))).isNotEmpty();
		mounts.umount(shared, Flags.of(UmountFlag.MNT_DETACH));
		remove(directory);
	}

	static void closeWhenFilesAreOpenTakesItOutOfSight() throws Exception {
		Path directory = directory("a");
		Path target = directory.resolve("a");
		MountedFileSystem mount = mounts.mount("tmpfs", target, Map.of(), NO_ATTRIBUTES);
		try (OutputStream file = new FileOutputStream(target.resolve("file").toFile())) {
			assertError(Errno.EBUSY, () -> mounts.umount(target, PLAINLY));
			mount.close();
			assertThat(options(target)).isEmpty();
			assertThat(target.resolve("file")).doesNotExist();
			file.write(1);
		}
		remove(directory);
	}

	static void closeTouchesNobodyElsesMount() throws Exception {
		Path directory = directory("a");
		Path target = directory.resolve("a");
		MountedFileSystem lower = mounts.mount("tmpfs", target, Map.of(), NO_ATTRIBUTES);
		MountedFileSystem upper = mounts.mount("tmpfs", target, Map.of(), NO_ATTRIBUTES);
		assertThatIllegalStateException().isThrownBy(lower::close)
			.withMessage("MountedFileSystem[" + target
					+ "] is not the topmost mount there any more, or not in the mount namespace of this thread");
		upper.close();
		lower.close();
		assertThatIllegalStateException().isThrownBy(lower::close).withMessageEndingWith("is closed already");
		MountedFileSystem gone = mounts.mount("tmpfs", target, Map.of(), NO_ATTRIBUTES);
		mounts.umount(target, PLAINLY);
		assertThatIllegalStateException().isThrownBy(gone::close);
		remove(directory);
	}

	static void targetWhenItIsALinkIsWhereTheLinkLed() throws Exception {
		Path directory = directory("a", "b");
		Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("a"));
		MountedFileSystem mount = mounts.mount("tmpfs", link, Map.of(), NO_ATTRIBUTES);
		Files.delete(link);
		Files.createSymbolicLink(link, directory.resolve("b"));
		assertThat(mount.target()).isEqualTo(directory.resolve("a").toRealPath());
		mount.close();
		assertThat(options(directory.resolve("a"))).isEmpty();
		remove(directory);
	}

	static void bareCallsMountBindMoveChangeAndUnmount() throws Exception {
		Path directory = directory("a", "b", "c");
		Path first = directory.resolve("a");
		mounts.mount("name", first, "tmpfs", Flags.of(MountFlag.NOSUID, MountFlag.NODEV), "size=1m");
		assertThat(options(first)).contains("nosuid,nodev").contains(" name ").contains("size=1024k");
		mounts.mount(null, first, null, Flags.of(MountFlag.REMOUNT, MountFlag.RDONLY), null);
		assertThat(options(first)).contains(" ro,");
		mounts.mount(first.toString(), directory.resolve("b"), null, Flags.of(MountFlag.BIND), null);
		mounts.mount(directory.resolve("b").toString(), directory.resolve("c"), null, Flags.of(MountFlag.MOVE), null);
		assertThat(options(directory.resolve("b"))).isEmpty();
		assertThat(options(directory.resolve("c"))).contains(" name ");
		assertThat(mounts.umount(directory.resolve("c"), Flags.of(UmountFlag.MNT_EXPIRE))).isFalse();
		assertThat(mounts.umount(directory.resolve("c"), Flags.of(UmountFlag.MNT_EXPIRE))).isTrue();
		assertThat(mounts.umount(first, Flags.of(UmountFlag.MNT_FORCE))).isTrue();
		remove(directory);
	}

	static void bareNewCallsMakeMountsThatAreSeenWhenAttached() throws Exception {
		Path directory = directory("a", "b");
		try (OwnedFd context = mounts.fsopen("tmpfs")) {
			assertError(Errno.EINVAL, () -> mounts.fsmount(context, NO_ATTRIBUTES));
			mounts.fsconfig(context, FsconfigCommand.SET_STRING, "size", "1m");
			mounts.fsconfig(context, FsconfigCommand.CMD_CREATE, null, null);
			try (OwnedFd mount = mounts.fsmount(context, Flags.of(MountAttribute.NOSUID))) {
				assertThat(options(directory.resolve("a"))).isEmpty();
				mounts.moveMount(mount, directory.resolve("a"));
				assertThat(options(directory.resolve("a"))).contains("nosuid", "size=1024k");
			}
		}
		try (OwnedFd mount = mounts.openTree(directory.resolve("a"), Flags.none(OpenTreeFlag.class))) {
			mounts.moveMount(mount, directory.resolve("b"));
		}
		assertThat(options(directory.resolve("a"))).isEmpty();
		assertThat(options(directory.resolve("b"))).contains("size=1024k");
		mounts.umount(directory.resolve("b"), PLAINLY);
		remove(directory);
	}

	static void mountSetattrSetsClearsAndPropagates() throws Exception {
		Path directory = directory("a");
		Path below = Files.createDirectory(directory.resolve("a/below"));
		mounts.mount("a", directory.resolve("a"), "tmpfs", NO_FLAGS, null);
		Files.createDirectory(below);
		mounts.mount("below", below, "tmpfs", NO_FLAGS, null);
		try (OwnedFd mount = mounts.openTree(directory.resolve("a"), Flags.none(OpenTreeFlag.class))) {
			mounts.mountSetattr(mount, false, Flags.of(MountAttribute.NOEXEC, MountAttribute.NOATIME), NO_ATTRIBUTES,
					MountFlag.SHARED);
			assertThat(options(directory.resolve("a"))).contains("noexec,noatime", "shared:");
			assertThat(options(below)).doesNotContain("noexec").doesNotContain("shared:");
			mounts.mountSetattr(mount, true, Flags.of(MountAttribute.RDONLY),
					Flags.of(MountAttribute.NOEXEC, MountAttribute.NOATIME), MountFlag.PRIVATE);
			assertThat(options(directory.resolve("a"))).contains(" ro,relatime").doesNotContain("shared:");
			assertThat(options(below)).contains(" ro,");
			mounts.mountSetattr(mount, true, NO_ATTRIBUTES, Flags.of(MountAttribute.RDONLY), null);
			Files.writeString(directory.resolve("a/file"), "writable again");
		}
		mounts.umount(directory.resolve("a"), Flags.of(UmountFlag.MNT_DETACH));
		remove(directory);
	}

	static void bareCallsWhenRefusedSayWhy() throws Exception {
		Path directory = directory("a");
		Path file = Files.createFile(directory.resolve("file"));
		Path loop = Files.createSymbolicLink(directory.resolve("loop"), directory.resolve("loop"));
		assertError(Errno.ENOENT, () -> mounts.mount("x", directory.resolve("none"), "tmpfs", NO_FLAGS, null));
		assertError(Errno.ENOTDIR, () -> mounts.mount("x", file, "tmpfs", NO_FLAGS, null));
		assertError(Errno.ELOOP, () -> mounts.mount("x", loop, "tmpfs", NO_FLAGS, null));
		assertError(Errno.ENAMETOOLONG,
				() -> mounts.mount("x", directory.resolve("n".repeat(256)), "tmpfs", NO_FLAGS, null));
		assertError(Errno.ENODEV, () -> mounts.mount("x", directory.resolve("a"), "nosuchfs", NO_FLAGS, null));
		assertError(Errno.EINVAL, () -> mounts.mount("x", directory.resolve("a"), "tmpfs", NO_FLAGS, "size=big"));
		assertError(Errno.EINVAL, () -> mounts.makePrivate(directory.resolve("a")));
		assertError(Errno.EINVAL, () -> mounts.umount(directory.resolve("a"), PLAINLY));
		assertError(Errno.ENOENT, () -> mounts.umount(directory.resolve("none"), PLAINLY));
		assertError(Errno.ENAMETOOLONG, () -> mounts.umount(directory.resolve("n".repeat(256)), PLAINLY));
		assertError(Errno.EINVAL, () -> mounts.umount(loop, Flags.of(UmountFlag.UMOUNT_NOFOLLOW)));
		assertError(Errno.EINVAL,
				() -> mounts.umount(directory, Flags.of(UmountFlag.MNT_EXPIRE, UmountFlag.MNT_DETACH)));
		assertError(Errno.ENOTDIR, () -> mounts.pivotRoot(file, file));
		assertError(Errno.EINVAL, () -> mounts.pivotRoot(directory.resolve("a"), directory.resolve("a")));
		assertError(Errno.EBUSY, () -> mounts.pivotRoot(Path.of("/"), Path.of("/")));
		mounts.mount("x", directory.resolve("a"), "tmpfs", NO_FLAGS, null);
		assertError(Errno.EBUSY, () -> mounts.umount(directory, PLAINLY));
		mounts.umount(directory.resolve("a"), PLAINLY);
		remove(directory);
	}

	/** The kernel's own refusals through the new calls. */
	static void bindWhenRefusedSaysWhyAndLeavesNothing() throws Exception {
		Path directory = directory("a");
		Path file = Files.createFile(directory.resolve("file"));
		int open = OwnedFd.openCount();
		assertError(Errno.ENOENT, () -> mounts.bindReadOnly(directory.resolve("none"), directory.resolve("a")));
		assertError(Errno.ENOENT, () -> mounts.bindReadOnly(directory.resolve("a"), directory.resolve("none")));
		assertError(Errno.EINVAL, () -> mounts.bindReadOnly(directory.resolve("a"), file));
		mounts.mount("x", directory.resolve("a"), "tmpfs", NO_FLAGS, null);
		mounts.mount(null, directory.resolve("a"), null, Flags.of(MountFlag.UNBINDABLE), null);
		assertError(Errno.EINVAL, () -> mounts.bindReadOnly(directory.resolve("a"), directory));
		assertThat(OwnedFd.openCount()).isEqualTo(open);
		mounts.umount(directory.resolve("a"), PLAINLY);
		remove(directory);
	}

	static void pivotRootIsForTheFreshNamespaceOnly() throws Exception {
		Path directory = directory("old");
		Files.writeString(directory.resolve("file"), "new root");
		String before = Files.readString(Path.of("/proc/self/mountinfo"));
		// loads the classes that cannot be found under the new root
		assertThat(entries(directory)).containsExactly("file", "old");
		List<String> inside = new Namespaces(syscalls).fresh(CloneFlag.NEWNS).call(() -> {
			mounts.pivotRoot(directory, directory.resolve("old"));
			mounts.umount(Path.of("/old"), Flags.of(UmountFlag.MNT_DETACH));
			return entries(Path.of("/"));
		});
		assertThat(inside).containsExactly("file", "old");
		assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
		remove(directory);
	}

	private static List<String> entries(Path directory) throws IOException {
		try (Stream<Path> entries = Files.list(directory)) {
			return entries.map((entry) -> entry.getFileName().toString()).sorted().toList();
		}
	}

	static void mountWhenMadeAgainAndAgainLeaksNothing() throws Exception {
		Path directory = directory("a", "b");
		int open = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		int descriptors = entries(Path.of("/proc/self/fd")).size();
		for (int i = 0; i < 10_000; i++) {
			try (OwnedFd copy = mounts.openTree(directory,
					Flags.of(OpenTreeFlag.OPEN_TREE_CLONE, OpenTreeFlag.AT_RECURSIVE))) {
				mounts.mountSetattr(copy, true, Flags.of(MountAttribute.RDONLY), NO_ATTRIBUTES, null);
			}
		}
		for (int i = 0; i < 100; i++) {
			mounts.bindReadOnly(directory.resolve("a"), directory.resolve("b")).close();
			mounts.mount("tmpfs", directory.resolve("a"), Map.of("size", "1m"), NO_ATTRIBUTES).close();
		}
		assertThat(OwnedFd.openCount()).isEqualTo(open);
		assertThat(NativeMemory.allocated()).isEqualTo(memory);
		assertThat(entries(Path.of("/proc/self/fd"))).hasSize(descriptors);
		remove(directory);
	}

}
