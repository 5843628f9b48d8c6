package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

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

	/** Whether handlers are called by the engine's thread. */
	boolean isByEngine() {
		return this.executor == null;
	}

	/** On the engine's thread. */
	<R> void deliver(CompletionHandler<R, Object> handler, @Nullable Object attachment, @Nullable R value,
			@Nullable Throwable failure) {
		if (this.executor == null || handler instanceof ChannelFuture) {
			call(handler, attachment, value, failure);
			return;
		}
		KnownOutcome<R> outcome = new KnownOutcome<>(handler, attachment, value, failure);
		if (!execute(this.executor, outcome)) {
			outcome.run(); // a completion is never lost
		}
	}

	/** An executor without threads throws errors, too, which must not end an engine. */
	private static boolean execute(Executor executor, KnownOutcome<?> outcome) {
		try {
			executor.execute(outcome);
			return true;
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The executor takes no more handlers", ex);
		}
		catch (RuntimeException | Error ex) {
			log(() -> "The executor cannot take a handler", ex);
		}
		return false;
	}

	/**
	 * On any thread: not from within this call, unless a thread waits for a future.
	 * @throws ShutdownChannelGroupException if no thread is left that could call the
	 * handler
	 */
	void deliverLater(KnownOutcome<?> outcome, Engine engine) {
		if (outcome.isAwaited()) {
			outcome.run();
			return;
		}
		if ((this.executor == null || !execute(this.executor, outcome)) && !engine.later(outcome)) {
			throw new ShutdownChannelGroupException();
		}
	}

	/** A log, or a handler's name, that throws does not end an engine. */
	static void log(Supplier<String> what, Throwable failure) {
		try {
			LOGGER.log(System.Logger.Level.ERROR, what, failure);
		}
		catch (Throwable ex) {
			Thread thread = Thread.currentThread();
			thread.getUncaughtExceptionHandler().uncaughtException(thread, ex);
		}
	}

	/** What a handler throws must not end the thread, which may be an engine's. */
	@SuppressWarnings("NullAway") // an operation without a result has the value null
	static <R> void call(CompletionHandler<R, Object> handler, @Nullable Object attachment, @Nullable R value,
			@Nullable Throwable failure) {
		try {
			if (failure == null) {
				handler.completed(value, attachment);
			}
			else {
				handler.failed(failure, attachment);
			}
		}
		catch (Throwable ex) {
			log(() -> "The completion handler " + handler + " has failed", ex);
		}
		Thread.interrupted(); // that was for this handler and not for the next one
	}

}
