package io.github.linuxfd.signalfd;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.SignalfdSiginfo;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Reads signals instead of being interrupted by them, each with its sender, who is looked
 * up at once because senders end. A signal comes here only if every thread of the process
 * blocks it; {@link SignalReception} sees to that in a JVM. Any thread may call, also
 * while others wait.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd.2</a>
 */
public final class Signalfd extends EventDescriptor<SignalEvent> {

	private static final int SIGNALS_PER_READ = 64;

	private static final long CATCHABLE = ~SignalSets.mask(Set.of(Signal.of("KILL"), Signal.of("STOP")));

	private static final Signal[] SIGNALS = new Signal[65];

	static {
		for (int number = 1; number < SIGNALS.length; number++) {
			SIGNALS[number] = new Signal(number);
		}
	}

	private final SenderLookup senders;

	private volatile Set<Signal> signals;

	Signalfd(Syscalls syscalls, OwnedFd fd, Set<Signal> signals) {
		super(syscalls, fd, SIGNALS_PER_READ * SignalfdSiginfo.BYTES);
		this.senders = new SenderLookup(syscalls);
		this.signals = Set.copyOf(signals);
	}

	@Override
	protected void freeOwned() {
		this.senders.close();
	}

	/**
	 * Return the signals that are read here.
	 * @return the signals
	 */
	public Set<Signal> signals() {
		return this.signals;
	}

	/**
	 * Whether a signal is read here.
	 * @param signal the signal
	 * @return {@code true} if it is enabled
	 */
	public boolean contains(Signal signal) {
		return this.signals.contains(signal);
	}

	/**
	 * {@code signalfd(2)} - reads a signal too from now on, also one that is pending.
	 * Linux 2.6.27.
	 * @param signal the signal
	 * @throws SyscallException if the call fails; the set is as it was
	 * @throws IllegalStateException if this is closed
	 */
	public void enable(Signal signal) {
		change((signals) -> signals.add(signal));
	}

	/**
	 * {@code signalfd(2)} - reads all signals from now on; the kernel leaves out
	 * {@code KILL} and {@code STOP}. Linux 2.6.27.
	 * @throws SyscallException if the call fails; the set is as it was
	 * @throws IllegalStateException if this is closed
	 */
	public void enableAll() {
		change((signals) -> signals.addAll(SignalSets.signals(CATCHABLE)));
	}

	/**
	 * {@code signalfd(2)} - does not read a signal any more. Linux 2.6.27.
	 * @param signal the signal
	 * @throws SyscallException if the call fails; the set is as it was
	 * @throws IllegalStateException if this is closed
	 */
	public void disable(Signal signal) {
		change((signals) -> signals.remove(signal));
	}

	/**
	 * {@code signalfd(2)} - reads no signal any more. Linux 2.6.27.
	 * @throws SyscallException if the call fails; the set is as it was
	 * @throws IllegalStateException if this is closed
	 */
	public void disableAll() {
		change(Set::clear);
	}

	private void change(Consumer<Set<Signal>> change) {
		lock();
		try {
			Set<Signal> changed = new HashSet<>(this.signals);
			change.accept(changed);
			try (NativeMemory set = SignalSets.of(changed)) {
				SyscallException.check("signalfd", locked((number) -> this.syscalls.signalfd(number, set.address(),
						Syscalls.CLOEXEC | Syscalls.NONBLOCK)), fd() + ", " + changed);
			}
			this.signals = Set.copyOf(changed);
		}
		finally {
			unlock();
		}
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super SignalEvent> sink) {
		int length = length(result);
		for (int at = 0; at + SignalfdSiginfo.BYTES <= length; at += SignalfdSiginfo.BYTES) {
			sink.accept(event(bytes, at));
		}
	}

	private SignalEvent event(ByteBuffer bytes, int at) {
		int code = bytes.getInt(at + SignalfdSiginfo.CODE);
		int pid = bytes.getInt(at + SignalfdSiginfo.PID);
		int uid = bytes.getInt(at + SignalfdSiginfo.UID);
		return new SignalEvent(SIGNALS[bytes.getInt(at + SignalfdSiginfo.SIGNO)],
				bytes.getInt(at + SignalfdSiginfo.ERRNO), code, pid, uid, bytes.getInt(at + SignalfdSiginfo.FD),
				bytes.getInt(at + SignalfdSiginfo.TID), bytes.getInt(at + SignalfdSiginfo.BAND),
				bytes.getInt(at + SignalfdSiginfo.OVERRUN), bytes.getInt(at + SignalfdSiginfo.TRAPNO),
				bytes.getInt(at + SignalfdSiginfo.STATUS), bytes.getInt(at + SignalfdSiginfo.INT),
				bytes.getLong(at + SignalfdSiginfo.PTR), bytes.getLong(at + SignalfdSiginfo.UTIME),
				bytes.getLong(at + SignalfdSiginfo.STIME), bytes.getLong(at + SignalfdSiginfo.ADDR),
				Short.toUnsignedInt(bytes.getShort(at + SignalfdSiginfo.ADDR_LSB)),
				bytes.getInt(at + SignalfdSiginfo.SYSCALL), bytes.getLong(at + SignalfdSiginfo.CALL_ADDR),
				bytes.getInt(at + SignalfdSiginfo.ARCH), this.senders.sender(code, pid, uid));
	}

	@Override
	public String toString() {
		return super.toString() + this.signals;
	}

}
