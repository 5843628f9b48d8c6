package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.ShutdownChannelGroupException;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * A started system call that completes once. It holds what the kernel may still read or
 * write, and the borrowed descriptor, until then: also if it was cancelled, and whatever
 * becomes of the future that stands for it.
 *
 * @param <R> the type of the result
 * @author linuxfd
 */
abstract class Operation<R> extends Command implements Cancellable {

	private static final String MISALIGNED = "; with O_DIRECT the alignment of the position, the length and the memory "
			+ "has to be that of the device's blocks";

	final AioHandle handle;

	final OperationKind kind;

	private final @Nullable Object attachment;

	private final CompletionHandler<R, Object> handler;

	/** Is told of the end before the handler, if there is one. */
	@Nullable OperationOwner owner;

	/** Borrowed from the handle. */
	int number = -1;

	/** Zero for none. */
	long timeoutNanos;

	/** By what the engine knows it, growing; zero if it does not. */
	long token;

	/** What io_uring is told of the time limit. */
	@Nullable NativeMemory limit;

	/** Completions still to come: of the operation, and of its time limit. */
	int outstanding;

	/** What the first of two completions has said. */
	long result;

	boolean timedOut;

	/** Why it was not even started. */
	@Nullable Throwable failed;

	long startNanos;

	@SuppressWarnings("unchecked")
	<A> Operation(AioHandle handle, OperationKind kind, @Nullable A attachment,
			CompletionHandler<? super R, ? super A> handler) {
		this.handle = handle;
		this.kind = kind;
		this.attachment = attachment;
		this.handler = (CompletionHandler<R, Object>) handler;
	}

	/**
	 * Borrows the descriptor and starts.
	 * @throws IllegalStateException if the handle or the engine is closed
	 */
	final void start() {
		this.number = this.handle.fd().acquire();
		if (!startBorrowed()) {
			throw new IllegalStateException(this.handle.engine() + " is closed");
		}
	}

	private boolean startBorrowed() {
		if (this.handle.engine().start(this)) {
			return true;
		}
		this.handle.fd().release();
		return false;
	}

	@Override
	public final void run() {
		this.handle.engine().begin(this);
	}

	@Override
	final int entries() {
		return (this.timeoutNanos != 0) ? 2 : 1;
	}

	/** Puts everything that the kernel is to see where it stays until {@link #finish}. */
	abstract void pin(NativeBuffers buffers);

	/** Says to io_uring what to do. On the engine's thread, once it is pinned. */
	abstract void prepare(SubmissionQueueEntry entry);

	/** Takes what the kernel has put into one of the ring's buffers, to be used now. */
	void received(ByteBuffer bytes) {
		throw new IllegalStateException(this + " has asked for no buffer");
	}

	/** Takes a result of many that is not bytes; returns whether this is one. */
	boolean takes(int result) {
		return false;
	}

	/** Whether it is to be given to the kernel again, after its last completion. */
	boolean goesOn(int result) {
		return false;
	}

	/**
	 * Says to Linux AIO what to do, once it is pinned.
	 * @return whether that can do it
	 */
	boolean prepare(IoControlBlock block) {
		return false;
	}

	/**
	 * Does it now, once it is pinned, without waiting if it is for a socket;
	 * {@code -errno} if it fails.
	 */
	abstract long perform(Syscalls syscalls);

	/** What came of it, for the user. */
	abstract R value(long result);

	/**
	 * Frees what only the kernel needed; after a success the bytes are taken out before.
	 */
	abstract void finish(long result, NativeBuffers buffers);

	/**
	 * Ends the operation on the engine's thread. Whatever the user's code does, the
	 * operation is over before it is called.
	 */
	final void complete(long result, NativeBuffers buffers) {
		R value = null;
		Throwable failure = null;
		try {
			finish(result, buffers);
			if (result >= 0) {
				value = value(result);
			}
			else {
				failure = failure(result);
			}
		}
		catch (RuntimeException | Error ex) {
			failure = ex;
		}
		finally {
			this.handle.fd().release();
		}
		deliver(value, failure);
	}

	/**
	 * Ends the operation without a word from the kernel, which may still use what is
	 * pinned: that is never freed.
	 */
	final void abandon(Throwable failure) {
		this.handle.fd().release();
		deliver(null, failure);
	}

	/** In the same cases as {@link #failure}. */
	final AioOutcome outcome(long result) {
		if (result >= 0) {
			return AioOutcome.SUCCESS;
		}
		if (this.failed != null) {
			return (this.failed instanceof AsynchronousCloseException) ? AioOutcome.CANCELLED : AioOutcome.ERROR;
		}
		if (this.timedOut) {
			return AioOutcome.TIMEOUT;
		}
		return (!this.handle.isOpen() || Errno.ECANCELED.is(result)) ? AioOutcome.CANCELLED : AioOutcome.ERROR;
	}

	private Throwable failure(long result) {
		if (this.failed != null) {
			return this.failed;
		}
		if (this.timedOut) {
			return new InterruptedByTimeoutException();
		}
		if (!this.handle.isOpen()) {
			return new AsynchronousCloseException();
		}
		boolean misaligned = Errno.EINVAL.is(result) && this.handle.alignment() > 1;
		return SyscallException.of(this.kind.syscall(), result, misaligned ? detail() + MISALIGNED : detail());
	}

	/** The descriptor is given back before, so that a handler may close it at once. */
	private void deliver(@Nullable R value, @Nullable Throwable failure) {
		this.handle.delivery().deliver(this.handler, this.attachment, value, tellOwner(failure));
	}

	/** Returns what the user is to be told. */
	private @Nullable Throwable tellOwner(@Nullable Throwable failure) {
		OperationOwner present = this.owner;
		if (present == null) {
			return failure;
		}
		boolean lost = this.handler instanceof ChannelFuture<?> future && !future.claim();
		return present.ended(this, failure, lost);
	}

	/**
	 * Starts, if the handle is open; otherwise fails as the channel of an operation that
	 * comes too late. What a future cancels is this from now on.
	 * @throws ShutdownChannelGroupException if the engine is closed, and there is a
	 * handler that nobody could call
	 */
	final void startIfOpen() {
		if (this.handler instanceof ChannelFuture<?> future) {
			future.runs(this);
		}
		IOException refusal;
		try {
			this.number = this.handle.fd().acquire();
			refusal = null;
		}
		catch (IllegalStateException ex) {
			refusal = new ClosedChannelException();
		}
		if (refusal == null) {
			if (startBorrowed()) {
				return;
			}
			refusal = new IOException(new ShutdownChannelGroupException());
		}
		this.handle.delivery()
			.deliverLater(new KnownOutcome<>(this.handler, this.attachment, null, tellOwner(refusal)),
					this.handle.engine());
	}

	@Override
	public final void cancel() {
		this.handle.engine().cancel(this);
	}

	/** The arguments worth naming. */
	String detail() {
		return this.handle.toString();
	}

	@Override
	public String toString() {
		return this.kind.syscall() + "(" + detail() + ")";
	}

}
