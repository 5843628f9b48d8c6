package io.github.linuxfd.pidfd;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventReader;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.PidfdInfo;
import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.ffi.Layouts.Siginfo;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.signalfd.Signal;

/**
 * One process, for as long as this is open: its number may become another one's, this
 * does not. The descriptor is readable for poll(2) and epoll(7) once the process has
 * ended, and in an event loop that is its one event. Nobody's wait for the process is
 * taken away. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open.2</a>
 */
public final class Pidfd implements EventReader<PidfdEvent> {

	private static final short POLLIN = 1;

	private static final int P_PIDFD = 3;

	private static final int WNOHANG = 0x1;

	private static final int WEXITED = 0x4;

	private static final int WNOWAIT = 0x0100_0000;

	private static final int CLD_EXITED = 1;

	private static final int CLD_DUMPED = 3;

	private static final int SI_QUEUE = -1;

	private static final long NO_INFO = 0;

	private static final long PIDFD_GET_INFO = 0xc040_ff0bL;

	private static final long PIDFD_INFO_EXIT = 1 << 3;

	private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(1).toNanos();

	private static final long LAST_PAUSE_NANOS = 512 * FIRST_PAUSE_NANOS;

	private final Syscalls syscalls;

	private final OwnedFd fd;

	private final long pid;

	private volatile long pauseNanos;

	Pidfd(Syscalls syscalls, OwnedFd fd, long pid) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.pid = pid;
	}

	/**
	 * Return the number that the process had when this was opened.
	 * @return the process id
	 */
	public long pid() {
		return this.pid;
	}

	/**
	 * Return the descriptor, to be watched by any poller. It stays owned by this object.
	 * @return the owner of the number
	 */
	@Override
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code pidfd_send_signal(2)} - sends a signal, as kill(2) does, but to no other
	 * process that has got the number since. Linux 5.1.
	 * @param signal the signal
	 * @throws SyscallException {@code ESRCH} - the process has ended; {@code EPERM} -
	 * this process may not send signals to that one
	 * @throws IllegalStateException if this is closed
	 */
	public void send(Signal signal) {
		sendInfo(signal, NO_INFO);
	}

	/**
	 * {@code pidfd_send_signal(2)} - sends a signal with a value, as sigqueue(3) does,
	 * but to no other process that has got the number since. Linux 5.1.
	 * @param signal the signal
	 * @param value the value, {@code si_value.sival_int} to the receiver
	 * @throws SyscallException {@code ESRCH} - the process has ended; {@code EPERM} -
	 * this process may not send signals to that one; {@code EAGAIN} - too many signals of
	 * the receiving user wait, see {@code RLIMIT_SIGPENDING}
	 * @throws IllegalStateException if this is closed
	 */
	public void send(Signal signal, int value) {
		try (NativeMemory info = NativeMemory.allocate(Siginfo.BYTES)) {
			info.bytes()
				.putInt(Siginfo.SIGNO, signal.number())
				.putInt(Siginfo.CODE, SI_QUEUE)
				.putInt(Siginfo.PID, (int) ProcessHandle.current().pid())
				.putInt(Siginfo.UID, this.syscalls.getuid())
				.putInt(Siginfo.VALUE, value);
			sendInfo(signal, info.address());
		}
	}

	private void sendInfo(Signal signal, long info) {
		int number = this.fd.acquire();
		try {
			int result = this.syscalls.pidfdSendSignal(number, signal.number(), info, 0);
			if (result < 0) {
				throw SyscallException.of("pidfd_send_signal", result, "pid " + this.pid + ", " + signal);
			}
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code poll(2)} - tells whether the process has ended, without waiting.
	 * @return {@code true} once all its threads have ended
	 * @throws IllegalStateException if this is closed
	 */
	public boolean isExited() {
		return awaitMillis(0);
	}

	/**
	 * {@code poll(2)} - waits until the process has ended. A {@link #close()} during the
	 * wait does not end it.
	 * @param timeout the longest wait, in milliseconds at the finest and 24 days at most
	 * @return {@code false} if the time is over
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed
	 */
	public boolean await(Duration timeout) {
		if (timeout.isNegative()) {
			return isExited();
		}
		// rounded up, so that no wait ends early
		long millis = (timeout.toSeconds() < Integer.MAX_VALUE) ? timeout.plusNanos(999_999).toMillis()
				: TimeUnit.SECONDS.toMillis(Integer.MAX_VALUE);
		return awaitMillis((int) Math.min(millis, Integer.MAX_VALUE));
	}

	private boolean awaitMillis(int timeoutMillis) {
		int number = this.fd.acquire();
		try (NativeMemory pollfd = NativeMemory.allocate(Pollfd.BYTES)) {
			pollfd.bytes().putInt(Pollfd.FD, number).putShort(Pollfd.EVENTS, POLLIN);
			return SyscallException.check("poll", this.syscalls.poll(pollfd.address(), 1, timeoutMillis), this) > 0;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code waitid(2)} with {@code WNOWAIT}, and for a process that is not this one's
	 * child any more {@code ioctl(2)} with {@code PIDFD_GET_INFO} - returns how the
	 * process ended. Nobody's wait is taken away: {@link Process#waitFor()} has its
	 * answer, before and after.
	 * <p>
	 * The kernel tells it of every child that nobody has waited for (Linux 5.4), and of
	 * every process once its parent has (Linux 6.15).
	 * @return the status; empty as long as the process runs, and if the kernel does not
	 * tell
	 * @throws IllegalStateException if this is closed
	 */
	public Optional<ExitStatus> exitStatus() {
		int number = this.fd.acquire();
		try (NativeMemory info = NativeMemory.allocate(Siginfo.BYTES)) {
			int result = this.syscalls.waitid(P_PIDFD, number, info.address(), WEXITED | WNOHANG | WNOWAIT);
			// EINVAL: a kernel that does not know P_PIDFD
			if (Errno.ECHILD.is(result) || Errno.EINVAL.is(result)) {
				return statusAfterWait(number);
			}
			SyscallException.check("waitid", result, this);
			return statusOfChild(info.bytes());
		}
		finally {
			this.fd.release();
		}
	}

	private static Optional<ExitStatus> statusOfChild(ByteBuffer info) {
		if (info.getInt(Siginfo.PID) == 0) {
			return Optional.empty(); // nobody to wait for yet
		}
		int code = info.getInt(Siginfo.CODE);
		int status = info.getInt(Siginfo.STATUS);
		return Optional.of((code == CLD_EXITED) ? ExitStatus.exited(status & 0xff)
				: ExitStatus.killed(new Signal(status), code == CLD_DUMPED));
	}

	private Optional<ExitStatus> statusAfterWait(int number) {
		try (NativeMemory info = NativeMemory.allocate(PidfdInfo.BYTES)) {
			boolean told = getInfo(number, info) >= 0 && hasExitStatus(info);
			return told ? Optional.of(ExitStatus.ofWaitStatus(info.bytes().getInt(PidfdInfo.EXIT_CODE)))
					: Optional.empty();
		}
	}

	/**
	 * {@code ioctl(2)} with {@code PIDFD_GET_INFO} - tells whether it is worth while to
	 * ask again for an {@linkplain #exitStatus() exit status} that is empty although the
	 * process has ended: its parent is another process that has not waited for it yet. If
	 * not, one last question is: it may have done so just now.
	 * @return {@code true} if the kernel is going to tell it after that; never before
	 * Linux 6.13
	 * @throws IllegalStateException if this is closed
	 */
	public boolean isExitStatusPending() {
		int number = this.fd.acquire();
		try (NativeMemory info = NativeMemory.allocate(PidfdInfo.BYTES)) {
			return getInfo(number, info) >= 0 && !hasExitStatus(info);
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code ioctl(2)} with {@code PIDFD_GET_INFO} - makes the {@linkplain #pauseNanos()
	 * pause} longer after which to ask again for an exit status that
	 * {@linkplain #isExitStatusPending() is to come}: the first is a millisecond, each is
	 * twice the one before, and all of them last a second. For one thread.
	 * @return whether to pause; {@code false} once it is not worth while any more
	 * @throws IllegalStateException if this is closed
	 */
	public boolean pauseForExitStatus() {
		boolean worthWhile = this.pauseNanos < LAST_PAUSE_NANOS && isExitStatusPending();
		if (worthWhile) {
			this.pauseNanos = Math.max(FIRST_PAUSE_NANOS, 2 * this.pauseNanos);
		}
		return worthWhile;
	}

	private static boolean hasExitStatus(NativeMemory info) {
		return (info.bytes().getLong(PidfdInfo.MASK) & PIDFD_INFO_EXIT) != 0;
	}

	/**
	 * Every error says that this kernel does not tell: {@code ENOTTY} and {@code EINVAL}
	 * before Linux 6.13, then {@code ESRCH} of an ended process before 6.15.
	 */
	private int getInfo(int number, NativeMemory info) {
		info.bytes().putLong(PidfdInfo.MASK, PIDFD_INFO_EXIT);
		return this.syscalls.ioctl(number, PIDFD_GET_INFO, info.address());
	}

	/**
	 * {@code poll(2)} - tells of the end of the process, without waiting. The main path
	 * of the event loop, which then closes this. If the parent is another process that
	 * has not waited for it yet, there is nothing to tell for a second at most, in which
	 * this is to be asked again after growing {@linkplain #pauseNanos() pauses}.
	 * @param sink takes the event
	 * @return 1 if the process has ended, and 0 if not, or if its status may still come
	 * @throws SyscallException if the question fails
	 * @throws IllegalStateException if this is closed
	 */
	@Override
	public int drain(Consumer<? super PidfdEvent> sink) {
		if (!isExited()) {
			return 0;
		}
		Optional<ExitStatus> status = exitStatus();
		if (status.isEmpty()) {
			if (pauseForExitStatus()) {
				return 0;
			}
			// the parent may have waited between the two questions
			status = exitStatus();
		}
		sink.accept(new PidfdEvent(this.pid, status));
		return 1;
	}

	@Override
	public long pauseNanos() {
		return this.pauseNanos;
	}

	@Override
	public boolean isDrainedBy(int bytes) {
		return true;
	}

	@Override
	public boolean isOneShot() {
		return true;
	}

	@Override
	public boolean isOpen() {
		return this.fd.isOpen();
	}

	/**
	 * {@code close(2)} - as soon as no call uses the descriptor any more. The process
	 * lives on.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return "Pidfd[pid " + this.pid + ", " + this.fd + "]";
	}

}
