package io.github.linuxfd.uring;

/**
 * Takes the completions of a ring, and says what their flags mean. It is called on the
 * ring's thread.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@FunctionalInterface
public interface Completion {

	/**
	 * An operation has completed, or, if it {@linkplain #hasMore has more}, a part of it.
	 * @param userData what its entry carried
	 * @param result the result of the system call that it stands for, {@code -errno} if
	 * it has failed
	 * @param flags the kernel's flags
	 */
	void completed(long userData, int result, int flags);

	/**
	 * {@code IORING_CQE_F_MORE} - whether the same entry will complete again.
	 * @param flags the kernel's flags
	 * @return {@code false} for the last completion of an entry
	 */
	static boolean hasMore(int flags) {
		return (flags & 0x2) != 0;
	}

	/**
	 * {@code IORING_CQE_F_BUFFER} - whether there are bytes in a provided buffer.
	 * @param flags the kernel's flags
	 * @return {@code true} if {@link #buffer} says in which
	 */
	static boolean hasBuffer(int flags) {
		return (flags & 0x1) != 0;
	}

	/**
	 * Return the provided buffer that the kernel has taken.
	 * @param flags the kernel's flags, which {@linkplain #hasBuffer have one}
	 * @return the buffer's id
	 */
	static int buffer(int flags) {
		return flags >>> 16;
	}

}
