package io.github.linuxfd.signalfd;

import org.jspecify.annotations.Nullable;

/**
 * A signal that arrived: {@code struct signalfd_siginfo}. Which components mean something
 * depends on the signal and its code.
 *
 * @param signal the signal
 * @param errno an error number; unused by Linux
 * @param code where it comes from, {@code si_code}; see {@link #origin()}
 * @param pid the sender's process id, 0 if it is outside this PID namespace, or
 * {@link #UNKNOWN} if the signal came through the JDK's own handling, which does not know
 * @param uid the sender's real user id, or {@link #UNKNOWN}
 * @param fd the descriptor (SIGIO)
 * @param timerId the timer's id (POSIX timers)
 * @param band the poll(2) events (SIGIO)
 * @param overrun the timer's overrun count (POSIX timers)
 * @param trapNumber the trap that caused it
 * @param status the exit status or signal (SIGCHLD)
 * @param intValue the integer given to sigqueue(3)
 * @param pointerValue the pointer given to sigqueue(3)
 * @param userTime the child's user CPU time in clock ticks (SIGCHLD)
 * @param systemTime the child's system CPU time in clock ticks (SIGCHLD)
 * @param address the address of the fault (hardware-generated signals)
 * @param addressLsb how many low bits of the address mean nothing (SIGBUS)
 * @param syscall the number of the refused system call (SIGSYS)
 * @param callAddress the address of the refused system call (SIGSYS)
 * @param architecture the {@code AUDIT_ARCH} that the refused call's number belongs to
 * (SIGSYS)
 * @param sender the process that sent it, as it was when the signal was read;
 * {@code null} if no process did, or nobody knows
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd.2</a>
 */
public record SignalEvent(Signal signal, int errno, int code, int pid, int uid, int fd, int timerId, int band,
		int overrun, int trapNumber, int status, int intValue, long pointerValue, long userTime, long systemTime,
		long address, int addressLsb, int syscall, long callAddress, int architecture, @Nullable SignalSender sender) {

	/**
	 * Stands for a sender that nobody knows.
	 */
	public static final int UNKNOWN = -1;

	/**
	 * Return an event of a signal of which nothing else is known.
	 * @param signal the signal
	 * @return the event, without sender
	 */
	public static SignalEvent withoutSender(Signal signal) {
		return new SignalEvent(signal, 0, 0, UNKNOWN, UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
	}

	/**
	 * Return what the code means.
	 * @return the origin
	 */
	public SignalOrigin origin() {
		return SignalOrigin.of(this.signal, this.code);
	}

	/**
	 * Return who sent the signal, in words.
	 * @return for instance {@code pid 4711 (kubelet) uid 0}
	 */
	public String describeSender() {
		if (this.sender != null) {
			return this.sender.toString();
		}
		return isSenderKnown() ? "the kernel" : "an unknown sender";
	}

	/**
	 * Whether the kernel told who sent the signal.
	 * @return {@code false} if it came through the JDK's own handling
	 */
	public boolean isSenderKnown() {
		return this.pid != UNKNOWN;
	}

}
