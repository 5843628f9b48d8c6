package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Receives again and again, into buffers that the kernel takes from the ring's when
 * something has come.
 *
 * @author linuxfd
 */
final class MultishotReceive extends Operation<@Nullable Void> {

	private final Consumer<ByteBuffer> receiver;

	private final AioFuture<@Nullable Void> future;

	/** Of the handle, when this was started. */
	private final int cancellations;

	private boolean refused;

	MultishotReceive(AioSocket socket, Consumer<ByteBuffer> receiver, AioFuture<@Nullable Void> future) {
		super(socket, OperationKind.RECV, null, future);
		this.receiver = receiver;
		this.future = future;
		this.cancellations = socket.cancellations();
	}

	@Override
	void pin(NativeBuffers buffers) {
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.recvMultishot(this.number, UringEngine.BUFFERS);
	}

	@Override
	long perform(Syscalls syscalls) {
		throw new UnsupportedOperationException("Only io_uring receives again and again");
	}

	/** A receiver that has failed gets nothing more. */
	@Override
	void received(ByteBuffer bytes) {
		if (this.refused) {
			return;
		}
		try {
			this.receiver.accept(bytes);
		}
		catch (Throwable ex) {
			this.refused = true;
			this.future.completeExceptionally(ex);
		}
		Thread.interrupted(); // that was for this receiver and not for the next one
		if (this.future.isDone()) {
			cancel();
		}
	}

	/** The kernel has come to an end, and the connection has not. */
	@Override
	boolean goesOn(int result) {
		if (result <= 0 && !Errno.ENOBUFS.is(result) || this.future.isDone()) {
			return false;
		}
		if (this.handle.cancellations() != this.cancellations) {
			this.future.completeExceptionally(RepeatedReceive.cancelled(this.handle));
			return false;
		}
		return true;
	}

	@Override
	@SuppressWarnings("NullAway") // the only value of Void
	@Nullable Void value(long result) {
		return null;
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
	}

}
