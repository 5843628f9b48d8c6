package io.github.linuxfd.errno;

/**
 * An error that the call's table does not name; it keeps its number.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallUnknownException extends SyscallException {

	SyscallUnknownException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
