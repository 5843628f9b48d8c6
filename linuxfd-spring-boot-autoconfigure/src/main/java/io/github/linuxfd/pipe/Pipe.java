package io.github.linuxfd.pipe;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.Limits;

/**
 * A pipe. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/pipe.7.html">pipe.7</a>
 */
public final class Pipe implements AutoCloseable {

	private static final int F_SETPIPE_SZ = 1031;

	private static final int F_GETPIPE_SZ = 1032;

	private static final long FIONREAD = 0x541b;

	private static final String MAX_SIZE = "fs.pipe-max-size";

	private static final String SOFT_PAGES = "fs.pipe-user-pages-soft";

	private static final String HARD_PAGES = "fs.pipe-user-pages-hard";

	private final Syscalls syscalls;

	private final OwnedFd readEnd;

	private final OwnedFd writeEnd;

	Pipe(Syscalls syscalls, OwnedFd readEnd, OwnedFd writeEnd) {
		this.syscalls = syscalls;
		this.readEnd = readEnd;
		this.writeEnd = writeEnd;
	}

	/**
	 * Return the end to read from. It may be closed alone; who writes then gets
	 * {@code EPIPE}.
	 * @return the owner of the number
	 */
	public OwnedFd readEnd() {
		return this.readEnd;
	}

	/**
	 * Return the end to write to. It may be closed alone; who has read all then gets the
	 * end of input.
	 * @return the owner of the number
	 */
	public OwnedFd writeEnd() {
		return this.writeEnd;
	}

	/**
	 * {@code fcntl(2)}, {@code F_GETPIPE_SZ} - returns how much the pipe can hold. Linux
	 * 2.6.35.
	 * @return the number of bytes, a power of two of pages: 65536 unless the user has
	 * many pipes
	 * @throws IllegalStateException if the write end is closed
	 */
	public int capacity() {
		return SyscallException.check("fcntl", fcntl(F_GETPIPE_SZ, 0), this + ", F_GETPIPE_SZ");
	}

	/**
	 * {@code fcntl(2)}, {@code F_SETPIPE_SZ} - sets how much the pipe can hold. Linux
	 * 2.6.35.
	 * @param bytes the number of bytes; rounded up to pages and to a power of two
	 * @return what the pipe can hold now
	 * @throws SyscallException {@code EPERM} - it is more than {@code fs.pipe-max-size},
	 * or than the user has left of {@code fs.pipe-user-pages-soft} and {@code -hard}
	 * pages, and {@code CAP_SYS_RESOURCE} is missing: the message names the limit;
	 * {@code EBUSY} - the pipe holds more
	 * @throws IllegalArgumentException if the number is not positive
	 * @throws IllegalStateException if the write end is closed
	 */
	public int setCapacity(int bytes) {
		if (bytes <= 0) {
			throw new IllegalArgumentException("A pipe's capacity is positive, not " + bytes);
		}
		int result = fcntl(F_SETPIPE_SZ, bytes);
		if (result < 0) {
			String limit = Errno.EPERM.is(result) ? "; " + limit(bytes) : "";
			throw SyscallException.of("fcntl", result, this + ", F_SETPIPE_SZ, " + bytes + limit);
		}
		return result;
	}

	private int fcntl(int command, int argument) {
		int number = this.writeEnd.acquire();
		try {
			return this.syscalls.fcntl(number, command, argument);
		}
		finally {
			this.writeEnd.release();
		}
	}

	private static String limit(int bytes) {
		long maxSize = Limits.sysctl(MAX_SIZE).orElse(Long.MAX_VALUE);
		return (bytes > maxSize) ? MAX_SIZE + " is " + maxSize
				: SOFT_PAGES + " is " + Limits.sysctl(SOFT_PAGES).orElse(0) + " and " + HARD_PAGES + " is "
						+ Limits.sysctl(HARD_PAGES).orElse(0) + " pages for all pipes of the user";
	}

	/**
	 * {@code ioctl(2)}, {@code FIONREAD} - returns how much is in the pipe.
	 * @return the number of bytes
	 * @throws IllegalStateException if the read end is closed
	 */
	public int available() {
		int number = this.readEnd.acquire();
		try (NativeMemory count = NativeMemory.allocate(Integer.BYTES)) {
			SyscallException.check("ioctl", this.syscalls.ioctl(number, FIONREAD, count.address()), this);
			return count.bytes().getInt(0);
		}
		finally {
			this.readEnd.release();
		}
	}

	/**
	 * {@code close(2)} - closes what is open of the two ends, as soon as no call uses
	 * them any more.
	 * @throws IllegalStateException if both are closed already
	 */
	@Override
	public void close() {
		boolean open = closeIfOpen(this.writeEnd);
		open |= closeIfOpen(this.readEnd);
		if (!open) {
			throw new IllegalStateException(this + " is closed already");
		}
	}

	private static boolean closeIfOpen(Fd end) {
		boolean open = end.isOpen();
		if (open) {
			end.close();
		}
		return open;
	}

	@Override
	public String toString() {
		return "Pipe[" + this.readEnd + ", " + this.writeEnd + "]";
	}

}
