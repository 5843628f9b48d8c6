package io.github.linuxfd.fanotify;

import io.github.linuxfd.flags.Flag;

/**
 * How the file of an event's descriptor is opened. Without a flag it is read-only;
 * close-on-exec is always added.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/fanotify_init.2.html">fanotify_init.2</a>
 */
public enum FanotifyFileFlag implements Flag {

	/**
	 * {@code O_WRONLY}: for writing only.
	 */
	WRONLY(0x1),

	/**
	 * {@code O_RDWR}: for reading and writing.
	 */
	RDWR(0x2),

	/**
	 * {@code O_APPEND}: writes go to the end.
	 */
	APPEND(0x400),

	/**
	 * {@code O_DSYNC}: writes reach the disk.
	 */
	DSYNC(0x1000),

	/**
	 * {@code O_NOATIME}: reads do not change the access time.
	 */
	NOATIME(0x40000),

	/**
	 * {@code O_SYNC}: writes and their metadata reach the disk.
	 */
	SYNC(0x101000);

	private final long bit;

	FanotifyFileFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
