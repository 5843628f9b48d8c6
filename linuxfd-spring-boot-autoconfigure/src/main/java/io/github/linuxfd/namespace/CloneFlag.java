package io.github.linuxfd.namespace;

import io.github.linuxfd.flags.Flag;

/**
 * What a thread shares with others until unshare(2), and the types of namespaces: the
 * flags of unshare(2) and setns(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/unshare.2.html">unshare.2</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/namespaces.7.html">namespaces.7</a>
 */
public enum CloneFlag implements Flag {

	/**
	 * {@code CLONE_NEWTIME}: the offsets of the monotonic and the boot-time clock. The
	 * caller stays where it is; the children it starts are in it. Linux 5.6.
	 */
	NEWTIME(0x80, "time"),

	/**
	 * {@code CLONE_VM}: memory. A thread cannot leave it: {@code EINVAL}.
	 */
	VM(0x100, ""),

	/**
	 * {@code CLONE_FS}: root directory, working directory and umask.
	 */
	FS(0x200, ""),

	/**
	 * {@code CLONE_FILES}: the table of descriptors. A thread with a table of its own
	 * keeps open what the others close, and its numbers are not theirs.
	 */
	FILES(0x400, ""),

	/**
	 * {@code CLONE_SIGHAND}: signal handlers. A thread cannot leave them: {@code EINVAL}.
	 */
	SIGHAND(0x800, ""),

	/**
	 * {@code CLONE_THREAD}: the process. A thread cannot leave it: {@code EINVAL}.
	 */
	THREAD(0x10000, ""),

	/**
	 * {@code CLONE_NEWNS}: the mounts. Takes {@link #FS} with it. Linux 2.6.16.
	 */
	NEWNS(0x20000, "mnt"),

	/**
	 * {@code CLONE_SYSVSEM}: the undo values of System V semaphores. Linux 2.6.26.
	 */
	SYSVSEM(0x40000, ""),

	/**
	 * {@code CLONE_NEWCGROUP}: the root of the control groups. Linux 4.6.
	 */
	NEWCGROUP(0x0200_0000, "cgroup"),

	/**
	 * {@code CLONE_NEWUTS}: host name and NIS domain name. Linux 2.6.19.
	 */
	NEWUTS(0x0400_0000, "uts"),

	/**
	 * {@code CLONE_NEWIPC}: System V IPC and POSIX message queues. Linux 2.6.19.
	 */
	NEWIPC(0x0800_0000, "ipc"),

	/**
	 * {@code CLONE_NEWUSER}: users, groups and capabilities. Only a process with one
	 * thread can enter one, so a JVM cannot: {@code EINVAL}; its children can. Linux 3.8.
	 */
	NEWUSER(0x1000_0000, "user"),

	/**
	 * {@code CLONE_NEWPID}: process ids. The caller stays where it is and can start no
	 * thread any more; the next child it starts is process 1. Linux 3.8.
	 */
	NEWPID(0x2000_0000, "pid"),

	/**
	 * {@code CLONE_NEWNET}: network devices, addresses, ports and routes. Linux 2.6.24.
	 */
	NEWNET(0x4000_0000, "net");

	private final long bit;

	private final String file;

	CloneFlag(long bit, String file) {
		this.bit = bit;
		this.file = file;
	}

	@Override
	public long bit() {
		return this.bit;
	}

	/**
	 * Whether this is a type of namespaces, and not something else that is shared.
	 * @return {@code true} for those whose name begins with {@code NEW}
	 */
	public boolean isNamespace() {
		return !this.file.isEmpty();
	}

	/** The name in {@code /proc/pid/ns}. */
	String file() {
		return this.file;
	}

	/** The option of unshare(1) and nsenter(1). */
	String option() {
		return "--" + (this.file.equals("mnt") ? "mount" : this.file);
	}

}
