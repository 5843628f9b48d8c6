package io.github.linuxfd.mount;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.HostUntouchedExtension;
import io.github.linuxfd.testsupport.ScenarioTests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Mounts} and {@link MountedFileSystem}.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(240)
class MountsTests {

	private static final Flags<MountAttribute> NO_ATTRIBUTES = Flags.none(MountAttribute.class);

	@TempDir
	private Path directory;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Mounts mounts = new Mounts(this.faults.syscalls());

	static Stream<Arguments> errors() {
		return ErrorTable
			.cells("""
					mount | EBUSY EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOTBLK ENOTDIR | EACCES EPERM EROFS | ENOMEM | EMFILE ENODEV ENXIO | |
					umount2 | EBUSY EFAULT EINVAL ENAMETOOLONG ENOENT | EPERM | ENOMEM | | | EAGAIN
					pivot_root | EINVAL ENOTDIR EBUSY ENOENT | EPERM | | | |
					open_tree | EFAULT EINVAL ENOENT | EACCES EPERM | ENOMEM | EMFILE ENFILE ENOSPC | |
					mount_setattr | EBUSY EINVAL ENOENT | EPERM | ENOMEM | ENOSPC | EFAULT |
					move_mount | EBUSY EINVAL ENOENT ENOTDIR ELOOP | EACCES EPERM | ENOMEM | ENOSPC | |
					fsopen | EFAULT EINVAL | EPERM | ENOMEM | EMFILE ENFILE ENODEV | |
					fsconfig | EBUSY EINVAL ENOENT ENOTBLK EOPNOTSUPP | EACCES EPERM EROFS | ENOMEM | EMFILE ENODEV ENXIO | |
					fsmount | EBUSY EINVAL | EPERM | ENOMEM | EMFILE ENFILE | |
					""");
	}

	/** Descriptors of another kind stand in for those that only root can have. */
	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("errors")
	void callWhenRefusedIsTheTablesExceptionAndNothingIsLeft(String call, Errno errno, Class<?> kind) {
		int open = OwnedFd.openCount();
		Syscalls system = Syscalls.system();
		this.faults.failAll(methodOf(call), errno);
		for (String opening : List.of("openTree", "fsopen", "fsmount")) {
			this.faults.answer(opening, 1, 9, (real) -> (long) system.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK));
		}
		this.faults.answer("fsconfig", 1, 9, (real) -> 0L).answer("mountSetattr", 1, 9, (real) -> 0L);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> make(call))
			.isExactlyInstanceOf(kind)
			.withMessageStartingWith(call + "(")
			.withMessageContaining(") failed: " + errno)
			.satisfies((failure) -> assertThat(failure.getMessage().endsWith("; it needs CAP_SYS_ADMIN"))
				.isEqualTo(errno.equals(Errno.EPERM)));
		assertThat(OwnedFd.openCount()).isEqualTo(open);
	}

	private static String methodOf(String call) {
		return switch (call) {
			case "pivot_root" -> "pivotRoot";
			case "open_tree" -> "openTree";
			case "mount_setattr" -> "mountSetattr";
			case "move_mount" -> "moveMount";
			default -> call;
		};
	}

	private void make(String call) {
		switch (call) {
			case "mount" -> this.mounts.makePrivate(this.directory);
			case "umount2" -> this.mounts.umount(this.directory, Flags.none(UmountFlag.class));
			case "pivot_root" -> this.mounts.pivotRoot(this.directory, this.directory);
			case "open_tree", "mount_setattr", "move_mount" -> this.mounts.bindReadOnly(this.directory, this.directory);
			default -> this.mounts.mount("tmpfs", this.directory, Map.of("size", "1m"), NO_ATTRIBUTES);
		}
	}

	@Test
	void messageNamesEveryArgument() {
		this.faults.fail("mount", 1, Errno.EBUSY).fail("umount2", 1, Errno.EBUSY).fail("pivotRoot", 1, Errno.EBUSY);
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.mounts.mount("/dev/vdz", Path.of("/x"), "ext4",
					Flags.of(MountFlag.RDONLY, MountFlag.NOSUID), "errors=remount-ro"))
			.withMessage("mount(\"/dev/vdz\", \"/x\", \"ext4\", RDONLY|NOSUID, \"errors=remount-ro\") failed: "
					+ "EBUSY (Device or resource busy)");
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.mounts.umount(Path.of("/x"), Flags.of(UmountFlag.MNT_FORCE)))
			.withMessageStartingWith("umount2(\"/x\", MNT_FORCE) failed: EBUSY");
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.mounts.pivotRoot(Path.of("/x"), Path.of("/x/old")))
			.withMessageStartingWith("pivot_root(\"/x\", \"/x/old\") failed: EBUSY");
	}

	@Test
	void textWhenItHasANulIsRefusedBeforeAnyCall() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.mounts.mount("a\0b", this.directory, null, Flags.none(MountFlag.class), null));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.mounts.mount("a\0b", this.directory, Map.of(), NO_ATTRIBUTES));
		assertThat(this.faults.count("mount") + this.faults.count("fsopen")).isZero();
	}

	@Test
	void callsWhenCapabilityIsMissingNameIt() {
		List<String> wrapper = (Syscalls.system().getuid() == 0) ? List.of("setpriv", "--bounding-set=-sys_admin")
				: List.of();
		try (ForkedJvm jvm = ForkedJvm.startBy(wrapper, Refused.class, this.directory.toString())) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).hasSize(5)
				.allSatisfy((line) -> assertThat(line).contains(
						") failed: EPERM (Operation not permitted); it needs CAP_SYS_ADMIN - Give it: AmbientCapabilities="));
			assertThat(jvm.lines()).extracting((line) -> line.substring(0, line.indexOf('(')))
				.containsExactly("mount", "umount2", "pivot_root", "open_tree", "fsopen");
		}
	}

	static final class Refused {

		private Refused() {
		}

		public static void main(String[] arguments) {
			Mounts mounts = new Mounts(Syscalls.system());
			Path directory = Path.of(arguments[0]);
			attempt(() -> mounts.makePrivate(directory));
			attempt(() -> mounts.umount(directory, Flags.none(UmountFlag.class)));
			attempt(() -> mounts.pivotRoot(directory, directory));
			attempt(() -> mounts.bindReadOnly(directory, directory));
			attempt(() -> mounts.mount("tmpfs", directory, Map.of(), NO_ATTRIBUTES));
		}

		private static void attempt(Runnable action) {
			try {
				action.run();
			}
			catch (SyscallException ex) {
				System.out.println(ex.getMessage() + " - " + Remedy.of(ex).orElseThrow().action());
			}
		}

	}

	/**
	 * What needs privileges, in a JVM that has mounts of its own.
	 */
	@Nested
	@EnabledIfCapability("CAP_SYS_ADMIN")
	class Privileged extends ScenarioTests {

		Privileged() {
			super(MountScenarios.class, "unshare", "--mount");
		}

	}

}
