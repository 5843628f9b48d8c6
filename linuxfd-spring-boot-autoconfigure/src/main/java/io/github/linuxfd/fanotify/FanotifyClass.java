package io.github.linuxfd.fanotify;

/**
 * Whether a group is told only, or asked, and in which order groups are asked.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/fanotify_init.2.html">fanotify_init.2</a>
 */
public enum FanotifyClass {

	/**
	 * {@code FAN_CLASS_NOTIF}: is told what has happened, and asked nothing.
	 */
	NOTIF(0x0),

	/**
	 * {@code FAN_CLASS_CONTENT}: may be asked for permission, when the file has its
	 * content.
	 */
	CONTENT(0x4),

	/**
	 * {@code FAN_CLASS_PRE_CONTENT}: may be asked for permission, before all others, and
	 * may fill the file.
	 */
	PRE_CONTENT(0x8);

	private final int value;

	FanotifyClass(int value) {
		this.value = value;
	}

	/**
	 * Return the kernel's value.
	 * @return the bits of the class
	 */
	public int value() {
		return this.value;
	}

}
