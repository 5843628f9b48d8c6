package io.github.linuxfd.listener;

import java.util.function.Function;

import io.github.linuxfd.eventloop.EventSink;

/**
 * Gives a container what it makes of the kernel's records.
 *
 * @param <K> the kernel's records
 * @param <E> the container's
 * @author linuxfd
 */
final class MappedEvents<K, E> implements EventSink<K> {

	private final ListenerContainer<E> container;

	private final Function<K, E> mapping;

	MappedEvents(ListenerContainer<E> container, Function<K, E> mapping) {
		this.container = container;
		this.mapping = mapping;
	}

	@Override
	public boolean begin() {
		return this.container.begin();
	}

	@Override
	public void accept(K event) {
		this.container.accept(this.mapping.apply(event));
	}

	@Override
	public void end() {
		this.container.end();
	}

	@Override
	public void ended() {
		this.container.ended();
	}

	@Override
	public void failed(Throwable failure) {
		this.container.failed(failure);
	}

}
