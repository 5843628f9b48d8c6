package io.github.linuxfd.benchmarks;

import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Does what the first letter of a reported file's name says, and allocates nothing for
 * it. Reports come from one thread at a time.
 *
 * @author linuxfd
 */
final class WatchRecorder {

	private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	private final Tally counted = new Tally();

	/**
	 * By the first letter of the name. A branch between the two would be compiled for the
	 * warm-up alone, and again while it is measured.
	 */
	private final Tally[] tallies = new Tally[128];

	private final Latencies timed = new Latencies();

	/** By the first letter, for the same reason. */
	private final Latencies[] latencies = new Latencies[128];

	private final CountDownLatch end = new CountDownLatch(1);

	private long recovered;

	private long overflows;

	private long allocatedAtEnd;

	private boolean ended;

	/** A scan comes upon the end in no particular order: more files may follow. */
	private volatile boolean endFoundByScan;

	private volatile long quietSinceNanos;

	WatchRecorder() {
		this.tallies['f'] = this.counted;
		this.tallies['w'] = new Tally();
		this.latencies['t'] = this.timed;
		this.latencies['u'] = new Latencies();
	}

	/** Say that the directory is watched. */
	void ready() {
		AllocatedBytes.now(); // loads what the first event shall not wait for
		Contract.ready();
	}

	/** A file that the kernel has reported. */
	void name(String name) {
		event(name.charAt(0), number(name));
	}

	/** An event that the kernel has reported, by the first letter and the number. */
	void event(char kind, long number) {
		Tally tally = this.tallies[kind & 127];
		if (tally != null) {
			tally.count((int) number);
			if (this.endFoundByScan) {
				this.quietSinceNanos = System.nanoTime();
			}
		}
		else if (this.latencies[kind & 127] != null) {
			this.latencies[kind & 127].add(System.nanoTime() - number);
		}
		else if (kind == 'E') {
			end();
		}
	}

	private void end() {
		if (!this.ended) {
			this.ended = true;
			this.allocatedAtEnd = AllocatedBytes.now();
			this.endFoundByScan = false;
			this.end.countDown();
		}
	}

	/**
	 * A file that a scan has found after an overflow. It has been seen, but there was no
	 * event of its own.
	 */
	void recovered(String name) {
		this.recovered++;
		switch (name.charAt(0)) {
			case 'f' -> this.counted.see((int) number(name));
			case 'E' -> endByScan();
			default -> {
			}
		}
		if (this.endFoundByScan) {
			this.quietSinceNanos = System.nanoTime();
		}
	}

	private void endByScan() {
		if (!this.ended) {
			this.allocatedAtEnd = AllocatedBytes.now();
			this.quietSinceNanos = System.nanoTime();
			this.endFoundByScan = true;
			this.end.countDown();
		}
	}

	/** The kernel has lost events. */
	void overflow() {
		this.overflows++;
	}

	/** Whether the end has been reported by the kernel. */
	boolean isEnded() {
		return this.ended;
	}

	/** Wait for the end, and for the rest of a scan that has found it. */
	void awaitEnd() throws InterruptedException {
		this.end.await();
		while (this.endFoundByScan && System.nanoTime() - this.quietSinceNanos < QUIET_NANOS) {
			Thread.sleep(50);
		}
	}

	/** Reports of the kernel. */
	long events() {
		return this.counted.events + this.timed.count();
	}

	/** Whether another recorder has been told the same. */
	boolean agreesWith(WatchRecorder other) {
		return events() == other.events() && this.recovered == other.recovered
				&& this.counted.seen.equals(other.counted.seen);
	}

	Json result() {
		Json result = new Json().put("events", events())
			.put("files", this.counted.files)
			.put("recovered", this.recovered)
			.put("overflow", this.overflows)
			.put("first_ns", this.counted.firstNanos())
			.put("last_ns", this.counted.lastNanos())
			.put("lat", this.timed.addTo(new Json()));
		if (this.counted.events > 0) {
			result.put("alloc", (double) (this.allocatedAtEnd - this.counted.allocated[0]) / this.counted.events);
		}
		return result;
	}

	/** The digits after the first letter. */
	private static long number(String name) {
		long number = 0;
		for (int i = 1; i < name.length(); i++) {
			int digit = name.charAt(i) - '0';
			if (digit < 0 || digit > 9) {
				break;
			}
			number = number * 10 + digit;
		}
		return number;
	}

	/**
	 * Files of one first letter. The first of them takes the same branches as all others:
	 * what is done once would be compiled when it is done.
	 */
	private static final class Tally {

		/** The clock is read once for so many events, and is not what is measured. */
		private static final int EVENTS_PER_CLOCK_READ = 16;

		private static final int CLOCK_READS_PER_ALLOCATION_READ = 1024;

		private static final int EXPECTED_FILES = 1 << 24;

		private final BitSet seen = new BitSet(EXPECTED_FILES);

		private final long[] nanos = new long[EXPECTED_FILES / EVENTS_PER_CLOCK_READ];

		private final long[] allocated = new long[this.nanos.length / CLOCK_READS_PER_ALLOCATION_READ];

		private int events;

		private int files;

		private void count(int file) {
			if (this.events % EVENTS_PER_CLOCK_READ == 0) {
				int read = this.events / EVENTS_PER_CLOCK_READ;
				if (read % CLOCK_READS_PER_ALLOCATION_READ == 0) {
					this.allocated[read / CLOCK_READS_PER_ALLOCATION_READ] = AllocatedBytes.now();
				}
				this.nanos[read] = System.nanoTime();
			}
			this.events++;
			see(file);
		}

		private void see(int file) {
			if (!this.seen.get(file)) {
				this.seen.set(file);
				this.files++;
			}
		}

		private long firstNanos() {
			return this.nanos[0];
		}

		private long lastNanos() {
			return this.nanos[Math.max(0, this.events - 1) / EVENTS_PER_CLOCK_READ];
		}

	}

}
