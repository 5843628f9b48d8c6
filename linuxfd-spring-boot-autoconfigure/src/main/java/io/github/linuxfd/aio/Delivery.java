package io.github.linuxfd.aio;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * Calls the users' handlers: on the engine's thread, or through an executor, which may
 * have several threads and still call those of one handle one after the other.
 *
 * @author linuxfd
 */
final class Delivery {

	private static final System.Logger LOGGER = System.getLogger(Aio.class.getName());

	private final @Nullable Executor executor;

	private final boolean ordered;

	/** On the engine's thread if there is no executor. */
	Delivery(@Nullable Executor executor) {
		this(executor, false);
	}

	private Delivery(@Nullable Executor executor, boolean ordered) {
		this.executor = executor;
		this.ordered = ordered;
	}

	/** Those of one handle in the order in which they have completed. */
	static Delivery inOrder(Executor executor) {
		return new Delivery(executor, true);
	}

	/** Returns what is to be used for one handle. */
	Delivery ofHandle() {
		return (this.ordered && this.executor != null) ? new Delivery(new SerialExecutor(this.executor)) : this;
	}

	<R> void deliver(Operation<R> operation, @Nullable R value, @Nullable Throwable failure) {
		if (this.executor == null) {
			call(operation, value, failure);
			return;
		}
		try {
			this.executor.execute(() -> call(operation, value, failure));
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The executor takes no more handlers", ex);
			call(operation, value, failure); // a completion is never lost
		}
	}

	private static <R> void call(Operation<R> operation, @Nullable R value, @Nullable Throwable failure) {
		try {
			operation.deliver(value, failure);
		}
		catch (Throwable ex) {
			LOGGER.log(System.Logger.Level.ERROR, () -> "The handler of " + operation + " has failed", ex);
		}
	}

}
