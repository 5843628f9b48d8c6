package io.github.linuxfd.pipe;

import io.github.linuxfd.flags.Flag;

/**
 * How bytes are moved: the flags of splice(2), tee(2) and vmsplice(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/splice.2.html">splice.2</a>
 */
public enum SpliceFlag implements Flag {

	/**
	 * {@code SPLICE_F_MOVE}: move the pages instead of copying them, where the kernel
	 * can.
	 */
	MOVE(0x1),

	/**
	 * {@code SPLICE_F_NONBLOCK}: do not wait for the pipe. What is at its other side is
	 * waited for all the same unless it is non-blocking itself.
	 */
	NONBLOCK(0x2),

	/**
	 * {@code SPLICE_F_MORE}: more follows at once; a socket keeps back a packet that is
	 * not full, for up to 200 ms.
	 */
	MORE(0x4),

	/**
	 * {@code SPLICE_F_GIFT}: for vmsplice(2), the pages are the kernel's from now on and
	 * never written to again.
	 */
	GIFT(0x8);

	private final long bit;

	SpliceFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
