package io.github.linuxfd.fanotify;

import io.github.linuxfd.flags.Flag;

/**
 * How a fanotify group behaves and what its events carry.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/fanotify_init.2.html">fanotify_init.2</a>
 */
public enum FanotifyInitFlag implements Flag {

	/**
	 * {@code FAN_UNLIMITED_QUEUE}: the queue takes what comes, whatever memory it takes.
	 */
	UNLIMITED_QUEUE(0x10),

	/**
	 * {@code FAN_UNLIMITED_MARKS}: no limit of marks.
	 */
	UNLIMITED_MARKS(0x20),

	/**
	 * {@code FAN_ENABLE_AUDIT}: answers may be written to the audit log. Linux 4.15.
	 */
	ENABLE_AUDIT(0x40),

	/**
	 * {@code FAN_REPORT_PIDFD}: events carry a pidfd of the process. Linux 5.15.
	 */
	REPORT_PIDFD(0x80),

	/**
	 * {@code FAN_REPORT_TID}: events name the thread and not the process. Linux 4.20.
	 */
	REPORT_TID(0x100),

	/**
	 * {@code FAN_REPORT_FID}: events carry the handle of the file and no descriptor.
	 * Linux 5.1.
	 */
	REPORT_FID(0x200),

	/**
	 * {@code FAN_REPORT_DIR_FID}: events carry the handle of the directory. Linux 5.9.
	 */
	REPORT_DIR_FID(0x400),

	/**
	 * {@code FAN_REPORT_NAME}: events carry the name in the directory; needs
	 * {@link #REPORT_DIR_FID}. Linux 5.9.
	 */
	REPORT_NAME(0x800),

	/**
	 * {@code FAN_REPORT_TARGET_FID}: events about directory entries carry the handle of
	 * the file too; needs the three others. Linux 5.17.
	 */
	REPORT_TARGET_FID(0x1000),

	/**
	 * {@code FAN_REPORT_FD_ERROR}: an event whose file cannot be opened says so instead
	 * of being lost. Added by the factory where the kernel knows it. Linux 6.13.
	 */
	REPORT_FD_ERROR(0x2000),

	/**
	 * {@code FAN_REPORT_MNT}: events carry the id of a mount. Linux 6.15.
	 */
	REPORT_MNT(0x4000);

	private final long bit;

	FanotifyInitFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
