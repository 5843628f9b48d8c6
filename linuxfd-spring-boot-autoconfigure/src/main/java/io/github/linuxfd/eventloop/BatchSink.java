package io.github.linuxfd.eventloop;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what one read brings and hands it on at once, so that its taker locks once for
 * a read and not once for an event.
 *
 * @param <E> the events
 * @author linuxfd
 */
abstract class BatchSink<E> implements EventSink<E> {

	private final List<E> batch = new ArrayList<>();

	private long room;

	/**
	 * Return for how many events there is room, possibly none. If so, the source waits to
	 * be resumed.
	 */
	abstract long room();

	/** Take the events; the list is used again afterwards. */
	abstract void take(List<E> events);

	@Override
	public final boolean begin() {
		this.room = room();
		return this.room > 0;
	}

	@Override
	public final void accept(E event) {
		this.batch.add(event);
	}

	@Override
	public final boolean isFull() {
		return this.batch.size() >= this.room;
	}

	@Override
	public final void end() {
		take(this.batch);
		this.batch.clear();
	}

}
