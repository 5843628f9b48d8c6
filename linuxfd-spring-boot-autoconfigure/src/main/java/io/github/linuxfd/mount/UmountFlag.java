package io.github.linuxfd.mount;

import io.github.linuxfd.flags.Flag;

/**
 * How to unmount: the flags of umount2(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/umount.2.html">umount.2</a>
 */
public enum UmountFlag implements Flag {

	/** {@code MNT_FORCE}: give up requests that wait for a server; may lose data. */
	MNT_FORCE(1),

	/**
	 * {@code MNT_DETACH}: out of sight now, with all mounts below, and unmounted when the
	 * last user has gone.
	 */
	MNT_DETACH(2),

	/**
	 * {@code MNT_EXPIRE}: mark it the first time, and unmount it the second time if
	 * nobody has used it in between. Linux 2.6.8.
	 */
	MNT_EXPIRE(4),

	/** {@code UMOUNT_NOFOLLOW}: do not follow a symbolic link. Linux 2.6.34. */
	UMOUNT_NOFOLLOW(8);

	private final long bit;

	UmountFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
