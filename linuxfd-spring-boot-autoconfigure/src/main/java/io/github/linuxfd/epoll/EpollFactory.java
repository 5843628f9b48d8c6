package io.github.linuxfd.epoll;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link Epoll}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class EpollFactory {

	private static final int MAX_EVENTS = 64;

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public EpollFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code epoll_create1(2)} - opens an epoll that reports up to 64 descriptors at
	 * once. Linux 2.6.27.
	 * @return the epoll, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public Epoll open() {
		OwnedFd fd = OwnedFd.adopt(this.syscalls, this.syscalls.epollCreate1(Syscalls.CLOEXEC), "epoll_create1",
				"CLOEXEC");
		return new Epoll(this.syscalls, fd, Architecture.current(), MAX_EVENTS);
	}

}
