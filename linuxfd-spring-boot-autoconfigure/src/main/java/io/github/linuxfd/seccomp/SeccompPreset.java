package io.github.linuxfd.seccomp;

import java.util.List;

import io.github.linuxfd.errno.Errno;

/**
 * Rules that a JVM can live with, for what few applications need and those who break in
 * do. All of them let the calls fail with {@code EPERM}, on every thread.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum SeccompPreset {

	/**
	 * No program can be started: {@code execve}, {@code execveat}.
	 */
	NO_EXEC("execve", "execveat"),

	/**
	 * No io_uring, whose operations no filter sees: {@code io_uring_setup},
	 * {@code io_uring_enter}, {@code io_uring_register}.
	 */
	NO_IO_URING("io_uring_setup", "io_uring_enter", "io_uring_register"),

	/**
	 * No look into other processes: {@code ptrace}, {@code process_vm_readv},
	 * {@code process_vm_writev}, {@code pidfd_getfd}, {@code kcmp}.
	 */
	NO_PTRACE("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),

	/**
	 * No change of what is mounted, not even in a namespace of one's own: {@code mount},
	 * {@code umount2}, {@code pivot_root}, {@code chroot} and the newer mount calls.
	 */
	NO_MOUNT("mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
			"open_tree", "mount_setattr"),

	/**
	 * No code for the kernel: {@code init_module}, {@code finit_module},
	 * {@code delete_module}, {@code kexec_load}, {@code kexec_file_load}, {@code bpf}.
	 */
	NO_KERNEL_CODE("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf");

	private final List<String> calls;

	SeccompPreset(String... calls) {
		this.calls = List.of(calls);
	}

	/**
	 * Return the rules.
	 * @return one rule for each call
	 */
	public List<SeccompRule> rules() {
		SeccompAction denial = SeccompAction.errno(Errno.EPERM);
		return this.calls.stream().map((call) -> SeccompRule.of(denial, call)).toList();
	}

}
