package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Calls a container's handler on one thread, event by event or with lists, and has the
 * events published.
 *
 * @param <E> the events
 * @author linuxfd
 */
final class Delivery<E> implements EventHandler<E>, Consumer<E> {

	private final ListenerContainer<E> container;

	private final @Nullable ListenerMethod method;

	private final int maxBatchSize;

	private final Consumer<E> publisher;

	private List<E> waiting = new ArrayList<>();

	private long waitingSinceNanos;

	private long readNanos;

	/** Asked once per batch, and after the first call: the handler comes first. */
	private Publishing publishing = Publishing.UNKNOWN;

	Delivery(ListenerContainer<E> container, @Nullable ListenerMethod method, int maxBatchSize, Consumer<E> publisher) {
		this.container = container;
		this.method = method;
		this.maxBatchSize = maxBatchSize;
		this.publisher = publisher;
	}

	@Override
	public void begin() {
		this.publishing = Publishing.UNKNOWN;
	}

	@Override
	public void handle(E event, long readNanos) {
		this.readNanos = readNanos;
		try {
			this.container.process(event, this);
		}
		catch (Throwable ex) {
			this.container.report("could not handle " + event, ex);
		}
	}

	/** An event for the handler. */
	@Override
	public void accept(E event) {
		if (this.method == null) {
			delivered(event);
		}
		else if (this.method.takesBatch()) {
			collect(event);
		}
		else {
			call(this.method, event, this.readNanos);
			delivered(event);
		}
	}

	private void collect(E event) {
		if (this.waiting.isEmpty()) {
			this.waitingSinceNanos = this.readNanos;
		}
		this.waiting.add(event);
		if (this.waiting.size() >= this.maxBatchSize) {
			end();
		}
	}

	@Override
	public void end() {
		if (this.method != null && !this.waiting.isEmpty()) {
			// the handler may keep its list
			List<E> batch = this.waiting;
			this.waiting = new ArrayList<>(batch.size());
			call(this.method, batch, this.waitingSinceNanos);
			batch.forEach(this::delivered);
		}
	}

	private void call(ListenerMethod method, Object argument, long sinceNanos) {
		boolean success = true;
		try {
			method.invoke(argument);
		}
		catch (Throwable ex) {
			success = false;
			this.container.report("has failed", ex);
		}
		ListenerObserver observer = this.container.observer();
		// 0 was read before there was an observer
		if (observer != null && sinceNanos != 0) {
			observer.dispatched(System.nanoTime() - sinceNanos, success);
		}
	}

	private void delivered(E event) {
		if (isPublishing() && this.container.publishes(event)) {
			this.publisher.accept(event);
		}
		this.container.handled(event);
	}

	private boolean isPublishing() {
		if (this.publishing == Publishing.UNKNOWN) {
			this.publishing = this.container.isPublishing() ? Publishing.YES : Publishing.NO;
		}
		return this.publishing == Publishing.YES;
	}

	private enum Publishing {

		UNKNOWN, YES, NO

	}

}
