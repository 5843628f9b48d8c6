package io.github.linuxfd.benchmarks;

import java.util.Arrays;

/**
 * Every latency of a run, in nanoseconds. For one thread at a time.
 *
 * @author linuxfd
 */
final class Latencies {

	private long[] nanos = new long[1 << 17];

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

	/** Add the percentiles to a result. */
	Json addTo(Json result) {
		Arrays.sort(this.nanos, 0, this.count);
		return result.put("n", this.count)
			.put("p50", quantile(0.5))
			.put("p99", quantile(0.99))
			.put("p999", quantile(0.999))
			.put("max", quantile(1));
	}

	private long quantile(double part) {
		return (this.count == 0) ? 0 : this.nanos[Math.min(this.count - 1, (int) (part * this.count))];
	}

}
