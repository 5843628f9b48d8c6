package io.github.linuxfd.inotify;

import io.github.linuxfd.flags.Flag;

/**
 * How a watch behaves: the control bits of inotify_add_watch(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/inotify_add_watch.2.html">inotify_add_watch.2</a>
 */
public enum InotifyWatchFlag implements Flag {

	/**
	 * {@code IN_ONLYDIR}: refuse to watch anything but a directory.
	 */
	ONLYDIR(0x01000000),

	/**
	 * {@code IN_DONT_FOLLOW}: watch a symbolic link itself, not what it names.
	 */
	DONT_FOLLOW(0x02000000),

	/**
	 * {@code IN_EXCL_UNLINK}: no events for entries that have been unlinked.
	 */
	EXCL_UNLINK(0x04000000),

	/**
	 * {@code IN_MASK_CREATE}: fail if the inode is already watched. Linux 4.18.
	 */
	MASK_CREATE(0x10000000),

	/**
	 * {@code IN_MASK_ADD}: add to the mask of an existing watch instead of replacing it.
	 */
	MASK_ADD(0x20000000),

	/**
	 * {@code IN_ONESHOT}: remove the watch after one event.
	 */
	ONESHOT(0x80000000L);

	private final long bit;

	InotifyWatchFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
