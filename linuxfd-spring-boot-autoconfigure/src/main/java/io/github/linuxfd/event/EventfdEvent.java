package io.github.linuxfd.event;

import java.math.BigInteger;

/**
 * An eventfd was incremented.
 *
 * @param eventfd the name of the bean
 * @param value what the read took from the counter: all there was, or one from a
 * semaphore; an unsigned number
 * @author linuxfd
 * @since 0.1.0
 */
public record EventfdEvent(String eventfd, long value) {

	/**
	 * Return the value as a number that is never negative.
	 * @return from 1 to 2^64-2
	 */
	public BigInteger toBigInteger() {
		return new BigInteger(Long.toUnsignedString(this.value));
	}

	@Override
	public String toString() {
		return "EventfdEvent[" + this.eventfd + ", " + Long.toUnsignedString(this.value) + "]";
	}

}
