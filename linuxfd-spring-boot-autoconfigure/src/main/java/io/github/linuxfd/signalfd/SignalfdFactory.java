package io.github.linuxfd.signalfd;

import java.util.Set;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link Signalfd}s and takes signals from the JVM. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SignalfdFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public SignalfdFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code signalfd(2)} - opens a descriptor that reads these signals, if nobody else
	 * gets them: see {@link #receive}. Linux 2.6.27.
	 * @param signals the signals
	 * @return the descriptor, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public Signalfd open(Set<Signal> signals) {
		try (NativeMemory set = SignalSets.of(signals)) {
			int result = this.syscalls.signalfd(-1, set.address(), Syscalls.CLOEXEC | Syscalls.NONBLOCK);
			return new Signalfd(this.syscalls, OwnedFd.adopt(this.syscalls, result, "signalfd", signals.toString()),
					signals);
		}
	}

	/**
	 * {@code sigaction(2)} - takes a signal from the JVM's own handling, so that a
	 * {@link Signalfd} gets it whichever thread the kernel picks. The disposition is the
	 * process's: what was there before comes back when the last reception of the signal
	 * is closed.
	 * @param signal the signal
	 * @return the reception, to be closed by the caller
	 * @throws IllegalArgumentException if the JVM or the kernel needs the signal
	 * @throws SignalReceptionException if this system does not allow it
	 */
	public SignalReception receive(Signal signal) {
		return receive(signal, SignalStrategy.AUTO);
	}

	/**
	 * {@code sigaction(2)} - takes a signal from the JVM's own handling in a certain way.
	 * Who takes a signal that is taken already gets it in the way it is.
	 * @param signal the signal
	 * @param strategy the way, but not {@link SignalStrategy#JDK}
	 * @return the reception, to be closed by the caller
	 * @throws IllegalArgumentException if the JVM or the kernel needs the signal
	 * @throws SignalReceptionException if this system does not allow it
	 */
	public SignalReception receive(Signal signal, SignalStrategy strategy) {
		if (strategy == SignalStrategy.JDK) {
			throw new IllegalArgumentException("The JDK's own handling has no signalfd; see JdkSignals");
		}
		return SignalReception.open(this.syscalls, signal, strategy);
	}

	/**
	 * {@code sigaction(2)} - whether this process has a handler for a signal, as the JVM
	 * has for {@code HUP}, {@code INT} and {@code TERM}: but not with {@code -Xrs}, and
	 * not for one that was ignored when it was started, as {@code nohup(1)} does with
	 * {@code HUP}, and a shell with {@code INT} in the background.
	 * @param signal the signal
	 * @return {@code false} if it is ignored, or does what it does by default
	 */
	public boolean isHandled(Signal signal) {
		try (Disposition current = Disposition.of(this.syscalls, signal)) {
			return !current.isIgnore() && !current.isDefault();
		}
	}

}
