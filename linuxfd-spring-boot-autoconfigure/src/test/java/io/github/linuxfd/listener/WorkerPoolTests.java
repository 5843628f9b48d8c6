package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link WorkerPool} under storms: everything is handled once, in order, and the source
 * is resumed whenever it was paused.
 *
 * @author linuxfd
 */
@Timeout(120)
class WorkerPoolTests {

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final List<Integer> handled = new ArrayList<>();

	private final AtomicInteger lost = new AtomicInteger();

	@AfterEach
	void shutDown() {
		this.executor.shutdownNow();
	}

	@RepeatedTest(20)
	void eventsWhenOfferedInAStormAreHandledOnceInOrderAndPausesEnd() throws InterruptedException {
		Semaphore room = new Semaphore(0);
		WorkerPool<Integer> pool = new WorkerPool<>(this.executor, 1, 8, Recording::new, room::release,
				(event) -> this.lost.incrementAndGet());
		int count = 20_000;
		int next = 0;
		while (next < count) {
			if (!pool.hasRoom()) {
				// without the call back this would never end
				room.acquire();
				continue;
			}
			int size = 1 + next % 7;
			Object[] batch = new Object[size];
			for (int i = 0; i < size; i++) {
				batch[i] = next++;
			}
			pool.offer(batch, size, 0);
		}
		assertThat(pool.awaitQuiet(deadline())).isTrue();
		assertThat(this.handled).hasSize(next).isSorted().doesNotHaveDuplicates();
		assertThat(this.lost).hasValue(0);
	}

	@RepeatedTest(20)
	void workersWhenOneBatchComesShareIt() {
		CyclicBarrier together = new CyclicBarrier(4);
		AtomicInteger met = new AtomicInteger();
		WorkerPool<Integer> pool = new WorkerPool<>(this.executor, 4, 100, () -> new Recording() {

			@Override
			public void handle(Integer event, long readNanos) {
				try {
					together.await(10, TimeUnit.SECONDS);
					met.incrementAndGet();
				}
				catch (Exception ex) {
					throw new IllegalStateException("The others did not come", ex);
				}
			}

		}, () -> {
		}, (event) -> this.lost.incrementAndGet());
		pool.offer(new Object[] { 1, 2, 3, 4 }, 4, 0);
		assertThat(pool.awaitQuiet(deadline())).isTrue();
		assertThat(met).hasValue(4);
	}

	@Test
	void roomWhenCapacityIsOneIsThereOnlyWhileNobodyWorks() throws InterruptedException {
		Semaphore entered = new Semaphore(0);
		Semaphore gate = new Semaphore(0);
		Semaphore room = new Semaphore(0);
		WorkerPool<Integer> pool = new WorkerPool<>(this.executor, 1, 1, () -> new Recording() {

			@Override
			public void handle(Integer event, long readNanos) {
				entered.release();
				gate.acquireUninterruptibly();
			}

		}, room::release, (event) -> this.lost.incrementAndGet());
		assertThat(pool.hasRoom()).isTrue();
		pool.offer(new Object[] { 1 }, 1, 0);
		entered.acquire();
		assertThat(pool.hasRoom()).isFalse();
		gate.release();
		room.acquire();
		assertThat(pool.hasRoom()).isTrue();
	}

	@Test
	void eventsWhenGivenUpAreAllCounted() throws InterruptedException {
		Semaphore entered = new Semaphore(0);
		Semaphore gate = new Semaphore(0);
		WorkerPool<Integer> pool = new WorkerPool<>(this.executor, 1, 8, () -> new Recording() {

			@Override
			public void handle(Integer event, long readNanos) {
				super.handle(event, readNanos);
				entered.release();
				gate.acquireUninterruptibly();
			}

		}, () -> {
		}, (event) -> this.lost.incrementAndGet());
		pool.offer(new Object[] { 1, 2, 3, 4 }, 4, 0);
		entered.acquire();
		pool.offer(new Object[] { 5, 6 }, 2, 0);
		assertThat(pool.awaitQuiet(System.nanoTime())).isFalse();
		pool.abandon();
		gate.release();
		assertThat(pool.awaitQuiet(deadline())).isTrue();
		assertThat(this.handled).containsExactly(1);
		assertThat(this.lost).hasValue(5);
	}

	private static long deadline() {
		return System.nanoTime() + Duration.ofSeconds(30).toNanos();
	}

	/** Remembers what it handled. */
	class Recording implements EventHandler<Integer> {

		@Override
		public void begin() {
		}

		@Override
		public void handle(Integer event, long readNanos) {
			WorkerPoolTests.this.handled.add(event);
		}

		@Override
		public void end() {
		}

	}

}
