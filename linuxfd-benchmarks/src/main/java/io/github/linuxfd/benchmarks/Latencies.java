package io.github.linuxfd.benchmarks;

import java.util.Arrays;

/**
 * Every latency of a run, in nanoseconds. For one thread at a time.
 *
 * @author linuxfd
 */
final class Latencies {

	private long[] nanos = new long[1024];

	private int count;

	void add(long latencyNanos) {
		if (this.count == this.nanos.length) {
			this.nanos = Arrays.copyOf(this.nanos, this.count * 2);
		}
		this.nanos[this.count++] = latencyNanos;
	}

	int count() {
		return this.count;
	}

	/** Add the percentiles of the second half to a result: the first one warms up. */
	Json addTo(Json result) {
		long[] warm = Arrays.copyOfRange(this.nanos, this.count / 2, this.count);
		Arrays.sort(warm);
		return result.put("n", warm.length)
			.put("p50", quantile(warm, 0.5))
			.put("p99", quantile(warm, 0.99))
			.put("p999", quantile(warm, 0.999))
			.put("max", quantile(warm, 1));
	}

	private static long quantile(long[] sorted, double part) {
		return (sorted.length == 0) ? 0 : sorted[Math.min(sorted.length - 1, (int) (part * sorted.length))];
	}

}
