package io.github.linuxfd.fd;

/**
 * A descriptor that calls can be made with. Its number is borrowed for each call, so that
 * it cannot be closed, and given to somebody else by the kernel, under a running call.
 * Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public sealed interface Fd extends AutoCloseable permits OwnedFd, LentFd {

	/**
	 * Borrow the number for one call. Must be followed by {@link #release()}, on the same
	 * thread.
	 * @return the number
	 * @throws IllegalStateException if the descriptor is closed
	 */
	int acquire();

	/**
	 * Give the number back.
	 */
	void release();

	/**
	 * Whether the descriptor has not been closed yet.
	 * @return {@code true} as long as calls are accepted
	 */
	boolean isOpen();

	/**
	 * End the use of the descriptor. What is closed by that, the implementation says.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	void close();

}
