package io.github.linuxfd.signalfd;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Syscalls;

/**
 * A signal that was taken from the JVM's own handling, so that a {@link Signalfd} gets
 * it. Disposition and masks belong to the process: receptions of the same signal are
 * counted, and the last one to be closed puts back what was before.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SignalReception implements AutoCloseable {

	private static final Map<Signal, Taken> TAKEN = new HashMap<>();

	private final Taken taken;

	private final AtomicBoolean closed = new AtomicBoolean();

	private SignalReception(Taken taken) {
		this.taken = taken;
	}

	static SignalReception open(Syscalls syscalls, Signal signal, SignalStrategy strategy) {
		String refusal = signal.refusal();
		if (refusal != null) {
			throw new IllegalArgumentException("Cannot listen to signal " + signal + ": " + refusal);
		}
		synchronized (TAKEN) {
			Taken taken = TAKEN.get(signal);
			if (taken == null) {
				taken = Taken.take(syscalls, signal, strategy);
				TAKEN.put(signal, taken);
			}
			taken.receptions++;
			return new SignalReception(taken);
		}
	}

	/**
	 * Return the signal.
	 * @return the signal
	 */
	public Signal signal() {
		return this.taken.signal;
	}

	/**
	 * Return how the signal comes to the signalfd.
	 * @return {@link SignalStrategy#SIGNALFD} or {@link SignalStrategy#REQUEUE}
	 */
	public SignalStrategy strategy() {
		return this.taken.strategy;
	}

	/**
	 * Whether the signal was ignored before it was taken, as {@code nohup(1)} does with
	 * {@code HUP}, and a shell with {@code INT} in the background.
	 * @return {@code true} if it will be ignored again
	 */
	public boolean isIgnoredOtherwise() {
		return this.taken.before != null && this.taken.before.isIgnore();
	}

	/**
	 * Return what the JDK did with the signal before.
	 * @return the previous handler; it does nothing for a signal other than {@code HUP},
	 * {@code INT} and {@code TERM}
	 */
	public PreviousHandler previousHandler() {
		return this.taken.previousHandler;
	}

	/**
	 * Unblock the signal in the threads that have learnt to block it, so that they no
	 * longer pass that on to the processes they start. The next signal teaches the thread
	 * that it meets again. Those that blocked the signal before are left alone. Any
	 * thread may call; takes a few microseconds for each thread.
	 */
	public void unblockThreads() {
		this.taken.unblockThreads();
	}

	/**
	 * Give the signal back. The last reception of a signal restores its old disposition,
	 * and unblocks it in the threads that have learnt to block it. The second call does
	 * nothing.
	 */
	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		synchronized (TAKEN) {
			if (--this.taken.receptions == 0) {
				TAKEN.remove(this.taken.signal);
				this.taken.giveBack();
			}
		}
	}

	private static final class Taken {

		private final Syscalls syscalls;

		private final Signal signal;

		private final SignalStrategy strategy;

		private final ThreadMasks masks;

		private final @Nullable Disposition before;

		/** The threads that blocked the signal by themselves; null if all did. */
		private final @Nullable Set<Integer> blockedBefore;

		private final PreviousHandler previousHandler;

		private int receptions;

		private Taken(Syscalls syscalls, Signal signal, SignalStrategy strategy, ThreadMasks masks,
				@Nullable Disposition before, @Nullable Set<Integer> blockedBefore, PreviousHandler previousHandler) {
			this.syscalls = syscalls;
			this.previousHandler = previousHandler;
			this.signal = signal;
			this.strategy = strategy;
			this.masks = masks;
			this.before = before;
			this.blockedBefore = blockedBefore;
		}

		static Taken take(Syscalls syscalls, Signal signal, SignalStrategy wanted) {
			ThreadMasks masks = new ThreadMasks(syscalls);
			Set<Integer> open = new HashSet<>();
			Set<Integer> blocking = new HashSet<>();
			long bit = SignalSets.mask(Set.of(signal));
			masks.read().forEach((thread, mask) -> (((mask & bit) != 0) ? blocking : open).add(thread));
			if (wanted == SignalStrategy.SIGNALFD && !open.isEmpty()) {
				throw notBlocked(signal, open);
			}
			boolean direct = open.isEmpty() && wanted != SignalStrategy.REQUEUE;
			PreviousHandler previousHandler = Signal.TERMINATING.contains(signal) ? PreviousHandler.current(signal)
					: new PreviousHandler(signal, null);
			// new threads have the mask of who started them
			Set<Integer> blockedBefore = open.isEmpty() ? null : blocking;
			try {
				/*
				 * Even if all threads block the signal now: HotSpot unblocks HUP, INT and
				 * TERM in every thread it starts.
				 */
				Disposition before = Disposition.handle(syscalls, signal, HandlerPage.get(syscalls).requeue());
				return new Taken(syscalls, signal, direct ? SignalStrategy.SIGNALFD : SignalStrategy.REQUEUE, masks,
						before, blockedBefore, previousHandler);
			}
			catch (SignalReceptionException ex) {
				if (!direct) {
					throw ex;
				}
				return new Taken(syscalls, signal, SignalStrategy.SIGNALFD, masks, null, null, previousHandler);
			}
		}

		private static SignalReceptionException notBlocked(Signal signal, Set<Integer> open) {
			boolean unblockedByHotSpot = Signal.TERMINATING.contains(signal);
			return new SignalReceptionException(
					open.size() + " threads do not block signal " + signal + "; start the JVM by 'env --block-signal="
							+ signal + " java" + (unblockedByHotSpot ? " -Xrs" : "") + " ...', or use another strategy",
					null);
		}

		void unblockThreads() {
			if (this.blockedBefore != null) {
				this.masks.unblock(SignalSets.mask(Set.of(this.signal)), this.blockedBefore);
			}
		}

		void giveBack() {
			if (this.before != null) {
				try (this.before) {
					restore(this.before);
				}
			}
		}

		private void restore(Disposition disposition) {
			if (Signal.TERMINATING.contains(this.signal)) {
				disposition.restore();
				// after the disposition: what is pending is for the old one
				unblockThreads();
			}
			else {
				// drops what is pending, which would end the JVM by default
				Disposition.ignore(this.syscalls, this.signal).close();
				unblockThreads();
				disposition.restore();
			}
		}

	}

}
