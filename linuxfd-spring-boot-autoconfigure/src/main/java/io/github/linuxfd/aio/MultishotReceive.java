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

	MultishotReceive(AioSocket socket, Consumer<ByteBuffer> receiver, AioFuture<@Nullable Void> future) {
		super(socket, OperationKind.RECV, null, future);
		this.receiver = receiver;
		this.future = future;
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
		if (this.failed != null) {
			return;
		}
		try {
			this.receiver.accept(bytes);
		}
		catch (RuntimeException | Error ex) {
			this.failed = ex;
			cancel();
		}
	}

	/** The kernel has come to an end, and the connection has not. */
	@Override
	boolean goesOn(int result) {
		return (result > 0 || Errno.ENOBUFS.is(result)) && this.failed == null && !this.future.isDone();
	}

	@Override
	@SuppressWarnings("NullAway") // the only value of Void
	@Nullable Void value(long result) {
		if (this.failed instanceof Error error) {
			throw error;
		}
		if (this.failed instanceof RuntimeException exception) {
			throw exception;
		}
		return null;
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
	}

}
