package io.github.linuxfd.pidfd;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.signalfd.Signal;

/**
 * How a process ended: by an exit code of its own, or by a signal.
 *
 * @param code the exit code, from 0 to 255; of a process that a signal has ended 128 and
 * the signal's number, as shells and {@link Process#exitValue()} have it
 * @param signal the signal that has ended the process, or {@code null} if it exited
 * @param coreDumped whether the signal made the process leave a core dump
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/waitid.2.html">waitid.2</a>
 */
public record ExitStatus(int code, @Nullable Signal signal, boolean coreDumped) {

	private static final int SIGNAL_BASE = 128;

	private static final int SIGNAL_MASK = 0x7f;

	private static final int CORE_DUMPED = 0x80;

	/**
	 * Check that the components belong together.
	 */
	public ExitStatus {
		if (code < 0 || code > 255) {
			throw new IllegalArgumentException("An exit code is from 0 to 255, not " + code);
		}
		if (signal != null && code != SIGNAL_BASE + signal.number()) {
			throw new IllegalArgumentException(
					"The code of signal " + signal + " is " + (SIGNAL_BASE + signal.number()) + ", not " + code);
		}
		if (signal == null && coreDumped) {
			throw new IllegalArgumentException("Only a signal leaves a core dump");
		}
	}

	/**
	 * Return the status of a process that exited by itself.
	 * @param code the exit code
	 * @return the status
	 */
	public static ExitStatus exited(int code) {
		return new ExitStatus(code, null, false);
	}

	/**
	 * Return the status of a process that a signal has ended.
	 * @param signal the signal
	 * @param coreDumped whether there is a core dump
	 * @return the status
	 */
	public static ExitStatus killed(Signal signal, boolean coreDumped) {
		return new ExitStatus(SIGNAL_BASE + signal.number(), signal, coreDumped);
	}

	/** What wait(2) stores, see {@code WIFSIGNALED} and its like. */
	static ExitStatus ofWaitStatus(int status) {
		int signal = status & SIGNAL_MASK;
		return (signal != 0) ? killed(new Signal(signal), (status & CORE_DUMPED) != 0) : exited(status >> 8 & 0xff);
	}

	/**
	 * Whether the process said that all went well.
	 * @return {@code true} if it exited with 0
	 */
	public boolean isSuccess() {
		return this.code == 0;
	}

	/**
	 * Return the code as shells have it, and the signal if there was one.
	 * @return for instance {@code 7}, {@code 143 (killed by TERM)} or
	 * {@code 139 (killed by SEGV, core dumped)}
	 */
	@Override
	public String toString() {
		if (this.signal == null) {
			return Integer.toString(this.code);
		}
		return this.code + " (killed by " + this.signal + (this.coreDumped ? ", core dumped)" : ")");
	}

}
