package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Threads that run tasks at once, as many as there are tasks; those without one sleep,
 * the last one to do so is the first to be called, and after a time they end. A thread is
 * called by one write and one unpark, which takes less than to go through the queue of a
 * {@link java.util.concurrent.ThreadPoolExecutor}.
 *
 * @author linuxfd
 */
final class DispatchThreads implements Executor, AutoCloseable {

	private static final Runnable END = () -> {
	};

	private final String namePrefix;

	private final long idleNanos;

	private final AtomicInteger count = new AtomicInteger();

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<DispatchThread> idle = new ArrayDeque<>();

	private boolean closed;

	DispatchThreads(String namePrefix, Duration idleTime) {
		this.namePrefix = namePrefix;
		this.idleNanos = idleTime.toNanos();
	}

	@Override
	public void execute(Runnable task) {
		DispatchThread thread;
		this.lock.lock();
		try {
			if (this.closed) {
				throw new RejectedExecutionException("The threads of handlers have ended");
			}
			thread = this.idle.pollLast();
		}
		finally {
			this.lock.unlock();
		}
		if (thread != null) {
			thread.call(task);
		}
		else {
			new DispatchThread(task).start();
		}
	}

	private boolean rest(DispatchThread thread) {
		this.lock.lock();
		try {
			return !this.closed && this.idle.add(thread);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns {@code false} if somebody has just called it. */
	private boolean leave(DispatchThread thread) {
		this.lock.lock();
		try {
			return this.idle.remove(thread);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Take no more tasks. Those that run go on. */
	@Override
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.idle.forEach((thread) -> thread.call(END));
			this.idle.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	private final class DispatchThread extends Thread {

		private volatile @Nullable Runnable task;

		DispatchThread(Runnable first) {
			super(DispatchThreads.this.namePrefix + DispatchThreads.this.count.incrementAndGet());
			setDaemon(true);
			this.task = first;
		}

		/** By whoever has taken it out of the idle ones. */
		void call(Runnable task) {
			this.task = task;
			LockSupport.unpark(this);
		}

		@Override
		public void run() {
			Runnable next = Objects.requireNonNull(this.task);
			while (next != END) {
				this.task = null;
				// an interrupt was meant for the task before
				Thread.interrupted();
				try {
					next.run();
				}
				catch (Throwable ex) {
					getUncaughtExceptionHandler().uncaughtException(this, ex);
				}
				next = awaitTask();
			}
		}

		private Runnable awaitTask() {
			if (!DispatchThreads.this.rest(this)) {
				return END;
			}
			long deadlineNanos = System.nanoTime() + DispatchThreads.this.idleNanos;
			Runnable next = this.task;
			while (next == null) {
				long leftNanos = deadlineNanos - System.nanoTime();
				if (leftNanos <= 0 && DispatchThreads.this.leave(this)) {
					return END;
				}
				// parking ends at once while it is set
				Thread.interrupted();
				LockSupport.parkNanos(DispatchThreads.this, Math.max(1, leftNanos));
				next = this.task;
			}
			return next;
		}

	}

}
