package io.github.linuxfd.mount;

import io.github.linuxfd.flags.Flag;

/**
 * What to mount and how: the flags of mount(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount.2</a>
 */
public enum MountFlag implements Flag {

	/** {@code MS_RDONLY}: read-only. */
	RDONLY(1),

	/** {@code MS_NOSUID}: set-user-ID bits and file capabilities mean nothing. */
	NOSUID(2),

	/** {@code MS_NODEV}: device files cannot be opened. */
	NODEV(4),

	/** {@code MS_NOEXEC}: programs cannot be started. */
	NOEXEC(8),

	/** {@code MS_SYNCHRONOUS}: writes are on the device when they return. */
	SYNCHRONOUS(16),

	/** {@code MS_REMOUNT}: change a mount; with {@link #BIND} only this one. */
	REMOUNT(32),

	/** {@code MS_MANDLOCK}: mandatory locks; without effect since Linux 5.15. */
	MANDLOCK(64),

	/** {@code MS_DIRSYNC}: changes of directories are on the device when they return. */
	DIRSYNC(128),

	/** {@code MS_NOSYMFOLLOW}: symbolic links are not followed. Linux 5.10. */
	NOSYMFOLLOW(256),

	/** {@code MS_NOATIME}: access times are not kept. */
	NOATIME(1024),

	/** {@code MS_NODIRATIME}: access times of directories are not kept. */
	NODIRATIME(2048),

	/** {@code MS_BIND}: show a directory or file at another place. */
	BIND(4096),

	/** {@code MS_MOVE}: move a mount. */
	MOVE(8192),

	/** {@code MS_REC}: with all mounts below. */
	REC(16384),

	/** {@code MS_SILENT}: no messages in the kernel's log. */
	SILENT(32768),

	/** {@code MS_POSIXACL}: access control lists. */
	POSIXACL(1 << 16),

	/** {@code MS_UNBINDABLE}: private, and not to be bound. */
	UNBINDABLE(1 << 17),

	/** {@code MS_PRIVATE}: mounts below neither come nor go to its peers. */
	PRIVATE(1 << 18),

	/** {@code MS_SLAVE}: mounts below come from its peers. */
	SLAVE(1 << 19),

	/** {@code MS_SHARED}: mounts below come and go to its peers. */
	SHARED(1 << 20),

	/** {@code MS_RELATIME}: access times are kept now and then. */
	RELATIME(1 << 21),

	/** {@code MS_KERNMOUNT}: mounted by the kernel; not for programs. */
	KERNMOUNT(1 << 22),

	/** {@code MS_I_VERSION}: a counter of changes of each file. */
	I_VERSION(1 << 23),

	/** {@code MS_STRICTATIME}: access times are always kept. */
	STRICTATIME(1 << 24),

	/** {@code MS_LAZYTIME}: times are kept in memory. Linux 4.0. */
	LAZYTIME(1 << 25),

	/** {@code MS_ACTIVE}: set by the kernel; not for programs. */
	ACTIVE(1 << 30),

	/** {@code MS_NOUSER}: set by the kernel; not for programs. */
	NOUSER(1L << 31);

	private final long bit;

	MountFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
