package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Waits for a lock that another program has, by asking again and again: the kernel can
 * wait as well, but only with a thread that nothing can call back.
 *
 * @author linuxfd
 */
final class FileLockAttempt implements Runnable, Cancellable {

	private static final long RETRY_MILLIS = 10;

	private static final ScheduledThreadPoolExecutor TIMER = timer();

	private final AioFileChannel channel;

	private final AioFileLock lock;

	private final CompletionHandler<FileLock, Object> handler;

	private final @Nullable Object attachment;

	private boolean over;

	@SuppressWarnings("unchecked")
	<A> FileLockAttempt(AioFileChannel channel, AioFileLock lock, @Nullable A attachment,
			CompletionHandler<FileLock, ? super A> handler) {
		this.channel = channel;
		this.lock = lock;
		this.handler = (CompletionHandler<FileLock, Object>) handler;
		this.attachment = attachment;
	}

	/** A thread only while somebody waits. */
	private static ScheduledThreadPoolExecutor timer() {
		ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(task, "linuxfd-aio-locks");
			thread.setDaemon(true);
			return thread;
		});
		timer.setKeepAliveTime(1, TimeUnit.SECONDS);
		timer.allowCoreThreadTimeOut(true);
		return timer;
	}

	/** Asks once, and later again if the answer is no. */
	@Override
	public synchronized void run() {
		if (this.over) {
			return;
		}
		boolean granted = false;
		Throwable failure = null;
		try {
			granted = this.channel.lockNow(this.lock);
		}
		catch (IOException | RuntimeException ex) {
			failure = this.channel.isOpen() ? ex : new AsynchronousCloseException();
		}
		if (!granted && failure == null) {
			TIMER.schedule(this, RETRY_MILLIS, TimeUnit.MILLISECONDS);
			return;
		}
		this.over = true;
		if (failure != null) {
			this.channel.forget(this.lock);
		}
		if (!(this.handler instanceof ChannelFuture<?> future) || future.claim()) {
			tell((failure == null) ? this.lock : null, failure);
		}
		else if (granted) {
			giveBack();
		}
	}

	/** The engine may have been closed while this has waited. */
	private void tell(@Nullable FileLock granted, @Nullable Throwable failure) {
		try {
			this.channel.tell(this.handler, this.attachment, granted, failure);
		}
		catch (ShutdownChannelGroupException ex) {
			Delivery.call(this.handler, this.attachment, granted, failure);
		}
	}

	/** Nobody waits for it any more. */
	private void giveBack() {
		try {
			this.lock.release();
		}
		catch (IOException ex) {
			System.getLogger(FileLockAttempt.class.getName())
				.log(System.Logger.Level.DEBUG, "The channel is closed, and the lock gone with it", ex);
		}
	}

	@Override
	public synchronized void cancel() {
		if (!this.over) {
			this.over = true;
			this.channel.forget(this.lock);
		}
	}

}
