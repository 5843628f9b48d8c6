package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;

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

	/** Of the handle, when this was started. */
	private final int cancellations;

	/** Of the heap: the operation has native memory for it. */
	private final ByteBuffer buffer = ByteBuffer.allocate(UringEngine.BUFFER_BYTES);

	RepeatedReceive(AioSocket socket, Consumer<ByteBuffer> receiver, AioFuture<@Nullable Void> future) {
		this.socket = socket;
		this.receiver = receiver;
		this.future = future;
		this.cancellations = socket.cancellations();
	}

	static SyscallException cancelled(AioHandle handle) {
		return SyscallException.of(OperationKind.RECV.syscall(), -Errno.ECANCELED.number(), handle.toString());
	}

	void start() {
		ByteOperation next = new ByteOperation(this.socket, OperationKind.RECV, this.buffer.clear(), 0, null, this);
		this.future.startedBy(next);
		if (isOver()) {
			next.cancel(); // who cancelled it may have seen the one before
		}
	}

	private boolean isOver() {
		return this.future.isDone() || this.socket.cancellations() != this.cancellations;
	}

	@Override
	public void completed(Integer bytes, @Nullable Void none) {
		if (bytes < 0) {
			this.future.complete(null);
			return;
		}
		try {
			this.receiver.accept(this.buffer.flip().slice());
		}
		catch (Throwable ex) {
			this.future.completeExceptionally(ex);
		}
		if (isOver()) {
			this.future.completeExceptionally(cancelled(this.socket));
		}
		else {
			next();
		}
	}

	private void next() {
		try {
			start();
		}
		catch (RuntimeException | Error ex) {
			this.future.completeExceptionally(this.socket.isOpen() ? ex : new AsynchronousCloseException());
		}
	}

	@Override
	public void failed(Throwable failure, @Nullable Void none) {
		this.future.completeExceptionally(failure);
	}

}
