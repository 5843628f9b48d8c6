package io.github.linuxfd.fanotify;

/**
 * The answer to a permission event.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/fanotify.7.html">fanotify.7</a>
 */
public enum FanotifyResponse {

	/**
	 * {@code FAN_ALLOW}: go on.
	 */
	ALLOW(0x1),

	/**
	 * {@code FAN_DENY}: fail with {@code EPERM}.
	 */
	DENY(0x2),

	/**
	 * {@code FAN_ALLOW | FAN_AUDIT}: go on, and write it to the audit log; needs
	 * {@link FanotifyInitFlag#ENABLE_AUDIT}.
	 */
	ALLOW_AUDIT(0x11),

	/**
	 * {@code FAN_DENY | FAN_AUDIT}: fail with {@code EPERM}, and write it to the audit
	 * log; needs {@link FanotifyInitFlag#ENABLE_AUDIT}.
	 */
	DENY_AUDIT(0x12);

	private final int value;

	FanotifyResponse(int value) {
		this.value = value;
	}

	/**
	 * Return the kernel's value.
	 * @return the answer as it is written
	 */
	public int value() {
		return this.value;
	}

}
