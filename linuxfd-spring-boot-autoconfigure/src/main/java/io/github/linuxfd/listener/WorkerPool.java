package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Hands the events of one listener to workers that run on an executor for as long as
 * there are events. Each worker handles whole batches in their order; with one worker
 * that is the order of the events.
 *
 * @param <E> the events
 * @author linuxfd
 */
final class WorkerPool<E> {

	private static final int BATCH = 256;

	private final Executor executor;

	private final EventQueue queue;

	private final Runnable resume;

	private final IntConsumer lost;

	private final List<Worker> workers = new ArrayList<>();

	/** Workers that are neither running nor about to. */
	private final Queue<Worker> idle = new ConcurrentLinkedQueue<>();

	private final AtomicInteger busy = new AtomicInteger();

	/** Whether the queue was full, so that {@link #resume} has to be called. */
	private final AtomicBoolean paused = new AtomicBoolean();

	private final ReentrantLock quietLock = new ReentrantLock();

	private final Condition quiet = this.quietLock.newCondition();

	private volatile boolean abandoned;

	/**
	 * Make a pool that does not run yet.
	 * @param executor runs the workers
	 * @param size the number of workers
	 * @param capacity how many events may wait
	 * @param handlers makes a handler for each worker
	 * @param resume is called when there is room again after {@link #hasRoom()} said no
	 * @param lost is told how many events were given up
	 */
	WorkerPool(Executor executor, int size, int capacity, Supplier<EventHandler<E>> handlers, Runnable resume,
			IntConsumer lost) {
		this.executor = executor;
		this.queue = new EventQueue(capacity);
		this.resume = resume;
		this.lost = lost;
		for (int i = 0; i < size; i++) {
			Worker worker = new Worker(handlers.get());
			this.workers.add(worker);
			this.idle.add(worker);
		}
	}

	/**
	 * Handle events from now on, even if they were given up before.
	 */
	void start() {
		this.abandoned = false;
	}

	/**
	 * Whether more events may come. If not, the pool calls back when they may. To be
	 * asked by one thread.
	 * @return {@code true} if there is room
	 */
	boolean hasRoom() {
		if (!this.queue.isFull()) {
			return true;
		}
		this.paused.set(true);
		// a worker may have made room in between without seeing the flag
		return this.queue.isHalfEmpty() && this.paused.compareAndSet(true, false);
	}

	/**
	 * Put a batch in. Any thread may call.
	 * @param batch holds the events, from the start
	 * @param count the number of events
	 * @param readNanos when they were read
	 * @throws RejectedExecutionException if the executor takes no work; the events are in
	 * the queue all the same, and handled after the next offer
	 */
	void offer(@Nullable Object[] batch, int count, long readNanos) {
		this.queue.offer(batch, count, readNanos);
		startWorker();
	}

	private void startWorker() {
		Worker worker = this.idle.poll();
		if (worker == null) {
			return; // all are at work, and look into the queue before they rest
		}
		this.busy.incrementAndGet();
		try {
			this.executor.execute(worker);
		}
		catch (RejectedExecutionException ex) {
			rest(worker);
			throw ex;
		}
	}

	private void rest(Worker worker) {
		this.idle.add(worker);
		if (this.busy.decrementAndGet() == 0) {
			this.quietLock.lock();
			try {
				this.quiet.signalAll();
			}
			finally {
				this.quietLock.unlock();
			}
		}
	}

	int queueSize() {
		return this.queue.size();
	}

	/**
	 * Wait until everything in the queue has been handled.
	 * @param deadlineNanos the end of the wait, in {@link System#nanoTime()}
	 * @return {@code false} if the time is over
	 */
	boolean awaitQuiet(long deadlineNanos) {
		this.quietLock.lock();
		try {
			while (this.busy.get() > 0 || this.queue.size() > 0) {
				long left = deadlineNanos - System.nanoTime();
				if (left <= 0) {
					return false;
				}
				this.quiet.awaitNanos(left);
			}
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.quietLock.unlock();
		}
	}

	/**
	 * Give up what waits. Workers end after the event they are at.
	 */
	void abandon() {
		this.abandoned = true;
		this.lost.accept(this.queue.clear());
	}

	/** The threads that handle events right now. */
	List<Thread> threads() {
		return this.workers.stream().map((worker) -> worker.thread).filter((thread) -> thread != null).toList();
	}

	private final class Worker implements Runnable {

		private final EventHandler<E> handler;

		private final @Nullable Object[] batch = new Object[BATCH];

		private final long[] readNanos = new long[BATCH];

		private volatile @Nullable Thread thread;

		Worker(EventHandler<E> handler) {
			this.handler = handler;
		}

		@Override
		public void run() {
			this.thread = Thread.currentThread();
			try {
				int count = WorkerPool.this.queue.drainTo(this.batch, this.readNanos);
				while (count > 0) {
					resumeIfDrained();
					handle(count);
					count = WorkerPool.this.queue.drainTo(this.batch, this.readNanos);
				}
			}
			finally {
				this.thread = null;
				rest(this);
			}
			// an event may have come after the last look and found no idle worker
			if (WorkerPool.this.queue.size() > 0) {
				startWorker();
			}
		}

		@SuppressWarnings("unchecked")
		private void handle(int count) {
			this.handler.begin();
			int handled = 0;
			while (handled < count && !WorkerPool.this.abandoned) {
				E event = (E) this.batch[handled];
				this.batch[handled] = null;
				this.handler.handle(event, this.readNanos[handled++]);
			}
			this.handler.end();
			if (handled < count) {
				WorkerPool.this.lost.accept(count - handled);
			}
		}

		private void resumeIfDrained() {
			if (WorkerPool.this.paused.get() && WorkerPool.this.queue.isHalfEmpty()
					&& WorkerPool.this.paused.compareAndSet(true, false)) {
				WorkerPool.this.resume.run();
			}
		}

	}

}
