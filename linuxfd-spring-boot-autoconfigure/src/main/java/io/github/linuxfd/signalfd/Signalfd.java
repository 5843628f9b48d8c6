package io.github.linuxfd.signalfd;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;

import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.SignalfdSiginfo;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Reads signals instead of being interrupted by them. A signal comes here only if every
 * thread of the process blocks it; {@link SignalReception} sees to that in a JVM.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd.2</a>
 */
public final class Signalfd extends EventDescriptor<SignalEvent> {

	private static final int SIGNALS_PER_READ = 64;

	private static final Signal[] SIGNALS = new Signal[65];

	static {
		for (int number = 1; number < SIGNALS.length; number++) {
			SIGNALS[number] = new Signal(number);
		}
	}

	private final Set<Signal> signals;

	Signalfd(Syscalls syscalls, OwnedFd fd, Set<Signal> signals) {
		super(syscalls, fd, SIGNALS_PER_READ * SignalfdSiginfo.BYTES);
		this.signals = Set.copyOf(signals);
	}

	/**
	 * Return the signals that are read here.
	 * @return the signals
	 */
	public Set<Signal> signals() {
		return this.signals;
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super SignalEvent> sink) {
		int length = length(result);
		for (int at = 0; at + SignalfdSiginfo.BYTES <= length; at += SignalfdSiginfo.BYTES) {
			sink.accept(event(bytes, at));
		}
	}

	private static SignalEvent event(ByteBuffer bytes, int at) {
		return new SignalEvent(SIGNALS[bytes.getInt(at + SignalfdSiginfo.SIGNO)],
				bytes.getInt(at + SignalfdSiginfo.ERRNO), bytes.getInt(at + SignalfdSiginfo.CODE),
				bytes.getInt(at + SignalfdSiginfo.PID), bytes.getInt(at + SignalfdSiginfo.UID),
				bytes.getInt(at + SignalfdSiginfo.FD), bytes.getInt(at + SignalfdSiginfo.TID),
				bytes.getInt(at + SignalfdSiginfo.BAND), bytes.getInt(at + SignalfdSiginfo.OVERRUN),
				bytes.getInt(at + SignalfdSiginfo.TRAPNO), bytes.getInt(at + SignalfdSiginfo.STATUS),
				bytes.getInt(at + SignalfdSiginfo.INT), bytes.getLong(at + SignalfdSiginfo.PTR),
				bytes.getLong(at + SignalfdSiginfo.UTIME), bytes.getLong(at + SignalfdSiginfo.STIME),
				bytes.getLong(at + SignalfdSiginfo.ADDR));
	}

	@Override
	public String toString() {
		return super.toString() + this.signals;
	}

}
