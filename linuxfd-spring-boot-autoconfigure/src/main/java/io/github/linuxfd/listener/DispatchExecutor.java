package io.github.linuxfd.listener;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.util.CustomizableThreadCreator;

/**
 * Runs the handlers. Not an {@link Executor} bean itself, so that Boot's own executor
 * stays the application's.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class DispatchExecutor implements AutoCloseable {

	private static final String THREAD_NAME_PREFIX = "linuxfd-dispatch-";

	private final Executor executor;

	private final Runnable close;

	private DispatchExecutor(Executor executor, Runnable close) {
		this.executor = executor;
		this.close = close;
	}

	/**
	 * Run handlers on platform threads, as many as there are handlers at work; idle ones
	 * end after a minute.
	 * @return the executor, to be closed by the caller
	 */
	public static DispatchExecutor ofPlatformThreads() {
		CustomizableThreadCreator threads = new CustomizableThreadCreator(THREAD_NAME_PREFIX);
		threads.setDaemon(true);
		ExecutorService executor = Executors.newCachedThreadPool(threads::createThread);
		return new DispatchExecutor(executor, executor::shutdown);
	}

	/**
	 * Run each batch on a virtual thread. JDK 21.
	 * @return the executor
	 */
	public static DispatchExecutor ofVirtualThreads() {
		return of(new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX));
	}

	/**
	 * Run handlers on somebody else's executor.
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
