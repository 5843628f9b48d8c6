package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Accepts, accepts again, and hands over: what a ring does by itself, where there is
 * none, or where the handler is called by other threads.
 *
 * @author linuxfd
 */
final class RepeatedAccept implements CompletionHandler<AioSocket, @Nullable Void> {

	private final AioSocket listening;

	private final Consumer<AioSocket> handler;

	private final AioFuture<@Nullable Void> future;

	/** Of the handle, when this was started. */
	private final int cancellations;

	RepeatedAccept(AioSocket listening, Consumer<AioSocket> handler, AioFuture<@Nullable Void> future) {
		this.listening = listening;
		this.handler = handler;
		this.future = future;
		this.cancellations = listening.cancellations();
	}

	void start() {
		AcceptOperation<AioSocket> next = new AcceptOperation<>(this.listening, (socket, remote) -> socket, null, this);
		this.future.startedBy(next);
		if (isOver()) {
			next.cancel(); // who cancelled it may have seen the one before
		}
	}

	private boolean isOver() {
		return this.future.isDone() || this.listening.cancellations() != this.cancellations;
	}

	@Override
	public void completed(AioSocket connection, @Nullable Void none) {
		if (!goesOn()) {
			connection.closeIfOpen();
			return;
		}
		// also if the next one has failed meanwhile: this one has not
		MultishotAccept.handOver(connection, this.handler, this.future);
		if (this.future.isDone()) {
			this.future.cancelOperation(); // the next one
		}
	}

	/** Before the handler is called, which may take its time. */
	private boolean goesOn() {
		if (isOver()) {
			this.future.completeExceptionally(MultishotAccept.cancelled(this.listening));
			return false;
		}
		try {
			start();
			return true;
		}
		catch (RuntimeException | Error ex) {
			this.future.completeExceptionally(this.listening.isOpen() ? ex : new AsynchronousCloseException());
			return false;
		}
	}

	@Override
	public void failed(Throwable failure, @Nullable Void none) {
		this.future.completeExceptionally(failure);
	}

}
