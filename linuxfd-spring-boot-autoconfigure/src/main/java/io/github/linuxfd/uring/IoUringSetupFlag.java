package io.github.linuxfd.uring;

import io.github.linuxfd.flags.Flag;

/**
 * How a ring works: the flags of io_uring_setup(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/io_uring_setup.2.html">io_uring_setup.2</a>
 */
public enum IoUringSetupFlag implements Flag {

	/**
	 * {@code IORING_SETUP_CLAMP}: a queue that is too long is made as long as can be.
	 * Linux 5.6.
	 */
	CLAMP(1 << 4),

	/**
	 * {@code IORING_SETUP_SUBMIT_ALL}: an invalid entry does not end the batch. Linux
	 * 5.18.
	 */
	SUBMIT_ALL(1 << 7),

	/**
	 * {@code IORING_SETUP_COOP_TASKRUN}: a completion does not interrupt the thread that
	 * has submitted. Linux 5.19.
	 */
	COOP_TASKRUN(1 << 8),

	/**
	 * {@code IORING_SETUP_SINGLE_ISSUER}: only the thread that has opened the ring
	 * submits to it. Linux 6.0.
	 */
	SINGLE_ISSUER(1 << 12),

	/**
	 * {@code IORING_SETUP_DEFER_TASKRUN}: what is left to do for a completion is done
	 * when the thread asks for completions; needs {@link #SINGLE_ISSUER}. Linux 6.1.
	 */
	DEFER_TASKRUN(1 << 13);

	private final long bit;

	IoUringSetupFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
