package io.github.linuxfd.aio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link SerialExecutor}.
 *
 * @author linuxfd
 */
@Timeout(240)
class SerialExecutorTests {

	/** More than one turn. */
	private static final int TASKS = 50;

	private final List<Integer> done = new ArrayList<>();

	private static List<Integer> numbers(int count) {
		return IntStream.range(0, count).boxed().toList();
	}

	private void give(SerialExecutor serial, int from, int count) {
		for (int i = from; i < from + count; i++) {
			int number = i;
			serial.execute(() -> this.done.add(number));
		}
	}

	/** So that they wait for each other. */
	private void giveAtOnce(SerialExecutor serial) {
		serial.execute(() -> give(serial, 0, TASKS));
	}

	/**
	 * When an executor throws.
	 */
	enum Throwing {

		AT_ONCE, ONCE_TAKEN, ONCE_RUN

	}

	@ParameterizedTest
	@EnumSource
	void executeWhenExecutorThrowsRunsEachTaskOnceInOrder(Throwing throwing) {
		for (Throwable thrown : List.of(new RejectedExecutionException(), new IllegalStateException(),
				new OutOfMemoryError("no thread"))) {
			this.done.clear();
			Refusing executor = new Refusing(throwing, thrown);
			SerialExecutor serial = new SerialExecutor(executor);
			giveAtOnce(serial);
			executor.runTaken();
			give(serial, TASKS, TASKS);
			executor.runTaken();
			assertThat(this.done).isEqualTo(numbers(2 * TASKS));
		}
	}

	@Test
	void executeWhenExecutorEndsMeanwhileRunsTheRestInOrder() throws Exception {
		ExecutorService pool = Executors.newSingleThreadExecutor();
		SerialExecutor serial = new SerialExecutor(pool);
		CompletableFuture<Void> begin = new CompletableFuture<>();
		serial.execute(begin::join);
		give(serial, 0, TASKS);
		pool.shutdown();
		begin.complete(null);
		assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.done).isEqualTo(numbers(TASKS));
		give(serial, TASKS, 1);
		assertThat(this.done).hasSize(TASKS + 1);
	}

	@Test
	void taskWhenAnotherHasThrownIsRun() {
		Refusing executor = new Refusing(Throwing.AT_ONCE, null);
		SerialExecutor serial = new SerialExecutor(executor);
		for (int i = 0; i < TASKS; i++) {
			int number = i;
			serial.execute(() -> {
				this.done.add(number);
				if (number % 2 == 0) {
					throw new OutOfMemoryError("thrown by a task");
				}
				throw new IllegalStateException("thrown by a task");
			});
		}
		executor.runTaken();
		assertThat(this.done).isEqualTo(numbers(TASKS));
		give(serial, TASKS, 1);
		executor.runTaken();
		assertThat(this.done).hasSize(TASKS + 1);
	}

	@Test
	void tasksTakeTurnsWithOthers() {
		Refusing executor = new Refusing(Throwing.AT_ONCE, null);
		SerialExecutor serial = new SerialExecutor(executor);
		give(serial, 0, TASKS);
		executor.runOne();
		assertThat(this.done).hasSizeLessThan(TASKS);
		executor.runTaken();
		assertThat(this.done).isEqualTo(numbers(TASKS));
	}

	@Test
	void tasksWhenExecutorRunsThemAtOnceNeverOverflowTheStack() {
		AtomicInteger left = new AtomicInteger(1_000_000);
		AtomicInteger ran = new AtomicInteger();
		SerialExecutor serial = new SerialExecutor((task) -> {
			assertThat(Thread.currentThread().getStackTrace()).hasSizeLessThan(500);
			task.run();
		});
		serial.execute(() -> {
			while (left.getAndDecrement() > 0) {
				serial.execute(() -> ran.incrementAndGet());
			}
		});
		assertThat(ran).hasValue(1_000_000);
		give(serial, 0, 1);
		assertThat(this.done).hasSize(1);
	}

	/**
	 * An executor that keeps what it takes, and may throw.
	 */
	private static final class Refusing implements Executor {

		private final Throwing when;

		private final Throwable thrown;

		private final Queue<Runnable> taken = new ArrayDeque<>();

		Refusing(Throwing when, Throwable thrown) {
			this.when = when;
			this.thrown = thrown;
		}

		@Override
		public void execute(Runnable task) {
			if (this.thrown == null || this.when == Throwing.ONCE_TAKEN) {
				this.taken.add(task);
			}
			else if (this.when == Throwing.ONCE_RUN) {
				task.run();
			}
			if (this.thrown instanceof Error error) {
				throw error;
			}
			if (this.thrown != null) {
				throw (RuntimeException) this.thrown;
			}
		}

		boolean runOne() {
			Runnable task = this.taken.poll();
			if (task != null) {
				task.run();
			}
			return task != null;
		}

		void runTaken() {
			while (runOne()) {
				// more may be given
			}
		}

	}

}
