package io.github.linuxfd.signalfd;

import java.util.Set;
import java.util.concurrent.Callable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Sigset;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Blocks and sends signals. Any thread may call; a mask is that of the calling thread,
 * which for a virtual thread is its carrier's, so do not change masks in virtual threads.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal.7</a>
 */
public final class Signals {

	private static final int SIG_BLOCK = 0;

	private static final int SIG_UNBLOCK = 1;

	private static final int SIG_SETMASK = 2;

	private final Syscalls syscalls;

	/**
	 * Block and send through these calls.
	 * @param syscalls the calls
	 */
	public Signals(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code pthread_sigmask(3)}, {@code SIG_BLOCK} - keeps the calling thread from being
	 * interrupted by these signals. Linux 2.2.
	 * @param signals the signals, beside those that are blocked
	 * @return what was blocked before
	 * @throws SyscallException if the call fails
	 */
	public Set<Signal> block(Set<Signal> signals) {
		return change(SIG_BLOCK, "SIG_BLOCK", signals);
	}

	/**
	 * {@code pthread_sigmask(3)}, {@code SIG_UNBLOCK} - lets the calling thread be
	 * interrupted by these signals. One that is pending comes before this returns. Linux
	 * 2.2.
	 * @param signals the signals
	 * @return what was blocked before
	 * @throws SyscallException if the call fails
	 */
	public Set<Signal> unblock(Set<Signal> signals) {
		return change(SIG_UNBLOCK, "SIG_UNBLOCK", signals);
	}

	/**
	 * {@code pthread_sigmask(3)}, {@code SIG_SETMASK} - makes these signals, and no
	 * others, those that the calling thread blocks. Linux 2.2.
	 * @param signals the signals
	 * @return what was blocked before
	 * @throws SyscallException if the call fails
	 */
	public Set<Signal> setMask(Set<Signal> signals) {
		return change(SIG_SETMASK, "SIG_SETMASK", signals);
	}

	/**
	 * {@code pthread_sigmask(3)} - returns what the calling thread blocks. Linux 2.2.
	 * @return the signals
	 * @throws SyscallException if the call fails
	 */
	public Set<Signal> mask() {
		try (NativeMemory old = NativeMemory.allocate(Sigset.BYTES)) {
			SyscallException.check("pthread_sigmask", this.syscalls.pthreadSigmask(SIG_BLOCK, 0, old.address()), "");
			return SignalSets.signals(old.bytes().getLong(0));
		}
	}

	private Set<Signal> change(int how, String name, Set<Signal> signals) {
		try (NativeMemory set = SignalSets.of(signals); NativeMemory old = NativeMemory.allocate(Sigset.BYTES)) {
			SyscallException.check("pthread_sigmask", this.syscalls.pthreadSigmask(how, set.address(), old.address()),
					name + ", " + signals);
			return SignalSets.signals(old.bytes().getLong(0));
		}
	}

	/**
	 * {@code pthread_sigmask(3)} - calls something with no signal blocked in the calling
	 * thread, and puts the mask back. A process that is started there can be ended by any
	 * signal: children inherit what the thread blocks that starts them.
	 * @param <T> the result
	 * @param action for instance {@code processBuilder::start}
	 * @return its result
	 * @throws Exception what it throws
	 */
	public <T> T callUnblocked(Callable<T> action) throws Exception {
		Set<Signal> before = setMask(Set.of());
		try {
			return action.call();
		}
		finally {
			setMask(before);
		}
	}

	/**
	 * {@code kill(2)} - sends a signal to a process. Its id may belong to another process
	 * by now: a pidfd cannot be mistaken.
	 * @param pid the process id
	 * @param signal the signal
	 * @throws SyscallException {@code ESRCH} - there is no such process, {@code EPERM} -
	 * it belongs to another user, and we lack {@code CAP_KILL}
	 */
	public void kill(long pid, Signal signal) {
		SyscallException.check("kill", this.syscalls.kill(process(pid), signal.number()), pid + ", " + signal);
	}

	/**
	 * {@code tgkill(2)} - sends a signal to a thread of a process. Linux 2.6.
	 * @param pid the process id
	 * @param tid the thread's id, as in {@code /proc/pid/task}
	 * @param signal the signal
	 * @throws SyscallException {@code ESRCH} - there is no such thread, {@code EPERM} -
	 * it belongs to another user, and we lack {@code CAP_KILL}
	 */
	public void tgkill(long pid, long tid, Signal signal) {
		SyscallException.check("tgkill", this.syscalls.tgkill(process(pid), process(tid), signal.number()),
				pid + ", " + tid + ", " + signal);
	}

	/**
	 * {@code sigqueue(3)} - sends a signal with a value to a process. Linux 2.2.
	 * @param pid the process id
	 * @param signal the signal; real-time ones are queued
	 * @param value the value, {@link SignalEvent#intValue()} where it arrives
	 * @throws SyscallException {@code EAGAIN} - too many signals are queued, see
	 * {@code RLIMIT_SIGPENDING}; {@code ESRCH} - there is no such process, {@code EPERM}
	 * - it belongs to another user, and we lack {@code CAP_KILL}
	 */
	public void sigqueue(long pid, Signal signal, int value) {
		SyscallException.check("sigqueue",
				this.syscalls.sigqueue(process(pid), signal.number(), Integer.toUnsignedLong(value)),
				pid + ", " + signal + ", " + value);
	}

	/** To kill(2), 0 and less are groups, or everybody. */
	private static int process(long id) {
		if (id < 1 || id > Integer.MAX_VALUE) {
			throw new IllegalArgumentException(id + " is no process or thread id");
		}
		return (int) id;
	}

}
