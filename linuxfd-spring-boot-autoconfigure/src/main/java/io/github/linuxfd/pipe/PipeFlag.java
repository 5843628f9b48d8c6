package io.github.linuxfd.pipe;

import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flag;

/**
 * How a pipe behaves: the flags of pipe2(2). Close-on-exec is always set.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/pipe2.2.html">pipe2.2</a>
 */
public enum PipeFlag implements Flag {

	/**
	 * {@code O_NONBLOCK}: neither end ever waits.
	 */
	NONBLOCK(Syscalls.NONBLOCK),

	/**
	 * {@code O_DIRECT}: each write of up to 4096 bytes is a packet, and a read takes one.
	 * Linux 3.4.
	 */
	DIRECT(Architecture.current().directFlag());

	private final long bit;

	PipeFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
