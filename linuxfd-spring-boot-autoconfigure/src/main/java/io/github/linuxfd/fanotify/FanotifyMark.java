package io.github.linuxfd.fanotify;

/**
 * What a mark is put on.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/fanotify_mark.2.html">fanotify_mark.2</a>
 */
public enum FanotifyMark {

	/**
	 * {@code FAN_MARK_INODE}: one file or directory, and with
	 * {@link FanotifyEventFlag#EVENT_ON_CHILD} the entries of the directory. The only
	 * kind that needs no capability, since Linux 5.13.
	 */
	INODE(0x0),

	/**
	 * {@code FAN_MARK_MOUNT}: everything that is reached through the mount that the path
	 * is on.
	 */
	MOUNT(0x10),

	/**
	 * {@code FAN_MARK_FILESYSTEM}: everything on the file system that the path is on,
	 * whatever mount it is reached through. Linux 4.20.
	 */
	FILESYSTEM(0x100),

	/**
	 * {@code FAN_MARK_MNTNS}: the mounts of a mount namespace, which the path names:
	 * {@code /proc/self/ns/mnt}. Linux 6.15.
	 */
	MNTNS(0x110);

	private final int value;

	FanotifyMark(int value) {
		this.value = value;
	}

	/**
	 * Return the kernel's value.
	 * @return the bits of the kind
	 */
	public int value() {
		return this.value;
	}

}
