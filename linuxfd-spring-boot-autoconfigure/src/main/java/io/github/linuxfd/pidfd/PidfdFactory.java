package io.github.linuxfd.pidfd;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link Pidfd}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class PidfdFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public PidfdFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code pidfd_open(2)} - opens the process that has this number now. It may be
	 * another one than the number was read for, if that one has ended and its parent has
	 * waited for it: see {@link #open(ProcessHandle)}. Linux 5.3.
	 * @param pid the process id
	 * @return the pidfd, to be closed by the caller
	 * @throws SyscallException {@code ESRCH} - there is no such process, or it has ended
	 * and its parent has waited for it; {@code EINVAL}, {@code ENOENT} - it is the number
	 * of a thread; {@code EMFILE}, {@code ENFILE} - no descriptor is left;
	 * {@code ENOSYS}, {@code EPERM} - the kernel is older, or a seccomp filter does not
	 * know the call
	 * @throws IllegalArgumentException if no process can have that number
	 */
	public Pidfd open(long pid) {
		if (pid < 1 || pid > Integer.MAX_VALUE) {
			throw new IllegalArgumentException("Process ids are from 1 to " + Integer.MAX_VALUE + ", not " + pid);
		}
		int result = this.syscalls.pidfdOpen((int) pid, 0);
		return new Pidfd(this.syscalls, OwnedFd.adopt(this.syscalls, result, "pidfd_open", "pid " + pid), pid);
	}

	/**
	 * {@code pidfd_open(2)} - opens this process and no other one. Linux 5.3.
	 * @param process the process
	 * @return the pidfd, to be closed by the caller
	 * @throws SyscallException {@code ESRCH} - it has ended and its parent has waited for
	 * it; otherwise as {@link #open(long)}
	 */
	public Pidfd open(ProcessHandle process) {
		Pidfd pidfd = open(process.pid());
		boolean alive = false;
		try {
			// compares the start time of whoever has the number now: if the process has
			// it after the open, it had it at the open
			alive = process.isAlive();
		}
		finally {
			if (!alive) {
				pidfd.close();
			}
		}
		if (!alive) {
			throw SyscallException.of("pidfd_open", -Errno.ESRCH.number(),
					"pid " + process.pid() + ", which has ended");
		}
		return pidfd;
	}

	/**
	 * {@code pidfd_open(2)} - opens this child and no other process. A child that has
	 * ended can be opened until the JVM has waited for it, which it does at once. Linux
	 * 5.3.
	 * @param process the child
	 * @return the pidfd, to be closed by the caller
	 * @throws SyscallException {@code ESRCH} - it has ended and the JVM has waited for
	 * it; otherwise as {@link #open(long)}
	 */
	public Pidfd open(Process process) {
		return open(process.toHandle());
	}

}
