package io.github.linuxfd.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Records how late ticks are, after a second of ticks that warm up. Ticks come from one
 * thread at a time.
 *
 * @author linuxfd
 */
final class TimerRecorder {

	private final Latencies latencies = new Latencies();

	private final CountDownLatch warm = new CountDownLatch(1);

	private final CountDownLatch end = new CountDownLatch(1);

	private final long periodNanos;

	private long toWarmUp;

	private long toRecord;

	private long missed;

	private volatile boolean recording;

	TimerRecorder(long periodNanos, long ticks) {
		this.periodNanos = periodNanos;
		this.toWarmUp = TimeUnit.SECONDS.toNanos(1) / periodNanos;
		this.toRecord = ticks;
	}

	long periodNanos() {
		return this.periodNanos;
	}

	/**
	 * A handler is called.
	 * @param dueNanos when the earliest tick that the call stands for was due
	 * @param ticks how many ticks the call stands for
	 */
	void tick(long dueNanos, long ticks) {
		long latenessNanos = System.nanoTime() - dueNanos;
		if (!this.recording) {
			this.toWarmUp -= ticks;
			if (this.toWarmUp <= 0) {
				this.warm.countDown();
			}
		}
		else if (this.toRecord > 0) {
			this.latencies.add(latenessNanos);
			this.missed += ticks - 1;
			this.toRecord -= ticks;
			if (this.toRecord <= 0) {
				this.end.countDown();
			}
		}
	}

	/** Wait for the first second of ticks; those after it are recorded. */
	void awaitWarm() throws InterruptedException {
		this.warm.await();
		this.recording = true;
	}

	/** Wait until all are recorded, or for so long. */
	void awaitEnd(long timeoutNanos) throws InterruptedException {
		this.end.await(timeoutNanos, TimeUnit.NANOSECONDS);
	}

	Json result() {
		return this.latencies.addTo(new Json()).put("missed", this.missed);
	}

}
