package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fd.EventReader;

/**
 * The events of one descriptor, read by the loop before anybody asks for them. When the
 * queue is full the descriptor is left unread and the kernel keeps the rest, until half
 * of the queue has been taken. What was read before the descriptor was closed, or has
 * failed, can still be taken after it, until {@link #close()}.
 * <p>
 * Any thread but the loop's may call, and several may wait at the same time; each event
 * goes to one of them.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public final class AsyncEventQueue<E> implements AutoCloseable {

	private static final System.Logger LOGGER = System.getLogger(AsyncEventQueue.class.getName());

	private final EventLoop loop;

	private final Executor executor;

	private final EventReader<E> descriptor;

	private final int capacity;

	private final DescriptorSource<E> source;

	private final AtomicBoolean closed = new AtomicBoolean();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	/** Read and not taken yet; empty as long as somebody waits. */
	private final Deque<E> events = new ArrayDeque<>();

	/** Given out by {@link #next()}, and without an event yet. */
	private final Deque<Request> requests = new ArrayDeque<>();

	/** The source waits for room. */
	private boolean full;

	/** Why there will be no more events, or {@code null} as long as there may be. */
	private @Nullable IllegalStateException end;

	private AsyncEventQueue(EventLoop loop, Executor executor, EventReader<E> descriptor, int capacity) {
		if (capacity < 1) {
			throw new IllegalArgumentException("A queue has room for at least one event, not " + capacity);
		}
		this.loop = loop;
		this.executor = executor;
		this.descriptor = descriptor;
		this.capacity = capacity;
		this.source = new DescriptorSource<>(loop, descriptor, new Feed());
	}

	static <E> AsyncEventQueue<E> open(EventLoop loop, Executor executor, EventReader<E> descriptor, int capacity) {
		AsyncEventQueue<E> queue = new AsyncEventQueue<>(loop, executor, descriptor, capacity);
		loop.register(queue.source);
		return queue;
	}

	/**
	 * Return the next event, and wait for it as long as it takes.
	 * @return the event
	 * @throws InterruptedException if the thread is interrupted while it waits
	 * @throws IllegalStateException if no event is left and none will come: this was
	 * closed, or the descriptor has failed, which is the cause then
	 */
	public E take() throws InterruptedException {
		E event = await(Long.MAX_VALUE);
		while (event == null) {
			event = await(Long.MAX_VALUE);
		}
		return event;
	}

	/**
	 * Return the next event. Does not wait.
	 * @return the event, or {@code null} if there is none
	 * @throws IllegalStateException as {@link #take()}
	 */
	public @Nullable E poll() {
		this.lock.lock();
		try {
			return pollOrFail();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return the next event, and wait for it no longer than that.
	 * @param timeout the longest wait
	 * @return the event, or {@code null} if the time is over
	 * @throws InterruptedException if the thread is interrupted while it waits
	 * @throws IllegalStateException as {@link #take()}
	 */
	public @Nullable E poll(Duration timeout) throws InterruptedException {
		return await(TimeUnit.NANOSECONDS.convert(timeout));
	}

	private @Nullable E await(long timeoutNanos) throws InterruptedException {
		if (this.loop.inLoop()) {
			throw new IllegalStateException("The loop's thread cannot wait for what it reads itself");
		}
		long leftNanos = timeoutNanos;
		this.lock.lockInterruptibly();
		try {
			E event = pollOrFail();
			while (event == null && leftNanos > 0) {
				leftNanos = this.changed.awaitNanos(leftNanos);
				event = pollOrFail();
			}
			return event;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return a stage that completes with the next event that nobody else takes. Its
	 * dependents run on the executor, or on this thread if the event is there already.
	 * Cancelling its future, or completing it otherwise, withdraws the request, and no
	 * event is lost; once an event is on its way this is refused.
	 * @return the stage; fails with the exception of {@link #take()}
	 */
	public CompletionStage<E> next() {
		this.lock.lock();
		try {
			E event = pollLocked();
			if (event != null) {
				return CompletableFuture.completedFuture(event);
			}
			if (this.end != null) {
				return CompletableFuture.failedFuture(ended(this.end));
			}
			Request request = new Request();
			this.requests.add(request);
			return request;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable E pollOrFail() {
		E event = pollLocked();
		if (event == null && this.end != null) {
			throw ended(this.end);
		}
		return event;
	}

	private @Nullable E pollLocked() {
		E event = this.events.poll();
		if (this.full && this.events.size() <= this.capacity / 2) {
			this.full = false;
			this.source.resume();
		}
		return event;
	}

	/** Each caller's own, with its own stack. */
	private static IllegalStateException ended(IllegalStateException end) {
		return new IllegalStateException(end.getMessage(), end.getCause());
	}

	/**
	 * Return how many events wait to be taken.
	 * @return at most the capacity and the rest of one read
	 */
	public int size() {
		this.lock.lock();
		try {
			return this.events.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether events may still come.
	 * @return {@code false} once this or its descriptor was closed, or has failed
	 */
	public boolean isOpen() {
		this.lock.lock();
		try {
			return this.end == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take the descriptor out of the loop and close it, if that has not happened yet. Who
	 * waits for an event is told. Events that nobody has taken are given up, and the
	 * descriptors they hold, such as those of fanotify(7), are closed. Any thread may
	 * call.
	 * @throws IllegalStateException if this was called already
	 */
	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			throw new IllegalStateException(this + " is closed already");
		}
		try {
			this.loop.cancel(this.source);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, () -> this + " was closed with its loop", ex);
		}
		finally {
			discardAll();
		}
	}

	private void discardAll() {
		this.lock.lock();
		try {
			this.events.forEach(this.descriptor::discard);
			this.events.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean withdraw(Request request) {
		this.lock.lock();
		try {
			return this.requests.remove(request);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void finish(IllegalStateException reason) {
		List<Request> unanswered;
		this.lock.lock();
		try {
			this.end = reason;
			this.changed.signalAll();
			unanswered = List.copyOf(this.requests);
			this.requests.clear();
		}
		finally {
			this.lock.unlock();
		}
		unanswered.forEach((request) -> complete(() -> request.fail(ended(reason))));
	}

	/** On the loop's thread, which does not run what depends on the stage. */
	private void complete(Runnable completion) {
		try {
			this.executor.execute(completion);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.WARNING, "The executor takes no more work; a stage is completed by the loop",
					ex);
			completion.run();
		}
	}

	@Override
	public String toString() {
		return "AsyncEventQueue[" + this.source + "]";
	}

	/** What the loop's thread does. */
	private final class Feed extends BatchSink<E> {

		@Override
		long room() {
			AsyncEventQueue<E> queue = AsyncEventQueue.this;
			queue.lock.lock();
			try {
				int room = queue.capacity - queue.events.size();
				queue.full = room <= 0;
				return room;
			}
			finally {
				queue.lock.unlock();
			}
		}

		@Override
		void take(List<E> batch) {
			AsyncEventQueue<E> queue = AsyncEventQueue.this;
			List<Request> answered = List.of();
			queue.lock.lock();
			try {
				if (!queue.requests.isEmpty()) {
					answered = answer(batch.size());
				}
				for (int i = answered.size(); i < batch.size(); i++) {
					queue.events.add(batch.get(i));
					queue.changed.signal();
				}
			}
			finally {
				queue.lock.unlock();
			}
			for (int i = 0; i < answered.size(); i++) {
				Request request = answered.get(i);
				E event = batch.get(i);
				complete(() -> request.fulfil(event));
			}
		}

		/** The first events go to those who have asked. */
		private List<Request> answer(int most) {
			List<Request> answered = new ArrayList<>();
			while (answered.size() < most && !AsyncEventQueue.this.requests.isEmpty()) {
				answered.add(AsyncEventQueue.this.requests.remove());
			}
			return answered;
		}

		@Override
		public void ended() {
			finish(new IllegalStateException(AsyncEventQueue.this + " is closed"));
		}

		@Override
		public void failed(Throwable failure) {
			finish(new IllegalStateException(AsyncEventQueue.this + " has failed", failure));
		}

	}

	/** Completed by an event, or by others as long as no event is on its way. */
	private final class Request extends CompletableFuture<E> {

		void fulfil(E event) {
			super.complete(event);
		}

		void fail(Throwable failure) {
			super.completeExceptionally(failure);
		}

		@Override
		public boolean complete(E value) {
			return withdraw(this) && super.complete(value);
		}

		@Override
		public boolean completeExceptionally(Throwable failure) {
			return withdraw(this) && super.completeExceptionally(failure);
		}

		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			return withdraw(this) ? super.cancel(mayInterruptIfRunning) : isCancelled();
		}

	}

}
