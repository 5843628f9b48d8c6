package io.github.linuxfd.eventloop;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fd.EventReader;

/**
 * The events of one descriptor for a reactive subscriber. The descriptor is read as far
 * as its subscriber asks for events, beyond that to the end of one read; the kernel's
 * queue holds the rest.
 * <p>
 * There is one subscriber, because the kernel gives each event once; a second one gets an
 * error. What several are to see is shared above this, for instance by Reactor's
 * {@code Flux.publish()}. The descriptor is read from the subscription on, and closed by
 * {@link Flow.Subscription#cancel()}, which drops what was read and not asked for, or by
 * {@link #close()}, which is {@code onComplete} after that. A descriptor that fails is
 * {@code onError}. All signals come one after the other on threads of the executor.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public final class AsyncEventPublisher<E> implements Flow.Publisher<E>, AutoCloseable {

	private final EventLoop loop;

	private final Executor executor;

	private final EventReader<E> descriptor;

	private final AtomicReference<@Nullable State> state = new AtomicReference<>();

	AsyncEventPublisher(EventLoop loop, Executor executor, EventReader<E> descriptor) {
		this.loop = loop;
		this.executor = executor;
		this.descriptor = descriptor;
	}

	@Override
	public void subscribe(Flow.Subscriber<? super E> subscriber) {
		Objects.requireNonNull(subscriber, "subscriber");
		EventSubscription<E> subscription = new EventSubscription<>(this.loop, this.executor, this.descriptor,
				subscriber);
		if (this.state.compareAndSet(null, subscription)) {
			subscription.start(subscriber);
			return;
		}
		subscriber.onSubscribe(new Refused());
		if (this.state.get() instanceof Closed) {
			subscriber.onComplete();
		}
		else {
			subscriber.onError(new IllegalStateException(this + " has its subscriber already"));
		}
	}

	/**
	 * Close the descriptor, as soon as the loop has given it up. The subscriber gets what
	 * was read before, as it asks for it, and then {@code onComplete}. Any thread may
	 * call; nothing happens if the descriptor was closed by its subscriber, with the loop
	 * or because it has failed.
	 */
	@Override
	public void close() {
		if (this.state.compareAndSet(null, new Closed())) {
			this.descriptor.close();
		}
		else if (this.state.get() instanceof EventSubscription<?> subscription) {
			subscription.stop();
		}
	}

	@Override
	public String toString() {
		return "AsyncEventPublisher[" + this.descriptor + "]";
	}

	/** Of a publisher that is not waiting for its subscriber any more. */
	sealed interface State permits EventSubscription, Closed {

	}

	private static final class Closed implements State {

	}

	private static final class Refused implements Flow.Subscription {

		@Override
		public void request(long count) {
		}

		@Override
		public void cancel() {
		}

	}

}
