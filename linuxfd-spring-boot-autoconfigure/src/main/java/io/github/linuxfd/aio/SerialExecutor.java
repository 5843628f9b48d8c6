package io.github.linuxfd.aio;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one after the other, each on some thread of another executor. Tasks do not
 * throw. Any thread may call; none is lost.
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
		try {
			this.executor.execute(() -> run(MOST_AT_ONCE));
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The executor takes no more tasks", ex);
			run(Integer.MAX_VALUE);
		}
		catch (RuntimeException | Error ex) {
			LOGGER.log(System.Logger.Level.ERROR, "The executor has no thread for a task", ex);
			run(Integer.MAX_VALUE);
		}
	}

	private void run(int most) {
		for (int done = 0; done < most; done++) {
			this.tasks.remove().run();
			if (this.count.decrementAndGet() == 0) {
				return;
			}
		}
		handOver();
	}

}
