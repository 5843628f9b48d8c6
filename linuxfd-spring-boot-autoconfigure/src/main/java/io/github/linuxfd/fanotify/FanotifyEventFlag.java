package io.github.linuxfd.fanotify;

import io.github.linuxfd.flags.Flag;

/**
 * What happened, or what to be told about: the event bits of fanotify(7). The kernel may
 * join several bits of one file in one event.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/fanotify.7.html">fanotify.7</a>
 */
public enum FanotifyEventFlag implements Flag {

	/**
	 * {@code FAN_ACCESS}: a file was read.
	 */
	ACCESS(0x1),

	/**
	 * {@code FAN_MODIFY}: a file was written or truncated.
	 */
	MODIFY(0x2),

	/**
	 * {@code FAN_ATTRIB}: permissions, times, owner or link count changed. Linux 5.1.
	 */
	ATTRIB(0x4),

	/**
	 * {@code FAN_CLOSE_WRITE}: a file that was open for writing was closed.
	 */
	CLOSE_WRITE(0x8),

	/**
	 * {@code FAN_CLOSE_NOWRITE}: a file that was not open for writing was closed.
	 */
	CLOSE_NOWRITE(0x10),

	/**
	 * {@code FAN_OPEN}: a file or directory was opened.
	 */
	OPEN(0x20),

	/**
	 * {@code FAN_MOVED_FROM}: an entry was renamed away from here. Linux 5.1.
	 */
	MOVED_FROM(0x40),

	/**
	 * {@code FAN_MOVED_TO}: an entry was renamed to here. Linux 5.1.
	 */
	MOVED_TO(0x80),

	/**
	 * {@code FAN_CREATE}: an entry was created. Linux 5.1.
	 */
	CREATE(0x100),

	/**
	 * {@code FAN_DELETE}: an entry was deleted. Linux 5.1.
	 */
	DELETE(0x200),

	/**
	 * {@code FAN_DELETE_SELF}: the marked object itself was deleted. If that is a file,
	 * only a group with {@link FanotifyInitFlag#REPORT_FID} is told. Linux 5.1.
	 */
	DELETE_SELF(0x400),

	/**
	 * {@code FAN_MOVE_SELF}: the marked object itself was renamed. If that is a file,
	 * only a group with {@link FanotifyInitFlag#REPORT_FID} is told. Linux 5.1.
	 */
	MOVE_SELF(0x800),

	/**
	 * {@code FAN_OPEN_EXEC}: a file was opened to be executed. Linux 5.0.
	 */
	OPEN_EXEC(0x1000),

	/**
	 * {@code FAN_Q_OVERFLOW}: the kernel's queue was full and events were lost; reported
	 * without being asked for.
	 */
	Q_OVERFLOW(0x4000),

	/**
	 * {@code FAN_FS_ERROR}: the file system has found an error in itself. For groups with
	 * {@link FanotifyInitFlag#REPORT_FID} and marks of a file system. Linux 5.16.
	 */
	FS_ERROR(0x8000),

	/**
	 * {@code FAN_OPEN_PERM}: a file is to be opened; it waits for the answer.
	 */
	OPEN_PERM(0x10000),

	/**
	 * {@code FAN_ACCESS_PERM}: a file is to be read; it waits for the answer.
	 */
	ACCESS_PERM(0x20000),

	/**
	 * {@code FAN_OPEN_EXEC_PERM}: a file is to be opened for execution; it waits for the
	 * answer. Linux 5.0.
	 */
	OPEN_EXEC_PERM(0x40000),

	/**
	 * {@code FAN_PRE_ACCESS}: a range of a file is to be read or written; it waits for
	 * the answer. Only for the class {@link FanotifyClass#PRE_CONTENT}, and on ext4, xfs
	 * and btrfs. Linux 6.14.
	 */
	PRE_ACCESS(0x100000),

	/**
	 * {@code FAN_MNT_ATTACH}: a mount was attached. Linux 6.15.
	 */
	MNT_ATTACH(0x1000000),

	/**
	 * {@code FAN_MNT_DETACH}: a mount was detached. Linux 6.15.
	 */
	MNT_DETACH(0x2000000),

	/**
	 * {@code FAN_EVENT_ON_CHILD}: to be told of a marked directory's entries too; never
	 * reported.
	 */
	EVENT_ON_CHILD(0x8000000),

	/**
	 * {@code FAN_RENAME}: an entry was renamed, with its old and its new directory and
	 * name. Linux 5.17.
	 */
	RENAME(0x10000000),

	/**
	 * {@code FAN_ONDIR}: to be told of directories too; reported if it is one.
	 */
	ONDIR(0x40000000);

	private final long bit;

	FanotifyEventFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
