package io.github.linuxfd.process;

import io.github.linuxfd.ffi.Syscalls;

/**
 * Who this process and its parent are, asked of the kernel each time: no cache of the C
 * library or of the JDK is in between, which may be older than the last change. Any
 * thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/getpid.2.html">getpid.2</a>
 */
public final class ProcessIds {

	private final Syscalls syscalls;

	/**
	 * Ask through these calls.
	 * @param syscalls the calls
	 */
	public ProcessIds(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code getpid(2)} - returns the id of this process in its PID namespace, which is 1
	 * for the first process in one. Cannot fail.
	 * @return the process id
	 */
	public long getpid() {
		return this.syscalls.getpid();
	}

	/**
	 * {@code getppid(2)} - returns the id of the parent, which becomes another one when
	 * the parent ends. Cannot fail.
	 * @return the parent's process id, or 0 if the parent is in another PID namespace
	 */
	public long getppid() {
		return this.syscalls.getppid();
	}

}
