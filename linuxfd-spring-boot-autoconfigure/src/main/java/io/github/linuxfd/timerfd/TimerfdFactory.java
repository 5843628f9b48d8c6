package io.github.linuxfd.timerfd;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link Timerfd}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class TimerfdFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public TimerfdFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code timerfd_create(2)} - opens a timer on {@link TimerfdClock#MONOTONIC}. Linux
	 * 2.6.27.
	 * @return the timer, not armed, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public Timerfd open() {
		return open(TimerfdClock.MONOTONIC);
	}

	/**
	 * {@code timerfd_create(2)} - opens a timer. Linux 2.6.27; {@code BOOTTIME} and the
	 * alarm clocks 3.15.
	 * @param clock the clock to follow
	 * @return the timer, not armed, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left;
	 * {@code EPERM} - an alarm clock needs {@code CAP_WAKE_ALARM}
	 */
	public Timerfd open(TimerfdClock clock) {
		int result = this.syscalls.timerfdCreate(clock.id(), Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		return new Timerfd(this.syscalls, OwnedFd.adopt(this.syscalls, result, "timerfd_create", clock.name()), clock);
	}

}
