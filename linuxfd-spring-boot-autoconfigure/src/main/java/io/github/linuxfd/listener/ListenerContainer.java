package io.github.linuxfd.listener;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.EventSink;

/**
 * Brings the events of one listener from the loop to its handler: through a bounded queue
 * to workers of the dispatch executor, or on the loop itself.
 *
 * @param <E> the kernel's records
 * @author linuxfd
 * @since 0.1.0
 */
public abstract class ListenerContainer<E> implements EventSink<E> {

	private static final Log logger = LogFactory.getLog(ListenerContainer.class);

	/** So many events go to the workers even while a longer read goes on. */
	private static final int HANDOVER = 512;

	private final ListenerEndpoint endpoint;

	private final ListenerContext context;

	private final EventPublication publication;

	/** Runs the handler, or, if that runs on the loop, what is to be published. */
	private final WorkerPool<E> workers;

	private final @Nullable Delivery<E> loopDelivery;

	/** Not given to the workers yet; used by the loop's thread only. */
	private @Nullable Object[] handover = new Object[16];

	private int handoverCount;

	private long readNanos;

	private volatile State state = State.STOPPED;

	private volatile @Nullable String failure;

	private volatile @Nullable ListenerObserver observer;

	private volatile long events;

	/** Not added to {@link #events} yet; used by the loop's thread only. */
	private long newEvents;

	private final LongAdder lost = new LongAdder();

	private final LongAdder errors = new LongAdder();

	ListenerContainer(ListenerEndpoint endpoint, ListenerContext context, Class<E> recordType, int queueCapacity) {
		this.endpoint = endpoint;
		this.context = context;
		this.publication = new EventPublication(context.applicationContext(), recordType);
		boolean onLoop = endpoint.dispatch() == Dispatch.LOOP;
		int maxBatchSize = context.settings().maxBatchSize();
		this.loopDelivery = onLoop ? new Delivery<>(this, endpoint.method(), maxBatchSize, this::collect) : null;
		this.workers = new WorkerPool<>(context.executor(), onLoop ? 1 : endpoint.concurrency(), queueCapacity,
				() -> onLoop ? new PublishingHandler()
						: new Delivery<>(this, endpoint.method(), maxBatchSize, this::publish),
				this::resume, this::giveUp);
	}

	/**
	 * Return the kernel facility that the events come from.
	 * @return for instance {@code inotify}
	 */
	public abstract String source();

	/**
	 * Open the descriptors and register them with the loop.
	 * @return {@code false} if there are none, which the user has allowed
	 */
	abstract boolean open();

	/** Take the descriptors out of the loop and close them; no events after that. */
	abstract void closeSources();

	/** Have the sources read again that were left unread. */
	abstract void resumeSources();

	/** Whether the record says that others were lost, and nothing else. */
	boolean isLoss(E event) {
		return false;
	}

	/**
	 * On the loop's thread, first of all: the event for the handler, or null for none.
	 */
	@Nullable E arrived(E event) {
		return event;
	}

	/** On the handler's thread: pass on what the handler is to be called with. */
	void process(E event, Consumer<? super E> handler) {
		handler.accept(event);
	}

	/** On the handler's thread: the handler has been called with the event. */
	void handled(E event) {
	}

	/** The event will not be handled, because the context has stopped. */
	void abandoned(E event) {
	}

	/** Whether the event is to be published from here, and not from another listener. */
	boolean publishes(E event) {
		return true;
	}

	final ListenerEndpoint endpoint() {
		return this.endpoint;
	}

	final ListenerContext context() {
		return this.context;
	}

	/**
	 * Return the listener's name.
	 * @return the id
	 */
	public final String id() {
		return this.endpoint.id();
	}

	/**
	 * Return how many events have come, those of the batch at hand possibly not yet.
	 * @return the number since the context was made
	 */
	public final long events() {
		return this.events;
	}

	/**
	 * Return how often events were lost: overflows of the kernel's queue, whatever they
	 * swallowed, and events that still waited when the context stopped.
	 * @return the number since the context was made
	 */
	public final long lost() {
		return this.lost.sum();
	}

	/**
	 * Return how often the handler, or an application listener of its events, has failed.
	 * @return the number since the context was made
	 */
	public final long errors() {
		return this.errors.sum();
	}

	/**
	 * Return how many events wait for the handler.
	 * @return the number of events
	 */
	public final int queueSize() {
		return this.workers.queueSize();
	}

	/**
	 * Whether events are being read.
	 * @return {@code false} before start, after stop, and after the source has failed
	 */
	public final boolean isRunning() {
		return this.state == State.RUNNING;
	}

	/**
	 * Return why no more events come.
	 * @return what the source has failed of, or empty if it has not
	 */
	public final Optional<String> failure() {
		return (this.state == State.FAILED) ? Optional.ofNullable(this.failure) : Optional.empty();
	}

	/**
	 * Be told of each call of the handler.
	 * @param added the observer, beside those there are
	 */
	public final synchronized void observe(ListenerObserver added) {
		ListenerObserver before = this.observer;
		this.observer = (before != null) ? before.and(added) : added;
	}

	final @Nullable ListenerObserver observer() {
		return this.observer;
	}

	// the loop's thread

	@Override
	public final boolean begin() {
		beginBatch();
		return hasRoom();
	}

	/** To be asked by one thread, who is called back when there is room again. */
	final boolean hasRoom() {
		return this.workers.hasRoom();
	}

	final void beginBatch() {
		// only observers want to know
		this.readNanos = (this.observer != null) ? System.nanoTime() : 0;
		if (this.loopDelivery != null) {
			this.loopDelivery.begin();
		}
	}

	@Override
	public final void accept(E event) {
		if (!isLoss(event)) {
			this.newEvents++;
		}
		E arrived = arrived(event);
		if (arrived != null) {
			route(arrived);
		}
	}

	private void route(E event) {
		if (this.loopDelivery != null) {
			this.loopDelivery.handle(event, this.readNanos);
		}
		else {
			collect(event);
		}
	}

	private void collect(E event) {
		if (this.handoverCount == this.handover.length) {
			this.handover = Arrays.copyOf(this.handover, this.handover.length * 2);
		}
		this.handover[this.handoverCount++] = event;
		if (this.handoverCount == HANDOVER) {
			handOver();
		}
	}

	@Override
	public final void end() {
		countNewEvents();
		if (this.loopDelivery != null) {
			this.loopDelivery.end();
		}
		if (this.handoverCount > 0) {
			handOver();
		}
	}

	/** Once per batch, because a volatile write costs as much as the rest. */
	private void countNewEvents() {
		// only the loop's thread writes, so there is no update to lose
		this.events = this.events + this.newEvents;
		this.newEvents = 0;
	}

	private void handOver() {
		countNewEvents();
		this.workers.offer(this.handover, this.handoverCount, this.readNanos);
		Arrays.fill(this.handover, 0, this.handoverCount, null);
		this.handoverCount = 0;
	}

	@Override
	public void failed(Throwable failure) {
		sourceFailed(failure.toString());
	}

	// any thread

	/** Handle an event that does not come from the kernel, in its turn. */
	final void inject(E event) {
		if (!isRunning()) {
			throw new IllegalStateException("Listener '" + id() + "' is not running");
		}
		this.context.loop().execute(() -> {
			beginBatch();
			route(event);
			end();
		});
	}

	private void resume() {
		if (isRunning()) {
			resumeSources();
		}
	}

	/** Not stopped, and still no more events: the application is told. */
	final void sourceFailed(String reason) {
		if (this.state == State.RUNNING) {
			this.failure = reason;
			this.state = State.FAILED;
			logger.error("Listener '" + id() + "' gets no more events: " + reason);
			publishSoon(new EventSourceFailedEvent(id(), reason));
		}
	}

	private void giveUp(E event) {
		addLost(1);
		abandoned(event);
	}

	final void addLost(long count) {
		this.lost.add(count);
	}

	final boolean isPublishing() {
		return this.publication.isWanted();
	}

	/** Tell the application, on this thread. */
	final void publish(Object event) {
		try {
			this.publication.publish(event);
		}
		catch (Throwable ex) {
			report("has published " + event + ", and an application listener has failed", ex);
		}
	}

	/** Tell the application, on a thread that may run its code. */
	final void publishSoon(Object event) {
		this.context.executor().execute(() -> publish(event));
	}

	/** A handler or application listener failed; the next event follows. */
	final void report(String what, Throwable failure) {
		this.errors.increment();
		try {
			this.context.errorHandler().handleError(new ListenerExecutionFailedException(id(), what, failure));
		}
		catch (Throwable ex) {
			logger.error("The ErrorHandler has failed on listener '" + id() + "'", ex);
		}
	}

	// the life cycle, called by the registry

	final void start() {
		this.workers.start();
		this.state = State.RUNNING;
		boolean opened = false;
		try {
			opened = open();
		}
		finally {
			if (!opened) {
				this.state = State.STOPPED;
			}
		}
	}

	/** No more events from now on; {@link #finish} waits for the handlers. */
	final void beginStop() {
		if (this.state != State.STOPPED) {
			this.state = State.STOPPED;
			try {
				closeSources();
			}
			catch (RejectedExecutionException ex) {
				logger.debug("Listener '" + id() + "' was closed with the loop, which has failed", ex);
			}
		}
	}

	/**
	 * Let the handlers go on with what waits until then, in {@link System#nanoTime()}.
	 */
	final void finish(long deadlineNanos) {
		if (this.workers.threads().contains(Thread.currentThread())) {
			// our own handler stops us, and cannot wait for itself
			logger.warn("Listener '" + id() + "' was stopped by its handler; the " + queueSize()
					+ " events that wait behind it are not handled");
			this.workers.abandon();
		}
		else if (!this.workers.awaitQuiet(deadlineNanos)) {
			logger.warn("Listener '" + id() + "' has not ended within the shutdown timeout; the " + queueSize()
					+ " events that wait and those of its current batch are not handled");
			this.workers.abandon();
			this.workers.threads().forEach(this::interrupt);
		}
	}

	private void interrupt(Thread thread) {
		IllegalStateException stuck = new IllegalStateException("Interrupting " + thread.getName());
		stuck.setStackTrace(thread.getStackTrace());
		logger.warn("A handler of listener '" + id() + "' still runs", stuck);
		thread.interrupt();
	}

	@Override
	public final String toString() {
		return getClass().getSimpleName() + "[" + id() + ", " + this.state + "]";
	}

	private final class PublishingHandler implements EventHandler<E> {

		@Override
		public void begin() {
		}

		@Override
		public void handle(E event, long readNanos) {
			publish(event);
		}

		@Override
		public void end() {
		}

	}

	private enum State {

		STOPPED, RUNNING, FAILED

	}

}
