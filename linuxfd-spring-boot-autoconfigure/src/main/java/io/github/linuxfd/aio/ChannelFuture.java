package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

/**
 * The {@link java.util.concurrent.Future} of an operation of a channel. Either the result
 * or {@link #cancel} decides, and who comes second knows it, so that bytes which nobody
 * has got cannot be overlooked.
 *
 * @param <R> the type of the result
 * @author linuxfd
 */
final class ChannelFuture<R> extends CompletableFuture<R> implements CompletionHandler<R, @Nullable Object> {

	private static final System.Logger LOGGER = System.getLogger(ChannelFuture.class.getName());

	private final AsynchronousChannel channel;

	private final AtomicBoolean claimed = new AtomicBoolean();

	private volatile @Nullable Cancellable running;

	ChannelFuture(AsynchronousChannel channel) {
		this.channel = channel;
	}

	/** Says what {@link #cancel} ends, before the user has this. */
	void runs(Cancellable started) {
		this.running = started;
	}

	/** Whether the caller is the one that decides. */
	boolean claim() {
		return this.claimed.compareAndSet(false, true);
	}

	@Override
	public void completed(R result, @Nullable Object attachment) {
		if (!complete(result) && result instanceof AsynchronousChannel accepted) {
			close(accepted); // nobody waits for it any more
		}
	}

	@Override
	public void failed(Throwable failure, @Nullable Object attachment) {
		completeExceptionally(failure);
	}

	/** By force, which closes the channel, or not, which leaves it as it was. */
	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		if (!claim()) {
			while (!isDone()) {
				Thread.yield(); // who was first is about to complete it
			}
			return false;
		}
		if (!completeExceptionally(new CancellationException())) {
			return false;
		}
		Cancellable started = this.running;
		if (mayInterruptIfRunning) {
			close(this.channel);
		}
		else if (started != null) {
			started.cancel();
		}
		return true;
	}

	private static void close(AsynchronousChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, () -> channel + " was not closed properly", ex);
		}
	}

	@Override
	public <U> CompletableFuture<U> newIncompleteFuture() {
		return new CompletableFuture<>();
	}

}
