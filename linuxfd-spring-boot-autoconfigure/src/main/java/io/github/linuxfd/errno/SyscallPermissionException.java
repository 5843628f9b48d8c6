package io.github.linuxfd.errno;

/**
 * The caller may not do that.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallPermissionException extends SyscallException {

	SyscallPermissionException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
