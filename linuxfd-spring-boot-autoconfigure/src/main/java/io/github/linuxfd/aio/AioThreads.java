package io.github.linuxfd.aio;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bounded number of daemon threads, which end when there was nothing to do for a time.
 *
 * @author linuxfd
 */
final class AioThreads implements Executor, AutoCloseable {

	private static final System.Logger LOGGER = System.getLogger(Aio.class.getName());

	private static final long IDLE_SECONDS = 30;

	private static final long STOP_SECONDS = 30;

	private final String name;

	private final ThreadPoolExecutor pool;

	private final AtomicInteger made = new AtomicInteger();

	AioThreads(String name, int most) {
		this.name = name;
		this.pool = new ThreadPoolExecutor(most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				(task) -> new Member(task, name + "-" + this.made.incrementAndGet()));
		this.pool.allowCoreThreadTimeOut(true);
	}

	@Override
	public void execute(Runnable task) {
		this.pool.execute(task);
	}

	/** Does what was given, and ends the threads; one of them does not wait for it. */
	@Override
	public void close() {
		this.pool.shutdown();
		if (Thread.currentThread() instanceof Member member && member.isOf(this)) {
			return;
		}
		try {
			if (!this.pool.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
				LOGGER.log(System.Logger.Level.ERROR, () -> "The threads " + this.name + " do not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private final class Member extends Thread {

		Member(Runnable task, String name) {
			super(task, name);
			setDaemon(true);
		}

		boolean isOf(AioThreads threads) {
			return AioThreads.this == threads;
		}

	}

}
