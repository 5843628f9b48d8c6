package io.github.linuxfd.eventloop;

import java.util.function.Consumer;

/**
 * Takes the events of a {@link DescriptorSource}. All methods are called on the loop's
 * thread and must neither block nor throw.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public interface EventSink<E> extends Consumer<E> {

	/**
	 * The descriptor is about to be read.
	 * @return {@code false} if there is no room: the descriptor is not read, and the
	 * kernel keeps the events, until {@link DescriptorSource#resume()} is called
	 */
	default boolean begin() {
		return true;
	}

	/**
	 * Take an event.
	 * @param event the event
	 */
	@Override
	void accept(E event);

	/**
	 * Everything that was there has been read.
	 */
	default void end() {
	}

	/**
	 * The descriptor could not be read and has been closed. No more events will come.
	 * @param failure the reason
	 */
	void failed(Throwable failure);

}
