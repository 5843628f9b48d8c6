package io.github.linuxfd.listener;

/**
 * Handles events, one batch after the other, on one thread at a time. Does not throw.
 *
 * @param <E> the events
 * @author linuxfd
 */
interface EventHandler<E> {

	/** A batch begins. */
	void begin();

	/** Handle an event that was read at that time. */
	void handle(E event, long readNanos);

	/** The batch has ended. */
	void end();

}
