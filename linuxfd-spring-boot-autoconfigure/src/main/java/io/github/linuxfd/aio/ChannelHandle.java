package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;

/**
 * The file or socket of a channel: closed once, refused afterwards in the JDK's words,
 * and counted by its group.
 *
 * @param <H> the type of the file or socket
 * @author linuxfd
 */
class ChannelHandle<H extends AioHandle> {

	final H handle;

	private final @Nullable AioChannelGroup group;

	private final AtomicBoolean closed = new AtomicBoolean();

	/** Of no group. */
	ChannelHandle(H handle) {
		this.handle = handle;
		this.group = null;
	}

	/**
	 * Of a group, which it leaves when the descriptor is closed and the last handler has
	 * been delivered.
	 * @throws ShutdownChannelGroupException if the group takes no more, and the handle is
	 * closed
	 */
	ChannelHandle(H handle, AioChannelGroup group) {
		this.handle = handle;
		this.group = group;
		boolean joined = false;
		try {
			group.join(this);
			joined = true;
		}
		finally {
			if (!joined) {
				handle.close();
			}
		}
		handle.onClose(() -> {
			Command leave = new Command() {
				@Override
				public void run() {
					group.leave(ChannelHandle.this);
				}
			};
			if (!handle.engine().later(leave)) {
				leave.run();
			}
		});
	}

	final boolean isOpen() {
		return !this.closed.get();
	}

	/** Whether this was the call that has closed it. */
	final boolean close() {
		boolean first = this.closed.compareAndSet(false, true);
		if (first) {
			this.handle.close();
		}
		return first;
	}

	final void checkOpen() throws ClosedChannelException {
		if (!isOpen()) {
			throw new ClosedChannelException();
		}
	}

	/** Makes a call that needs no operation. */
	final <T> T call(Supplier<T> call) throws IOException {
		checkOpen();
		try {
			return call.get();
		}
		catch (SyscallException ex) {
			throw IoFailures.of(ex);
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
		catch (IllegalStateException ex) {
			checkOpen(); // meanwhile
			throw ex;
		}
	}

	/** Makes a call that needs no operation. */
	final void run(Runnable call) throws IOException {
		call(() -> {
			call.run();
			return this;
		});
	}

	static void checkTarget(ByteBuffer target) {
		if (target.isReadOnly()) {
			throw new IllegalArgumentException("Read-only buffer");
		}
	}

	static void checkHandler(@Nullable CompletionHandler<?, ?> handler) {
		Objects.requireNonNull(handler, "'handler' is null");
	}

	/** Zero for none, as an operation has it. */
	static long nanos(long timeout, TimeUnit unit) {
		return (timeout > 0) ? unit.toNanos(timeout) : 0;
	}

	/**
	 * Has an outcome told that needs no operation.
	 * @throws ShutdownChannelGroupException if no thread is left that could call the
	 * handler
	 */
	final <R, A> void tell(CompletionHandler<R, ? super A> handler, @Nullable A attachment, @Nullable R value,
			@Nullable Throwable failure) {
		KnownOutcome<R> outcome = new KnownOutcome<>(handler, attachment, value, failure);
		if (this.group != null && this.group.isTerminated() && !outcome.isAwaited()) {
			throw new ShutdownChannelGroupException();
		}
		this.handle.delivery().deliverLater(outcome, this.handle.engine());
	}

}
