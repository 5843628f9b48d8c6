package io.github.linuxfd.errno;

import java.util.Optional;

/**
 * A system call that failed. Each errno of a call becomes one kind of exception, always
 * the same; what the call's table does not list is a {@link SyscallUnknownException}.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public abstract sealed class SyscallException extends RuntimeException
		permits SyscallArgumentException, SyscallPermissionException, SyscallMemoryException, SyscallSystemException,
		SyscallInternalException, SyscallRetryException, SyscallUnknownException {

	private final String syscall;

	private final Errno errno;

	private final String detail;

	SyscallException(String syscall, Errno errno, String detail) {
		super(syscall + "(" + detail + ") failed: " + errno
				+ ErrnoTable.capability(syscall, errno).map((capability) -> "; it needs " + capability).orElse(""));
		this.syscall = syscall;
		this.errno = errno;
		this.detail = detail;
	}

	/**
	 * Return the exception for a failed call.
	 * @param syscall the call's name
	 * @param result what the seam returned, {@code -errno}
	 * @param detail the arguments worth naming, possibly none
	 * @return the exception of the kind that the call's table names
	 */
	public static SyscallException of(String syscall, long result, String detail) {
		Errno errno = Errno.ofResult(result);
		return switch (ErrnoTable.kind(syscall, errno)) {
			case ARGUMENT -> new SyscallArgumentException(syscall, errno, detail);
			case PERMISSION -> new SyscallPermissionException(syscall, errno, detail);
			case MEMORY -> new SyscallMemoryException(syscall, errno, detail);
			case SYSTEM -> new SyscallSystemException(syscall, errno, detail);
			case INTERNAL -> new SyscallInternalException(syscall, errno, detail);
			case RETRY -> new SyscallRetryException(syscall, errno, detail);
			case UNKNOWN -> new SyscallUnknownException(syscall, errno, detail);
		};
	}

	/**
	 * Return the result of a call that must not fail.
	 * @param syscall the call's name
	 * @param result what the seam returned
	 * @param detail the arguments worth naming; asked for its text only if the call has
	 * failed
	 * @return the result, not negative
	 * @throws SyscallException if the result is an error
	 */
	public static int check(String syscall, long result, Object detail) {
		if (result < 0) {
			throw of(syscall, result, detail.toString());
		}
		return (int) result;
	}

	/**
	 * Return the name of the call that failed.
	 * @return for instance {@code inotify_add_watch}
	 */
	public String syscall() {
		return this.syscall;
	}

	/**
	 * Return the error.
	 * @return the error number with its name
	 */
	public Errno errno() {
		return this.errno;
	}

	/**
	 * Return the capability that the call needs, if it was refused for the lack of it.
	 * @return for instance {@code CAP_SYS_ADMIN}; empty for other errors and calls
	 */
	public Optional<String> capability() {
		return ErrnoTable.capability(this.syscall, this.errno);
	}

	/**
	 * Return the arguments that the message names.
	 * @return the arguments, possibly none
	 */
	public String detail() {
		return this.detail;
	}

}
