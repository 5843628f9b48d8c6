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
	 * Whether the descriptor is not to be read any further for now. Asked between two
	 * reads; then {@link #end()} and {@link #begin()} follow.
	 * @return {@code true} to leave the rest to the kernel
	 */
	default boolean isFull() {
		return false;
	}

	/**
	 * Everything that was there has been read.
	 */
	default void end() {
	}

	/**
	 * The descriptor is not read any more, without having failed: its source was
	 * cancelled, it is being closed, or the loop ends.
	 */
	default void ended() {
	}

	/**
	 * The descriptor could not be read and has been closed. No more events will come.
	 * @param failure the reason
	 */
	void failed(Throwable failure);

}
