package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
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

	private final int capacity;

	private final Runnable resume;

	private final Consumer<? super E> lost;

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
	 * @param capacity how many events may wait, those at work included
	 * @param handlers makes a handler for each worker
	 * @param resume is called when there is room again after {@link #hasRoom()} said no
	 * @param lost is told of each event that was given up
	 */
	WorkerPool(Executor executor, int size, int capacity, Supplier<EventHandler<E>> handlers, Runnable resume,
			Consumer<? super E> lost) {
		this.executor = executor;
		this.queue = new EventQueue();
		this.capacity = capacity;
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
		if (this.queue.size() + this.busy.get() < this.capacity) {
			return true;
		}
		this.paused.set(true);
		// a worker may have made room in between without seeing the flag
		return isDrained() && this.paused.compareAndSet(true, false);
	}

	/** Low enough to read on: a source does not stop and go for each event. */
	private boolean isDrained() {
		return this.queue.size() + this.busy.get() <= this.capacity / 2;
	}

	private void resumeIfDrained() {
		if (this.paused.get() && isDrained() && this.paused.compareAndSet(true, false)) {
			this.resume.run();
		}
	}

	/**
	 * Put a batch in. Any thread may call.
	 * @param batch holds the events, from the start
	 * @param count the number of events
	 * @param readNanos when they were read
	 */
	void offer(@Nullable Object[] batch, int count, long readNanos) {
		this.queue.offer(batch, count, readNanos);
		startWorker();
	}

	/**
	 * If there is work and somebody to do it. Those at work look into the queue before
	 * they rest.
	 */
	private void startWorker() {
		if (this.queue.size() > 0) {
			Worker worker = this.idle.poll();
			if (worker != null) {
				this.busy.incrementAndGet();
				execute(worker);
			}
		}
	}

	private void execute(Worker worker) {
		boolean started = false;
		try {
			this.executor.execute(worker);
			started = true;
		}
		finally {
			if (!started) {
				this.busy.decrementAndGet();
				this.idle.add(worker);
			}
		}
	}

	private void rest(Worker worker) {
		this.idle.add(worker);
		this.busy.decrementAndGet();
		resumeIfDrained();
		this.quietLock.lock();
		try {
			this.quiet.signalAll();
		}
		finally {
			this.quietLock.unlock();
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
	@SuppressWarnings("unchecked")
	void abandon() {
		this.abandoned = true;
		this.queue.clear((event) -> this.lost.accept((E) event));
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
				int count = take();
				while (count > 0) {
					startWorker(); // for what is left, if there is another one
					resumeIfDrained();
					handle(count);
					count = take();
				}
			}
			finally {
				this.thread = null;
				rest(this);
			}
			// an event may have come after the last look and found no idle worker
			startWorker();
		}

		/** Leaves their share to the other workers. */
		private int take() {
			int share = WorkerPool.this.queue.size() / WorkerPool.this.workers.size();
			return WorkerPool.this.queue.drainTo(this.batch, this.readNanos, Math.max(1, share));
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
			for (int i = handled; i < count; i++) {
				WorkerPool.this.lost.accept((E) this.batch[i]);
				this.batch[i] = null;
			}
		}

	}

}
