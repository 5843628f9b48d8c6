package io.github.linuxfd.mount;

/**
 * What fsconfig(2) does with a file system that is being configured: the commands for
 * what {@link Mounts#fsopen} returns whose value is a string or nothing. Left out are
 * {@code SET_BINARY}, {@code SET_PATH}, {@code SET_PATH_EMPTY} and {@code SET_FD}, which
 * take a length or a descriptor as well, {@code CMD_RECONFIGURE}, which is for what
 * fspick(2) returns, and {@code CMD_CREATE_EXCL} of Linux 6.6.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum FsconfigCommand {

	/** {@code FSCONFIG_SET_FLAG}: set the switch {@code key}. */
	SET_FLAG(0),

	/** {@code FSCONFIG_SET_STRING}: set the option {@code key} to {@code value}. */
	SET_STRING(1),

	/** {@code FSCONFIG_CMD_CREATE}: make the file system, or find it. */
	CMD_CREATE(6);

	private final int number;

	FsconfigCommand(int number) {
		this.number = number;
	}

	/**
	 * Return the kernel's number.
	 * @return the second argument of fsconfig(2)
	 */
	public int number() {
		return this.number;
	}

}
