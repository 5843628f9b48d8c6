package io.github.linuxfd.errno;

/**
 * The system could not do it: a limit is reached, a device is missing or busy.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallSystemException extends SyscallException {

	SyscallSystemException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
