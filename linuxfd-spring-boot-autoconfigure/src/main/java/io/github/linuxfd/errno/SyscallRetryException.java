package io.github.linuxfd.errno;

/**
 * It may work when tried again.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallRetryException extends SyscallException {

	SyscallRetryException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
