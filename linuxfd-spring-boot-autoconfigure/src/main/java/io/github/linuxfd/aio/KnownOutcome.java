package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;

import org.jspecify.annotations.Nullable;

/**
 * What a handler is still to be told: what is known without asking the kernel, or is
 * handed to an executor. The handler is called later and not from within the call that
 * has it for a result, so that handlers which start the next operation never overflow the
 * stack.
 *
 * @param <R> the type of the result
 * @author linuxfd
 */
final class KnownOutcome<R> extends Command {

	private final CompletionHandler<R, Object> handler;

	private final @Nullable Object attachment;

	private final @Nullable R value;

	private final @Nullable Throwable failure;

	private boolean told;

	@SuppressWarnings("unchecked")
	<A> KnownOutcome(CompletionHandler<R, ? super A> handler, @Nullable A attachment, @Nullable R value,
			@Nullable Throwable failure) {
		this.handler = (CompletionHandler<R, Object>) handler;
		this.attachment = attachment;
		this.value = value;
		this.failure = failure;
	}

	/** Whether a thread waits for it and no handler is to be called. */
	boolean isAwaited() {
		return this.handler instanceof ChannelFuture;
	}

	/** The second call does nothing: an executor may have taken what it then refuses. */
	@Override
	public void run() {
		synchronized (this) {
			if (this.told) {
				return;
			}
			this.told = true;
		}
		Delivery.call(this.handler, this.attachment, this.value, this.failure);
	}

}
