package io.github.linuxfd.eventfd;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Opens {@link Eventfd}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class EventfdFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public EventfdFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code eventfd(2)} - opens a counter that starts at 0 and gives all it has to one
	 * read. Linux 2.6.27.
	 * @return the counter, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public Eventfd open() {
		return open(0, Flags.none(EventfdFlag.class));
	}

	/**
	 * {@code eventfd(2)} - opens a counter. Linux 2.6.27; {@link EventfdFlag#SEMAPHORE}
	 * 2.6.30.
	 * @param initial its start, unsigned
	 * @param flags how it behaves
	 * @return the counter, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left;
	 * {@code EINVAL} - the kernel does not know the flags
	 */
	public Eventfd open(int initial, Flags<EventfdFlag> flags) {
		int result = this.syscalls.eventfd(initial, (int) flags.bits() | Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		OwnedFd fd = OwnedFd.adopt(this.syscalls, result, "eventfd", Integer.toUnsignedString(initial) + ", " + flags);
		return new Eventfd(this.syscalls, fd, flags.contains(EventfdFlag.SEMAPHORE));
	}

}
