package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.Flock;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A file whose operations complete asynchronously, through an {@link Aio}. Any thread may
 * call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioFile extends AioHandle {

	static final short F_RDLCK = 0;

	static final short F_WRLCK = 1;

	static final short F_UNLCK = 2;

	private static final int F_OFD_SETLK = 37;

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
	 * {@code fsync(2)}, {@code fdatasync(2)}, at once.
	 */
	void force(boolean metadata) {
		int number = fd().acquire();
		try {
			if (metadata) {
				SyscallException.check("fsync", this.syscalls.fsync(number), this);
			}
			else {
				SyscallException.check("fdatasync", this.syscalls.fdatasync(number), this);
			}
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code fcntl(2)}, {@code F_OFD_SETLK} - locks or unlocks, without waiting. Closing
	 * another descriptor of the file does not release such a lock, as it does the JDK's.
	 * @return whether it was done; {@code false} if somebody else has the lock
	 */
	boolean lock(short type, long position, long size) {
		int number = fd().acquire();
		try (NativeMemory memory = NativeMemory.allocate(Flock.BYTES)) {
			memory.bytes()
				.putShort(Flock.TYPE, type)
				.putLong(Flock.START, position)
				.putLong(Flock.LEN, (position + size == Long.MAX_VALUE) ? 0 : size); // to
																						// the
																						// end
			int result = this.syscalls.fcntl(number, F_OFD_SETLK, memory.address());
			if (Errno.EAGAIN.is(result) || Errno.EACCES.is(result)) {
				return false;
			}
			SyscallException.check("fcntl", result, this + ", F_OFD_SETLK");
			return true;
		}
		finally {
			fd().release();
		}
	}

	/** What is equal for all descriptors of the same file. */
	Object key() {
		int number = fd().acquire();
		try {
			return Objects.requireNonNull(
					Files.readAttributes(Path.of("/proc/self/fd/" + number), BasicFileAttributes.class).fileKey());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
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
