package io.github.linuxfd.inotify;

import io.github.linuxfd.flags.Flag;

/**
 * What happened, or what to be told about: the event bits of inotify(7).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify.7</a>
 */
public enum InotifyEventFlag implements Flag {

	/**
	 * {@code IN_ACCESS}: the file was read.
	 */
	ACCESS(0x1),

	/**
	 * {@code IN_MODIFY}: the file was written or truncated.
	 */
	MODIFY(0x2),

	/**
	 * {@code IN_ATTRIB}: permissions, times, owner or link count changed.
	 */
	ATTRIB(0x4),

	/**
	 * {@code IN_CLOSE_WRITE}: a file that was open for writing was closed.
	 */
	CLOSE_WRITE(0x8),

	/**
	 * {@code IN_CLOSE_NOWRITE}: a file that was not open for writing was closed.
	 */
	CLOSE_NOWRITE(0x10),

	/**
	 * {@code IN_OPEN}: the file or directory was opened.
	 */
	OPEN(0x20),

	/**
	 * {@code IN_MOVED_FROM}: an entry was renamed away from here; the cookie joins it to
	 * its {@link #MOVED_TO}.
	 */
	MOVED_FROM(0x40),

	/**
	 * {@code IN_MOVED_TO}: an entry was renamed to here.
	 */
	MOVED_TO(0x80),

	/**
	 * {@code IN_CREATE}: an entry was created in the watched directory.
	 */
	CREATE(0x100),

	/**
	 * {@code IN_DELETE}: an entry was deleted from the watched directory.
	 */
	DELETE(0x200),

	/**
	 * {@code IN_DELETE_SELF}: the watched file or directory itself was deleted.
	 */
	DELETE_SELF(0x400),

	/**
	 * {@code IN_MOVE_SELF}: the watched file or directory itself was renamed.
	 */
	MOVE_SELF(0x800),

	/**
	 * {@code IN_UNMOUNT}: the watched file system was unmounted; reported without being
	 * asked for.
	 */
	UNMOUNT(0x2000),

	/**
	 * {@code IN_Q_OVERFLOW}: the kernel's queue was full and events were lost; reported
	 * without being asked for.
	 */
	Q_OVERFLOW(0x4000),

	/**
	 * {@code IN_IGNORED}: the watch is gone; reported without being asked for.
	 */
	IGNORED(0x8000),

	/**
	 * {@code IN_ISDIR}: the entry is a directory; reported without being asked for.
	 */
	ISDIR(0x40000000);

	private final long bit;

	InotifyEventFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
