package io.github.linuxfd.aio;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * Calls the users' handlers: on the engine's thread, or through an executor.
 *
 * @author linuxfd
 */
final class Delivery {

	private static final System.Logger LOGGER = System.getLogger(Aio.class.getName());

	private final @Nullable Executor executor;

	/** On the engine's thread if there is no executor. */
	Delivery(@Nullable Executor executor) {
		this.executor = executor;
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
