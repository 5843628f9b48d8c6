package io.github.linuxfd.eventfd;

import io.github.linuxfd.flags.Flag;

/**
 * How an eventfd behaves: the flags of eventfd(2). Close-on-exec and non-blocking are
 * always set.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd.2</a>
 */
public enum EventfdFlag implements Flag {

	/**
	 * {@code EFD_SEMAPHORE}: a read takes one from the counter instead of all.
	 */
	SEMAPHORE(0x1);

	private final long bit;

	EventfdFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
