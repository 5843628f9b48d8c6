package io.github.linuxfd.aio;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.fd.Pollable;

/**
 * A file or socket whose operations complete asynchronously, through an {@link Aio}. Any
 * thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public abstract sealed class AioHandle implements Pollable, AutoCloseable permits AioFile, AioSocket {

	private static final System.Logger LOGGER = System.getLogger(AioHandle.class.getName());

	private final OwnedFd fd;

	private final Engine engine;

	private final Delivery delivery;

	private final Delivery ofAllHandles;

	/** Of the engine that waits for readiness, and of its thread only. */
	@Nullable SocketReadiness readiness;

	private final AtomicInteger cancellations = new AtomicInteger();

	private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

	/** Earlier than the descriptor's own, which a loop has to give up first. */
	private volatile boolean closing;

	AioHandle(OwnedFd fd, Engine engine, Delivery delivery) {
		this.fd = fd;
		this.engine = engine;
		this.delivery = delivery.ofHandle();
		this.ofAllHandles = delivery;
		fd.afterClose(() -> this.closed.complete(null));
	}

	/**
	 * Return the descriptor.
	 * @return the owner of the number
	 */
	@Override
	public final OwnedFd fd() {
		return this.fd;
	}

	final Engine engine() {
		return this.engine;
	}

	final Delivery delivery() {
		return this.delivery;
	}

	/** For another handle. */
	final Delivery sharedDelivery() {
		return this.ofAllHandles;
	}

	/**
	 * Whether {@link #close()} has not been called yet.
	 * @return {@code true} as long as operations are accepted
	 */
	public final boolean isOpen() {
		return !this.closing && this.fd.isOpen();
	}

	/**
	 * Return what completes when the descriptor is really closed.
	 */
	final CompletableFuture<@Nullable Void> whenClosed() {
		return this.closed;
	}

	/**
	 * {@code close(2)} - at once, or when its operations have completed: they fail with
	 * {@link java.nio.channels.AsynchronousCloseException} soon.
	 * @throws IllegalStateException if it is closed already
	 */
	@Override
	public final void close() {
		int number = this.fd.acquire();
		this.closing = true; // before the first handler is told
		boolean done = false;
		try {
			this.fd.close();
			done = true;
		}
		finally {
			if (!done) {
				this.fd.release();
			}
		}
		closing(number);
		// nobody can borrow it any more, so that only falls
		if (this.fd.borrowed() == 1) {
			this.fd.release();
		}
		else {
			this.engine.cancelAll(this, number);
		}
	}

	/** Also if somebody else is just closing it. */
	final void closeIfOpen() {
		try {
			close();
		}
		catch (IllegalStateException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, () -> "Somebody else has just closed " + this, ex);
		}
	}

	/** Has all that is pending end, and what goes on by itself go on no more. */
	final void cancelAll() {
		int number = this.fd.acquire();
		this.cancellations.incrementAndGet();
		this.engine.cancelAll(this, number);
	}

	/** How often all that was pending has been cancelled. */
	final int cancellations() {
		return this.cancellations.get();
	}

	/** No operation can be started any more, and the descriptor is still open. */
	void closing(int number) {
	}

	/**
	 * Runs when {@link #close()} has been called, and the descriptor is really closed.
	 */
	final void onClose(Runnable action) {
		this.closed.thenRun(action);
	}

	/** What addresses of memory have to be a multiple of. */
	int alignment() {
		return 1;
	}

}
