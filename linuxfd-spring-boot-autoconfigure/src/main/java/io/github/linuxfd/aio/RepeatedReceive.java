package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Receives, hands over, and receives again: what a ring does by itself, where there is
 * none, or where the receiver is called by other threads.
 *
 * @author linuxfd
 */
final class RepeatedReceive implements CompletionHandler<Integer, @Nullable Void> {

	private final AioSocket socket;

	private final Consumer<ByteBuffer> receiver;

	private final AioFuture<@Nullable Void> future;

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(UringEngine.BUFFER_BYTES);

	RepeatedReceive(AioSocket socket, Consumer<ByteBuffer> receiver, AioFuture<@Nullable Void> future) {
		this.socket = socket;
		this.receiver = receiver;
		this.future = future;
	}

	void start() {
		ByteOperation next = new ByteOperation(this.socket, OperationKind.RECV, this.buffer.clear(), 0, null, this);
		this.future.startedBy(next);
		if (this.future.isDone()) {
			next.cancel(); // who cancelled it may have seen the one before
		}
	}

	@Override
	public void completed(Integer bytes, @Nullable Void none) {
		if (bytes < 0) {
			this.future.complete(null);
			return;
		}
		try {
			this.receiver.accept(this.buffer.flip());
		}
		catch (RuntimeException | Error ex) {
			this.future.completeExceptionally(ex);
		}
		if (!this.future.isDone()) {
			next();
		}
	}

	private void next() {
		try {
			start();
		}
		catch (IllegalStateException ex) {
			failed(new AsynchronousCloseException(), null);
		}
	}

	@Override
	public void failed(Throwable failure, @Nullable Void none) {
		this.future.completeExceptionally(failure);
	}

}
