package io.github.linuxfd.aio;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Accepts again and again: the kernel has a completion for each connection.
 *
 * @author linuxfd
 */
final class MultishotAccept extends Operation<@Nullable Void> {

	private final AioSocket listening;

	private final Consumer<AioSocket> handler;

	private final AioFuture<@Nullable Void> future;

	/** Of the handle, when this was started. */
	private final int cancellations;

	MultishotAccept(AioSocket listening, Consumer<AioSocket> handler, AioFuture<@Nullable Void> future) {
		super(listening, OperationKind.ACCEPT, null, future);
		this.listening = listening;
		this.handler = handler;
		this.future = future;
		this.cancellations = listening.cancellations();
	}

	static SyscallException cancelled(AioHandle handle) {
		return SyscallException.of(OperationKind.ACCEPT.syscall(), -Errno.ECANCELED.number(), handle.toString());
	}

	/** What fails its handler is closed: nobody else would. */
	static void handOver(AioSocket connection, Consumer<AioSocket> handler, AioFuture<?> future) {
		try {
			handler.accept(connection);
		}
		catch (Throwable ex) {
			connection.closeIfOpen();
			future.completeExceptionally(ex);
		}
		Thread.interrupted(); // that was for this handler and not for the next one
	}

	@Override
	void pin(NativeBuffers buffers) {
		// nobody asks for the addresses, and all connections would share one place
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.acceptMultishot(this.number, this.listening.acceptFlags());
	}

	@Override
	long perform(Syscalls syscalls) {
		throw new UnsupportedOperationException("Only io_uring accepts again and again");
	}

	@Override
	boolean takes(int result) {
		if (result < 0) {
			return false;
		}
		AioSocket connection = this.listening.accepted(result);
		if (this.future.isDone() || !this.listening.isOpen()) {
			connection.closeIfOpen(); // it comes too late
		}
		else {
			handOver(connection, this.handler, this.future);
		}
		if (this.future.isDone()) {
			cancel();
		}
		return true;
	}

	/** The kernel has come to an end, with a connection: it had no room for the next. */
	@Override
	boolean goesOn(int result) {
		if (result < 0 || this.future.isDone()) {
			return false;
		}
		if (this.handle.cancellations() != this.cancellations) {
			this.future.completeExceptionally(cancelled(this.handle));
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
		// nothing is pinned
	}

}
