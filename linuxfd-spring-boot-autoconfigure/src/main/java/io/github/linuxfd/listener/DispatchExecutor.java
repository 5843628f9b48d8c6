package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Runs the handlers. Not an {@link Executor} bean itself, so that Boot's own executor
 * stays the application's.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class DispatchExecutor implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(DispatchExecutor.class);

	private static final String THREAD_NAME_PREFIX = "linuxfd-dispatch-";

	private static final Duration IDLE_TIME = Duration.ofMinutes(1);

	private final Executor executor;

	private final Runnable close;

	private DispatchExecutor(Executor executor, Runnable close) {
		this.executor = (task) -> execute(executor, task);
		this.close = close;
	}

	/*
	 * Neither can the loop wait for an executor that is full, nor may events be lost.
	 */
	private static void execute(Executor executor, Runnable task) {
		try {
			executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			logger.warn("The executor of handlers takes no more work; a handler gets a thread of its own", ex);
			Thread thread = new Thread(task, THREAD_NAME_PREFIX + "rejected");
			thread.setDaemon(true);
			thread.start();
		}
	}

	/**
	 * Run handlers on platform threads, as many as there are handlers at work; idle ones
	 * end after a minute.
	 * @return the executor, to be closed by the caller
	 */
	public static DispatchExecutor ofPlatformThreads() {
		DispatchThreads threads = new DispatchThreads(THREAD_NAME_PREFIX, IDLE_TIME);
		return new DispatchExecutor(threads, threads::close);
	}

	/**
	 * Run each batch on a virtual thread. JDK 21.
	 * @return the executor
	 */
	public static DispatchExecutor ofVirtualThreads() {
		return of(new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX));
	}

	/**
	 * Run handlers on somebody else's executor. What it rejects runs on a thread of its
	 * own.
	 * @param executor the executor
	 * @return the executor
	 */
	public static DispatchExecutor of(Executor executor) {
		return new DispatchExecutor(executor, () -> {
		});
	}

	/**
	 * Return what runs the handlers.
	 * @return the executor
	 */
	public Executor executor() {
		return this.executor;
	}

	@Override
	public void close() {
		this.close.run();
	}

}
