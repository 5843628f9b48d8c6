package io.github.linuxfd.errno;

/**
 * The kernel has no memory for it.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SyscallMemoryException extends SyscallException {

	SyscallMemoryException(String syscall, Errno errno, String detail) {
		super(syscall, errno, detail);
	}

}
