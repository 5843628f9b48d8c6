package io.github.linuxfd.errno;

/**
 * The caller passed something wrong.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallArgumentException extends SyscallException {

	SyscallArgumentException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
