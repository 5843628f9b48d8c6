package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link DispatchThreads}.
 *
 * @author linuxfd
 */
@Timeout(120)
class DispatchThreadsTests {

	private final DispatchThreads threads = new DispatchThreads("dispatch-test-", Duration.ofMinutes(1));

	@AfterEach
	void close() {
		this.threads.close();
	}

	@RepeatedTest(3)
	void tasksInAStormFromManyThreadsAllRunOnce() throws InterruptedException {
		storm(this.threads);
	}

	/** Each call races with the end of the thread that it calls. */
	@RepeatedTest(3)
	void tasksWhenThreadsEndAsSoonAsTheyRestAllRunOnce() throws InterruptedException {
		try (DispatchThreads shortLived = new DispatchThreads("short-", Duration.ofNanos(1000))) {
			storm(shortLived);
		}
	}

	private static void storm(DispatchThreads threads) throws InterruptedException {
		int perProducer = 5_000;
		AtomicInteger[] runs = new AtomicInteger[4];
		List<Thread> producers = new ArrayList<>();
		for (int i = 0; i < runs.length; i++) {
			AtomicInteger own = new AtomicInteger();
			runs[i] = own;
			Thread producer = new Thread(() -> {
				for (int n = 1; n <= perProducer; n++) {
					threads.execute(own::incrementAndGet);
					// one at a time, so that threads rest and are called again and again
					while (own.get() < n) {
						Thread.yield(); // the processor that the thread needs
					}
				}
			});
			producer.setDaemon(true);
			producers.add(producer);
		}
		producers.forEach(Thread::start);
		for (Thread producer : producers) {
			producer.join();
		}
		assertThat(runs).extracting(AtomicInteger::get).containsOnly(perProducer);
	}

	@Test
	void tasksOneAfterTheOtherRunOnTheSameThread() {
		Set<Thread> used = ConcurrentHashMap.newKeySet();
		for (int i = 0; i < 100; i++) {
			AtomicReference<Thread> thread = new AtomicReference<>();
			this.threads.execute(() -> thread.set(Thread.currentThread()));
			await().until(() -> thread.get() != null && thread.get().getState() == Thread.State.TIMED_WAITING);
			used.add(thread.get());
		}
		assertThat(used).singleElement().satisfies((thread) -> {
			assertThat(thread.getName()).isEqualTo("dispatch-test-1");
			assertThat(thread.isDaemon()).isTrue();
		});
	}

	@Test
	void tasksAtTheSameTimeHaveThreadsOfTheirOwn() throws InterruptedException {
		CountDownLatch together = new CountDownLatch(5);
		for (int i = 0; i < 5; i++) {
			this.threads.execute(() -> {
				together.countDown();
				awaitUninterruptibly(together);
			});
		}
		together.await();
	}

	@Test
	void threadWhenItsTaskFailsOrIsInterruptedTakesTheNext() {
		Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
		AtomicReference<Thread> first = new AtomicReference<>();
		this.threads.execute(() -> {
			first.set(Thread.currentThread());
			Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
			Thread.currentThread().interrupt();
			throw new IllegalStateException("on purpose");
		});
		await().until(() -> first.get() != null && first.get().getState() == Thread.State.TIMED_WAITING);
		assertThat(failures).singleElement().satisfies((failure) -> assertThat(failure).hasMessage("on purpose"));
		AtomicReference<Thread> second = new AtomicReference<>();
		AtomicReference<Boolean> interrupted = new AtomicReference<>();
		this.threads.execute(() -> {
			interrupted.set(Thread.currentThread().isInterrupted());
			second.set(Thread.currentThread());
		});
		await().until(() -> second.get() != null);
		assertThat(second.get()).isSameAs(first.get());
		assertThat(interrupted).hasValue(false);
	}

	@Test
	void taskNeverFindsTheInterruptOfTheOneBefore() throws InterruptedException {
		AtomicInteger interrupted = new AtomicInteger();
		for (int i = 0; i < 5_000; i++) {
			CountDownLatch handedOver = new CountDownLatch(1);
			CountDownLatch done = new CountDownLatch(1);
			this.threads.execute(() -> {
				handedOver.countDown();
				Thread.currentThread().interrupt();
			});
			handedOver.await();
			this.threads.execute(() -> {
				interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
				done.countDown();
			});
			done.await();
		}
		assertThat(interrupted).hasValue(0);
	}

	@Test
	void threadsWhenClosedEndAtOnceOrAfterTheirTask() {
		CountDownLatch gate = new CountDownLatch(1);
		Queue<Thread> used = new ConcurrentLinkedQueue<>();
		this.threads.execute(() -> {
			used.add(Thread.currentThread());
			awaitUninterruptibly(gate);
		});
		this.threads.execute(() -> used.add(Thread.currentThread()));
		await().until(() -> used.size() == 2
				&& used.stream().anyMatch((thread) -> thread.getState() == Thread.State.TIMED_WAITING));
		this.threads.close();
		await().until(() -> used.stream().filter(Thread::isAlive).count() == 1);
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> this.threads.execute(() -> {
		}));
		gate.countDown();
		await().until(() -> used.stream().noneMatch(Thread::isAlive));
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
