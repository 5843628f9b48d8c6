package io.github.linuxfd.benchmarks;

import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * The ticks of a timer that says only when the first one is due.
 *
 * @author linuxfd
 */
final class PeriodicTicks {

	/** Leaves time to ask for {@link #startAt(Delayed) the start}. */
	static final long INITIAL_DELAY_NANOS = 200_000_000;

	private final TimerRecorder recorder;

	private volatile long startNanos;

	private long ticks;

	PeriodicTicks(TimerRecorder recorder) {
		this.recorder = recorder;
	}

	/** The first tick has been scheduled like this. */
	void startAt(Delayed first) {
		// the clock is read once more in getDelay: the largest sum has the smallest gap
		long latest = Long.MIN_VALUE;
		for (int i = 0; i < 1000; i++) {
			latest = Math.max(latest, System.nanoTime() + first.getDelay(TimeUnit.NANOSECONDS));
		}
		startAt(latest);
	}

	/** The first tick is due at that time. */
	void startAt(long startNanos) {
		this.startNanos = startNanos;
	}

	/** When the next tick is due. */
	long dueNanos() {
		return this.startNanos + this.ticks * this.recorder.periodNanos();
	}

	void tick() {
		this.recorder.tick(dueNanos(), 1);
		this.ticks++;
	}

}
