package io.github.linuxfd.aio;

/**
 * By what the kernel is asked to do operations.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum AioEngine {

	/** The best that may be used. */
	AUTO,

	/** io_uring(7) for files and sockets. Linux 5.19. */
	IO_URING,

	/**
	 * io_submit(2) for files opened with {@code O_DIRECT}, threads for other files,
	 * epoll(7) for sockets.
	 */
	LINUX_AIO,

	/** epoll(7) for sockets, threads for files. */
	EPOLL

}
