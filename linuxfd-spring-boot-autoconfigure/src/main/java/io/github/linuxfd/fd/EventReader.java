package io.github.linuxfd.fd;

import java.util.function.Consumer;

/**
 * A descriptor whose readiness stands for events that can be had without waiting: what an
 * event loop reads.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public interface EventReader<E> extends Pollable, AutoCloseable {

	/**
	 * Take what there is, as much as one call brings, without waiting.
	 * @param sink takes the events; it must not throw and not read this descriptor, and
	 * may close it
	 * @return a positive number, the bytes read, if there was something; 0 if not
	 * @throws io.github.linuxfd.errno.SyscallException if the read fails
	 * @throws IllegalStateException if this is closed
	 */
	int drain(Consumer<? super E> sink);

	/**
	 * Whether that call has taken all there was.
	 * @param bytes what {@link #drain} returned
	 * @return {@code true} if another one would find nothing
	 */
	boolean isDrainedBy(int bytes);

	/**
	 * Whether the first event is the last one, although the descriptor stays readable.
	 * @return {@code true} if it is to be closed after it
	 */
	default boolean isOneShot() {
		return false;
	}

	/**
	 * How long to leave this alone after a call that brought nothing although the
	 * descriptor is readable.
	 * @return the time in nanoseconds; 0 if it is to be asked as soon as it is readable
	 */
	default long pauseNanos() {
		return 0;
	}

	/**
	 * Give up an event of this descriptor that was read and that nobody will get: what it
	 * holds open is closed. Any thread may call.
	 * @param event the event
	 */
	default void discard(E event) {
	}

	/**
	 * Whether this has not been closed yet.
	 * @return {@code true} as long as calls are accepted
	 */
	boolean isOpen();

	/**
	 * {@code close(2)} - as soon as no call uses the descriptor any more.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	void close();

}
