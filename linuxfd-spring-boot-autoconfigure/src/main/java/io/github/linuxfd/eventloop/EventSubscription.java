package io.github.linuxfd.eventloop;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fd.EventReader;

/**
 * Brings the events of a descriptor to a reactive subscriber: the loop reads as far as
 * there is demand, and one task at a time on the executor delivers.
 *
 * @param <E> the events
 * @author linuxfd
 */
final class EventSubscription<E> extends BatchSink<E> implements Flow.Subscription, AsyncEventPublisher.State {

	private static final System.Logger LOGGER = System.getLogger(EventSubscription.class.getName());

	private final EventLoop loop;

	private final Executor executor;

	private final EventReader<E> descriptor;

	private final DescriptorSource<E> source;

	private final ReentrantLock lock = new ReentrantLock();

	/** Read, and not asked for or not delivered yet. */
	private final Queue<E> events = new ArrayDeque<>();

	/** Until the last signal, or the cancellation. */
	private Flow.@Nullable Subscriber<? super E> subscriber;

	private long demand;

	/** The source waits for demand. */
	private boolean unread;

	private boolean delivering;

	/** Not to be read, or not any more. */
	private boolean stopped;

	/** No more events will come. */
	private boolean ended;

	private @Nullable Throwable failure;

	EventSubscription(EventLoop loop, Executor executor, EventReader<E> descriptor,
			Flow.Subscriber<? super E> subscriber) {
		this.loop = loop;
		this.executor = executor;
		this.descriptor = descriptor;
		this.subscriber = subscriber;
		this.source = new DescriptorSource<>(loop, descriptor, this);
		// until the subscriber has been told of this
		this.delivering = true;
	}

	/** Nothing else is signalled before {@code onSubscribe} has returned. */
	void start(Flow.Subscriber<? super E> subscriber) {
		try {
			subscriber.onSubscribe(this);
		}
		catch (Throwable ex) {
			refused(ex);
		}
		try {
			this.loop.register(this.source);
		}
		catch (RuntimeException | Error ex) {
			closeDescriptor();
			failed(ex);
		}
		change(() -> this.delivering = false);
		if (isStopped()) {
			takeOut();
		}
	}

	private boolean isStopped() {
		this.lock.lock();
		try {
			return this.stopped;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void closeDescriptor() {
		if (this.descriptor.isOpen()) {
			this.descriptor.close();
		}
	}

	/** The publisher is closed: what was read is still delivered. */
	void stop() {
		change(() -> this.stopped = true);
		takeOut();
	}

	private void takeOut() {
		try {
			this.loop.execute(() -> this.loop.cancel(this.source));
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, () -> this + " was ended with its loop", ex);
		}
	}

	// the subscriber's threads

	@Override
	public void request(long count) {
		if (count > 0) {
			change(() -> {
				this.demand = (this.demand + count < 0) ? Long.MAX_VALUE : this.demand + count;
				readOn();
			});
			return;
		}
		change(() -> {
			discardAll();
			this.stopped = true;
			end(new IllegalArgumentException(
					"A subscriber asks for at least one event, not for " + count + " (reactive streams, 3.9)"));
		});
		takeOut();
	}

	@Override
	public void cancel() {
		change(() -> {
			this.subscriber = null;
			discardAll();
			this.stopped = true;
		});
		takeOut();
	}

	/** Events may hold descriptors open. */
	private void discardAll() {
		this.events.forEach(this.descriptor::discard);
		this.events.clear();
	}

	private void readOn() {
		if (this.unread && this.demand > this.events.size()) {
			this.unread = false;
			this.source.resume();
		}
	}

	// the loop's thread

	@Override
	long room() {
		this.lock.lock();
		try {
			long room = this.demand - this.events.size();
			this.unread = room <= 0;
			return room;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	void take(List<E> batch) {
		change(() -> {
			if (!this.ended && this.subscriber != null) {
				this.events.addAll(batch);
			}
			else {
				batch.forEach(this.descriptor::discard);
			}
		});
	}

	@Override
	public void ended() {
		change(() -> end(null));
	}

	@Override
	public void failed(Throwable failure) {
		change(() -> end(failure));
	}

	private void end(@Nullable Throwable reason) {
		if (!this.ended) {
			this.ended = true;
			this.failure = reason;
		}
	}

	// the executor's threads

	/** Delivery starts without the lock: the executor may be one that runs it at once. */
	private void change(Runnable change) {
		boolean deliver;
		this.lock.lock();
		try {
			change.run();
			boolean something = this.ended || (this.demand > 0 && !this.events.isEmpty());
			deliver = something && !this.delivering && this.subscriber != null;
			this.delivering |= deliver;
		}
		finally {
			this.lock.unlock();
		}
		if (deliver) {
			startDelivery();
		}
	}

	private void startDelivery() {
		try {
			this.executor.execute(this::deliver);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.ERROR, () -> this + " is cancelled: its executor takes no more work", ex);
			cancel();
		}
	}

	/** It must not throw (reactive streams, 2.13), and is not told of anything more. */
	private void refused(Throwable failure) {
		LOGGER.log(System.Logger.Level.ERROR, () -> "The subscriber of " + this + " has failed", failure);
		cancel();
	}

	private void deliver() {
		Step<E> step = next();
		while (step != null) {
			try {
				if (step.event() != null) {
					step.subscriber().onNext(step.event());
				}
				else if (step.failure() != null) {
					step.subscriber().onError(step.failure());
				}
				else {
					step.subscriber().onComplete();
				}
			}
			catch (Throwable ex) {
				refused(ex);
			}
			step = next();
		}
	}

	/** What is to be signalled, or {@code null} if there is nothing for now. */
	private @Nullable Step<E> next() {
		this.lock.lock();
		try {
			Flow.Subscriber<? super E> subscriber = this.subscriber;
			if (subscriber != null && this.demand > 0 && !this.events.isEmpty()) {
				// no end to the demand is no number
				this.demand -= (this.demand != Long.MAX_VALUE) ? 1 : 0;
				E event = this.events.remove();
				readOn();
				return new Step<>(subscriber, event, null);
			}
			if (subscriber != null && this.events.isEmpty() && this.ended) {
				this.subscriber = null;
				return new Step<>(subscriber, null, this.failure);
			}
			this.delivering = false;
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public String toString() {
		return "Subscription[" + this.descriptor + "]";
	}

	private record Step<E>(Flow.Subscriber<? super E> subscriber, @Nullable E event, @Nullable Throwable failure) {

	}

}
