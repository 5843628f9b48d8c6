package io.github.linuxfd.aio;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one after the other, each on some thread of another executor. Any thread may
 * call; no task is lost, whatever the executor and other tasks throw.
 *
 * @author linuxfd
 */
final class SerialExecutor implements Executor {

	private static final System.Logger LOGGER = System.getLogger(Aio.class.getName());

	/** Then others have their turn. */
	private static final int MOST_AT_ONCE = 16;

	private final Executor executor;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	/** Of the tasks that are queued or running. */
	private final AtomicInteger count = new AtomicInteger();

	SerialExecutor(Executor executor) {
		this.executor = executor;
	}

	@Override
	public void execute(Runnable task) {
		this.tasks.add(task);
		if (this.count.getAndIncrement() == 0) {
			handOver();
		}
	}

	private void handOver() {
		Turn turn = new Turn();
		try {
			this.executor.execute(turn);
		}
		catch (RejectedExecutionException ex) {
			turn.run();
			LOGGER.log(System.Logger.Level.DEBUG, "The executor takes no more tasks", ex);
		}
		catch (RuntimeException | Error ex) {
			Delivery.log(() -> "The executor has no thread for a task", ex);
			turn.run();
		}
		finally {
			turn.giver = null;
		}
	}

	private void run(int most) {
		boolean more = true;
		for (int done = 0; more && done < most; done++) {
			try {
				this.tasks.remove().run();
			}
			catch (RuntimeException | Error ex) {
				Delivery.log(() -> "A task has failed", ex);
			}
			finally {
				more = this.count.decrementAndGet() > 0;
			}
		}
		if (more) {
			handOver();
		}
	}

	/**
	 * To run the next tasks, once: an executor may have taken what it then refuses.
	 */
	private final class Turn implements Runnable {

		/** Who gives it, as long as it does. */
		private @Nullable Thread giver = Thread.currentThread();

		private boolean taken;

		/** Who is given it at once has it until there is nothing more to do. */
		@Override
		public void run() {
			synchronized (this) {
				if (this.taken) {
					return;
				}
				this.taken = true;
			}
			SerialExecutor.this.run((Thread.currentThread() == this.giver) ? Integer.MAX_VALUE : MOST_AT_ONCE);
		}

	}

}
