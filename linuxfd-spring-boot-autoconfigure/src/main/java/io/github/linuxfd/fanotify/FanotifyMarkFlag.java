package io.github.linuxfd.fanotify;

import io.github.linuxfd.flags.Flag;

/**
 * How a mark behaves.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/fanotify_mark.2.html">fanotify_mark.2</a>
 */
public enum FanotifyMarkFlag implements Flag {

	/**
	 * {@code FAN_MARK_DONT_FOLLOW}: mark a symbolic link itself.
	 */
	DONT_FOLLOW(0x4),

	/**
	 * {@code FAN_MARK_ONLYDIR}: fail if the path is no directory.
	 */
	ONLYDIR(0x8),

	/**
	 * {@code FAN_MARK_IGNORED_MASK}: events not to be told of, in the older way.
	 */
	IGNORED_MASK(0x20),

	/**
	 * {@code FAN_MARK_IGNORED_SURV_MODIFY}: still ignore after the file was modified.
	 */
	IGNORED_SURV_MODIFY(0x40),

	/**
	 * {@code FAN_MARK_EVICTABLE}: the mark does not keep the inode in memory, and is gone
	 * with it. Linux 5.19.
	 */
	EVICTABLE(0x200),

	/**
	 * {@code FAN_MARK_IGNORE}: events not to be told of; mounts and file systems need
	 * {@link #IGNORED_SURV_MODIFY} too. Linux 6.0.
	 */
	IGNORE(0x400);

	private final long bit;

	FanotifyMarkFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
