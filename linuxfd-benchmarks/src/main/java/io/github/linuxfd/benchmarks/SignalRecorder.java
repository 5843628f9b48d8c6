package io.github.linuxfd.benchmarks;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/**
 * Compares the arrival of signals with the stamp that the sender has left in shared
 * memory. Signals come from one thread at a time.
 *
 * @author linuxfd
 */
final class SignalRecorder {

	private static final int PAGE_BYTES = 4096;

	private static final int STAMP = 0;

	private static final int RECEIVED = 8;

	private static final int STOP = 16;

	private static final int MEASURED = 24;

	private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	/** Of the warm-up and after it: a branch would be compiled for the warm-up alone. */
	private final Latencies[] latencies = { new Latencies(), new Latencies() };

	private final CountDownLatch end = new CountDownLatch(1);

	private final ByteBuffer page;

	private long events;

	private long firstNanos;

	private long lastNanos;

	SignalRecorder(Path shared) throws IOException {
		try (FileChannel file = FileChannel.open(shared, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			this.page = file.map(FileChannel.MapMode.READ_WRITE, 0, PAGE_BYTES);
		}
	}

	void arrived() {
		long now = System.nanoTime();
		if ((long) LONGS.getVolatile(this.page, STOP) != 0) {
			this.end.countDown();
		}
		else {
			// that of the next one, where it is later than now
			this.latencies[(int) (long) LONGS.getOpaque(this.page, MEASURED)]
				.add(Math.max(0, now - (long) LONGS.getVolatile(this.page, STAMP)));
			count(now);
		}
	}

	private void count(long now) {
		if (this.events++ == 0) {
			this.firstNanos = now;
		}
		this.lastNanos = now;
		LONGS.setOpaque(this.page, RECEIVED, this.events);
	}

	/** Say that signals are listened to, wait for the end, and say the result. */
	void run() throws InterruptedException {
		Contract.ready();
		this.end.await();
		Contract.result(new Json().put("events", this.events)
			.put("first_ns", this.firstNanos)
			.put("last_ns", this.lastNanos)
			.put("lat", this.latencies[1].addTo(new Json())));
	}

}
