package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Remembers how often, by whom and with what a completion handler has been called.
 *
 * @param <V> the type of the result
 * @author linuxfd
 */
final class RecordingHandler<V> implements CompletionHandler<V, @Nullable Object> {

	/** How long an operation may take that has nothing to wait for. */
	static final Duration LIMIT = Duration.ofSeconds(60);

	private final CompletableFuture<V> outcome = new CompletableFuture<>();

	private final AtomicInteger invocations = new AtomicInteger();

	private volatile @Nullable Thread thread;

	private volatile @Nullable Object attachment;

	@Override
	public void completed(V result, @Nullable Object attachment) {
		record(attachment);
		this.outcome.complete(result);
	}

	@Override
	public void failed(Throwable exc, @Nullable Object attachment) {
		record(attachment);
		this.outcome.completeExceptionally(exc);
	}

	private void record(@Nullable Object attachment) {
		this.thread = Thread.currentThread();
		this.attachment = attachment;
		this.invocations.incrementAndGet();
	}

	/**
	 * Wait for success.
	 * @return the result
	 */
	V await() {
		return await(this.outcome);
	}

	/**
	 * Wait for failure.
	 * @return what the handler has been given
	 */
	Throwable awaitFailure() {
		return awaitFailure(this.outcome);
	}

	int invocations() {
		return this.invocations.get();
	}

	@Nullable Thread thread() {
		return this.thread;
	}

	@Nullable Object attachment() {
		return this.attachment;
	}

	/**
	 * Wait for a condition that has nothing to wait for either.
	 * @return what waits
	 */
	static ConditionFactory eventually() {
		return Awaitility.await().atMost(LIMIT).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
	}

	/**
	 * Wait for the success of an operation that has returned a future.
	 * @param <V> the type of the result
	 * @param future the future
	 * @return the result
	 */
	static <V> V await(Future<V> future) {
		try {
			return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw new CompletionException(ex.getCause());
		}
		catch (TimeoutException ex) {
			throw new AssertionError("The operation does not complete", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError(ex);
		}
	}

	/**
	 * Wait for the failure of an operation that has returned a future.
	 * @param future the future
	 * @return the cause
	 */
	static Throwable awaitFailure(Future<?> future) {
		Object result;
		try {
			result = await(future);
		}
		catch (CompletionException ex) {
			return ex.getCause();
		}
		throw new AssertionError("The operation has not failed but returned " + result);
	}

}
