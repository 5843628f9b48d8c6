package io.github.linuxfd.inotify;

/**
 * Whether somebody has a file open for writing.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum FileWriter {

	/**
	 * Somebody has; the file's {@code CLOSE_WRITE} is still to come.
	 */
	PRESENT,

	/**
	 * Nobody has.
	 */
	ABSENT,

	/**
	 * The kernel would not say: the file belongs to another user and {@code CAP_LEASE} is
	 * missing, it cannot be opened, or its file system has no leases.
	 */
	UNKNOWN

}
