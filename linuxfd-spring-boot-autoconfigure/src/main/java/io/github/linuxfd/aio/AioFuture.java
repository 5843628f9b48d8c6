package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * What an operation completes. Cancelling it cancels the operation; the buffer belongs to
 * the kernel until that has been confirmed, and is not to be used again before
 * {@link AioHandle#close()}.
 *
 * @param <R> the type of the result
 * @author linuxfd
 */
final class AioFuture<R> extends CompletableFuture<R> implements CompletionHandler<R, @Nullable Object> {

	private volatile @Nullable Operation<?> operation;

	/** Returns itself, for what is started with it as the handler. */
	AioFuture<R> startedBy(Operation<?> started) {
		this.operation = started;
		started.start();
		return this;
	}

	@Override
	public void completed(R result, @Nullable Object attachment) {
		if (!complete(result) && result instanceof AioSocket accepted) {
			accepted.close(); // nobody waits for it any more
		}
	}

	@Override
	public void failed(Throwable failure, @Nullable Object attachment) {
		completeExceptionally(failure);
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		if (cancelled) {
			cancelOperation();
		}
		return cancelled;
	}

	/** Has the operation end soon, whatever has become of this. */
	void cancelOperation() {
		Operation<?> running = this.operation;
		if (running != null) {
			running.cancel();
		}
	}

	/** The futures made of this one are not operations. */
	@Override
	public <U> CompletableFuture<U> newIncompleteFuture() {
		return new CompletableFuture<>();
	}

}
