package io.github.linuxfd.mount;

import io.github.linuxfd.flags.Flag;

/**
 * What one mount forbids, whatever others of the same file system allow: the attributes
 * of fsmount(2) and mount_setattr(2). With none of the last three, access times are kept
 * now and then ({@code MOUNT_ATTR_RELATIME}).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/mount_setattr.2.html">mount_setattr.2</a>
 */
public enum MountAttribute implements Flag {

	/** {@code MOUNT_ATTR_RDONLY}: read-only. */
	RDONLY(0x1),

	/** {@code MOUNT_ATTR_NOSUID}: set-user-ID bits and file capabilities mean nothing. */
	NOSUID(0x2),

	/** {@code MOUNT_ATTR_NODEV}: device files cannot be opened. */
	NODEV(0x4),

	/** {@code MOUNT_ATTR_NOEXEC}: programs cannot be started. */
	NOEXEC(0x8),

	/** {@code MOUNT_ATTR_NOSYMFOLLOW}: symbolic links are not followed. Linux 5.14. */
	NOSYMFOLLOW(0x200000),

	/** {@code MOUNT_ATTR_NOATIME}: access times are not kept. */
	NOATIME(0x10),

	/** {@code MOUNT_ATTR_STRICTATIME}: access times are always kept. */
	STRICTATIME(0x20),

	/** {@code MOUNT_ATTR_NODIRATIME}: access times of directories are not kept. */
	NODIRATIME(0x80);

	private final long bit;

	MountAttribute(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
