package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Counts the operations of a storm, each of which has to complete exactly once, and keeps
 * what must not happen.
 *
 * @author linuxfd
 */
final class Tally {

	private static final System.Logger LOGGER = System.getLogger(Tally.class.getName());

	/** Longer by {@code -Dlinuxfd.storm=60}. */
	static final Duration DURATION = Duration.ofSeconds(Long.getLong("linuxfd.storm", 1));

	private final String name;

	private final long startNanos = System.nanoTime();

	private final AtomicLong started = new AtomicLong();

	private final AtomicLong completed = new AtomicLong();

	private final AtomicLong failed = new AtomicLong();

	/** Bytes that were compared. */
	private final AtomicLong checked = new AtomicLong();

	private final List<Throwable> violations = new CopyOnWriteArrayList<>();

	Tally(String name) {
		this.name = name;
	}

	/** Returns a handler that counts, and notices the second call. */
	<V> Once<V> once() {
		this.started.incrementAndGet();
		return new Once<>();
	}

	void checked(long bytes) {
		this.checked.addAndGet(bytes);
	}

	void violated(Throwable violation) {
		this.violations.add(violation);
	}

	/** How many operations are under way. */
	long inFlight() {
		long ended = this.completed.get();
		return this.started.get() - ended;
	}

	/** Whether the time is not over, or nothing has been compared yet. */
	boolean goesOn() {
		return this.violations.isEmpty()
				&& (System.nanoTime() - this.startNanos < DURATION.toNanos() || this.checked.get() == 0);
	}

	/** Has threads do it again and again, each by chances of its own, until the end. */
	void run(int count, Part part) throws Exception {
		long seed = System.nanoTime();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			Round round = part.of(i, new Random(seed + i));
			Thread thread = new Thread(() -> repeat(round), "storm-" + i);
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads) {
			thread.join(DURATION.plusSeconds(60).toMillis());
			assertThat(thread.isAlive()).as("hangs at " + List.of(thread.getStackTrace())).isFalse();
		}
		assertThat(this.violations).as("seed " + seed).isEmpty();
	}

	private void repeat(Round round) {
		try {
			while (goesOn()) {
				round.go();
			}
		}
		catch (Throwable ex) {
			violated(ex);
		}
	}

	/** Everything has completed, and nothing has happened that must not. */
	void check() {
		RecordingHandler.eventually()
			.untilAsserted(() -> assertThat(this.completed.get()).isGreaterThanOrEqualTo(this.started.get()));
		assertThat(this.violations).isEmpty();
		assertThat(this.completed).hasValue(this.started.get());
		assertThat(this.checked).hasPositiveValue();
		LOGGER.log(System.Logger.Level.INFO, this);
	}

	@Override
	public String toString() {
		return this.name + ": " + this.completed + " operations, of which " + this.failed + " were ended, and "
				+ (this.checked.get() >> 20) + " MiB right in " + (System.nanoTime() - this.startNanos) / 1_000_000
				+ " ms";
	}

	/**
	 * What one thread does.
	 */
	@FunctionalInterface
	interface Part {

		Round of(int number, Random random) throws Exception;

	}

	/**
	 * What a thread does again and again.
	 */
	@FunctionalInterface
	interface Round {

		void go() throws Exception;

	}

	/**
	 * Counts its calls.
	 *
	 * @param <V> the type of the result
	 */
	final class Once<V> implements CompletionHandler<V, Object> {

		private final CompletableFuture<V> outcome = new CompletableFuture<>();

		private final AtomicBoolean called = new AtomicBoolean();

		private Once() {
		}

		CompletableFuture<V> outcome() {
			return this.outcome;
		}

		@Override
		public void completed(V result, Object attachment) {
			count();
			this.outcome.complete(result);
		}

		@Override
		public void failed(Throwable exc, Object attachment) {
			Tally.this.failed.incrementAndGet();
			if (exc instanceof Error) {
				violated(exc);
			}
			count();
			this.outcome.completeExceptionally(exc);
		}

		private void count() {
			if (!this.called.compareAndSet(false, true)) {
				violated(new AssertionError("completed twice"));
			}
			Tally.this.completed.incrementAndGet();
		}

	}

}
