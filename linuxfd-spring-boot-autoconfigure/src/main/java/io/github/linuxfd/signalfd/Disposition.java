package io.github.linuxfd.signalfd;

import java.nio.ByteBuffer;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Sigaction;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * What a signal does to this process: {@code sigaction(2)}. It is the process's, and not
 * a thread's.
 *
 * @author linuxfd
 */
final class Disposition implements AutoCloseable {

	private static final int SA_SIGINFO = 0x4;

	private static final int SA_ONSTACK = 0x0800_0000;

	private static final int SA_RESTART = 0x1000_0000;

	private static final long SIG_DFL = 0;

	private static final long SIG_IGN = 1;

	private final Syscalls syscalls;

	private final Signal signal;

	private final NativeMemory action;

	private Disposition(Syscalls syscalls, Signal signal) {
		this.syscalls = syscalls;
		this.signal = signal;
		this.action = NativeMemory.allocate(Sigaction.BYTES);
	}

	/** The one there is. */
	static Disposition of(Syscalls syscalls, Signal signal) {
		Disposition current = new Disposition(syscalls, signal);
		current.sigaction(0, current.action.address());
		return current;
	}

	/** Make a handler that uses no library the signal's; returns what was before. */
	static Disposition handle(Syscalls syscalls, Signal signal, long handler) {
		return replace(syscalls, signal, handler, SA_SIGINFO | SA_ONSTACK | SA_RESTART);
	}

	/** Ignore the signal, which drops what is pending; returns what was before. */
	static Disposition ignore(Syscalls syscalls, Signal signal) {
		return replace(syscalls, signal, SIG_IGN, 0);
	}

	private static Disposition replace(Syscalls syscalls, Signal signal, long handler, int flags) {
		Disposition before = new Disposition(syscalls, signal);
		try (NativeMemory action = NativeMemory.allocate(Sigaction.BYTES)) {
			ByteBuffer bytes = action.bytes();
			bytes.putLong(Sigaction.HANDLER, handler);
			bytes.putInt(Sigaction.FLAGS, flags);
			before.sigaction(action.address(), before.action.address());
		}
		return before;
	}

	/** Make this the signal's again. */
	void restore() {
		sigaction(this.action.address(), 0);
	}

	private void sigaction(long action, long old) {
		boolean done = false;
		try {
			SyscallException.check("sigaction", this.syscalls.sigaction(this.signal.number(), action, old),
					this.signal.name());
			done = true;
		}
		finally {
			if (!done) {
				this.action.close();
			}
		}
	}

	boolean isIgnore() {
		return this.action.bytes().getLong(Sigaction.HANDLER) == SIG_IGN;
	}

	boolean isDefault() {
		return this.action.bytes().getLong(Sigaction.HANDLER) == SIG_DFL;
	}

	@Override
	public void close() {
		this.action.close();
	}

}
