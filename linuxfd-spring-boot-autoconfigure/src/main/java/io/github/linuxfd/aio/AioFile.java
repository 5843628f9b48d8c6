package io.github.linuxfd.aio;

import java.nio.file.Path;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A file whose operations complete asynchronously, through an {@link Aio}. Any thread may
 * call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioFile extends AioHandle {

	private static final int SEEK_END = 2;

	/** As much as any device wants of {@code O_DIRECT}. */
	private static final int DIRECT_ALIGNMENT = 4096;

	private final Syscalls syscalls;

	private final Path path;

	private final boolean direct;

	AioFile(Syscalls syscalls, OwnedFd fd, Path path, boolean direct, Engine engine, Delivery delivery) {
		super(fd, engine, delivery);
		this.syscalls = syscalls;
		this.path = path;
		this.direct = direct;
	}

	@Override
	int alignment() {
		return this.direct ? DIRECT_ALIGNMENT : 1;
	}

	/**
	 * {@code lseek(2)} - returns the size.
	 * @return the number of bytes; 0 for a file that has no end before it is read, as in
	 * {@code /proc}
	 * @throws IllegalStateException if this is closed
	 */
	public long size() {
		int number = fd().acquire();
		try {
			long size = this.syscalls.lseek(number, 0, SEEK_END);
			if (Errno.EINVAL.is(size) || Errno.ESPIPE.is(size)) {
				return 0;
			}
			SyscallException.check("lseek", Math.min(size, 0), this);
			return size;
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code ftruncate(2)} - cuts the file, or makes it longer by a hole.
	 * @param size the new number of bytes
	 * @throws SyscallException {@code EINVAL} - it is not open for writing, or the size
	 * is negative; {@code EFBIG} - it would be too large
	 * @throws IllegalStateException if this is closed
	 */
	public void truncate(long size) {
		int number = fd().acquire();
		try {
			SyscallException.check("ftruncate", this.syscalls.ftruncate(number, size), this);
		}
		finally {
			fd().release();
		}
	}

	/**
	 * Return where the file was when it was opened.
	 * @return the path
	 */
	public Path path() {
		return this.path;
	}

	@Override
	public String toString() {
		return fd() + " of " + this.path;
	}

}
