package io.github.linuxfd.signalfd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A signal that was taken from the JVM's own handling, so that a {@link Signalfd} gets
 * it. The disposition of a signal belongs to the process: receptions of the same signal
 * are counted, and the last one to be closed puts the old disposition back.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SignalReception implements AutoCloseable {

	private static final Map<Signal, Taken> TAKEN = new HashMap<>();

	private final Signal signal;

	private final SignalStrategy strategy;

	private final AtomicBoolean closed = new AtomicBoolean();

	private SignalReception(Signal signal, SignalStrategy strategy) {
		this.signal = signal;
		this.strategy = strategy;
	}

	static SignalReception open(Syscalls syscalls, Signal signal) {
		String refusal = signal.refusal();
		if (refusal != null) {
			throw new IllegalArgumentException("Cannot listen to signal " + signal + ": " + refusal);
		}
		boolean blocked = isBlockedInEveryThread(signal);
		synchronized (TAKEN) {
			Taken taken = TAKEN.computeIfAbsent(signal, (key) -> take(syscalls, key, blocked));
			taken.receptions++;
			return new SignalReception(signal, blocked ? SignalStrategy.SIGNALFD : SignalStrategy.REQUEUE);
		}
	}

	/*
	 * The handler is installed even if all threads block the signal now: HotSpot unblocks
	 * HUP, INT and TERM in every thread it starts.
	 */
	private static Taken take(Syscalls syscalls, Signal signal, boolean blocked) {
		try {
			RequeueHandler handler = RequeueHandler.get(syscalls);
			return new Taken(handler, handler.install(signal), blocked);
		}
		catch (SignalReceptionException ex) {
			if (!blocked) {
				throw ex;
			}
			return new Taken(null, null, true);
		}
	}

	private static boolean isBlockedInEveryThread(Signal signal) {
		long bit = SignalSets.mask(Set.of(signal));
		try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
			for (Path thread : threads) {
				if ((blockedSignals(thread) & bit) == 0) {
					return false;
				}
			}
			return true;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot see which threads block signal " + signal, ex);
		}
	}

	private static long blockedSignals(Path thread) throws IOException {
		try {
			for (String line : Files.readAllLines(thread.resolve("status"))) {
				if (line.startsWith("SigBlk:")) {
					return Long.parseUnsignedLong(line.substring("SigBlk:".length()).strip(), 16);
				}
			}
		}
		catch (IOException ex) {
			// ended, and gets no signal; ESRCH if that was between open and read
			if (Files.notExists(thread)) {
				return -1;
			}
			throw ex;
		}
		throw new IOException(thread + "/status has no SigBlk");
	}

	/**
	 * Return the signal.
	 * @return the signal
	 */
	public Signal signal() {
		return this.signal;
	}

	/**
	 * Return how the signal comes to the signalfd.
	 * @return {@link SignalStrategy#SIGNALFD} or {@link SignalStrategy#REQUEUE}
	 */
	public SignalStrategy strategy() {
		return this.strategy;
	}

	/**
	 * Give the signal back. The last reception of a signal restores its old disposition
	 * and unblocks it in the calling thread, unless all threads had it blocked before;
	 * other threads that have learnt to block it go on doing so. The second call does
	 * nothing.
	 */
	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		synchronized (TAKEN) {
			Taken taken = TAKEN.get(this.signal);
			if (taken != null && --taken.receptions == 0) {
				TAKEN.remove(this.signal);
				taken.giveBack(this.signal);
			}
		}
	}

	private static final class Taken {

		private final @Nullable RequeueHandler handler;

		private final @Nullable NativeMemory before;

		/** Whether all threads blocked the signal before. */
		private final boolean blocked;

		private int receptions;

		Taken(@Nullable RequeueHandler handler, @Nullable NativeMemory before, boolean blocked) {
			this.handler = handler;
			this.before = before;
			this.blocked = blocked;
		}

		void giveBack(Signal signal) {
			if (this.handler != null && this.before != null) {
				this.handler.restore(signal, this.before, !this.blocked);
			}
		}

	}

}
