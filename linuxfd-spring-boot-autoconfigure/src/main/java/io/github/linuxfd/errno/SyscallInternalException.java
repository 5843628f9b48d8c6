package io.github.linuxfd.errno;

/**
 * A fault of this library.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallInternalException extends SyscallException {

	SyscallInternalException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
