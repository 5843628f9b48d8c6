package io.github.linuxfd.listener;

/**
 * Is told what a container does, event by event. The methods are called on the
 * container's threads and must be quick.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public interface ListenerObserver {

	/**
	 * A handler has ended.
	 * @param nanos the time from the read in the loop to the end of the handler
	 * @param success {@code false} if it threw something
	 */
	void dispatched(long nanos, boolean success);

	/**
	 * A timer has ticked.
	 * @param latenessNanos the time from the due time to the read in the loop
	 */
	void ticked(long latenessNanos);

	/**
	 * Return an observer that tells this one and another one.
	 * @param other the other one
	 * @return both
	 */
	default ListenerObserver and(ListenerObserver other) {
		ListenerObserver first = this;
		return new ListenerObserver() {

			@Override
			public void dispatched(long nanos, boolean success) {
				first.dispatched(nanos, success);
				other.dispatched(nanos, success);
			}

			@Override
			public void ticked(long latenessNanos) {
				first.ticked(latenessNanos);
				other.ticked(latenessNanos);
			}

		};
	}

}
