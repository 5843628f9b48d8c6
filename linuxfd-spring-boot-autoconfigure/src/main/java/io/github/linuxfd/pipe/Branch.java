package io.github.linuxfd.pipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * A pipe and the target that it is emptied into.
 *
 * @author linuxfd
 */
final class Branch {

	static final Flags<SpliceFlag> FLAGS = Flags.of(SpliceFlag.MOVE, SpliceFlag.NONBLOCK);

	private static final int F_GETFL = 3;

	private static final int SEEK_CUR = 1;

	private static final int BUFFER_BYTES = 1 << 16;

	private final Syscalls syscalls;

	private final Splicer splicer;

	private final Pipe pipe;

	private final Fd target;

	private final boolean asked;

	private long offset;

	/** How many bytes wait for the target, in the pipe and in the buffer. */
	private long held;

	/** What bytes go through once the target has refused to be spliced to. */
	private @Nullable NativeMemory buffer;

	/** Where the bytes in the buffer start and end. */
	private int start;

	private int end;

	private long copied;

	/** Why the target takes no more in this run. */
	private @Nullable SyscallException failure;

	Branch(Syscalls syscalls, Splicer splicer, Pipe pipe, Fd target, long offset) {
		this.syscalls = syscalls;
		this.splicer = splicer;
		this.pipe = pipe;
		this.target = target;
		this.offset = offset;
		this.asked = mayWait(syscalls, target);
	}

	/**
	 * Whether a call may wait for the other side of that, whatever it is told: it is
	 * blocking, and no regular file, which is always ready.
	 */
	static boolean mayWait(Syscalls syscalls, Fd fd) {
		int number = fd.acquire();
		try {
			int flags = SyscallException.check("fcntl", syscalls.fcntl(number, F_GETFL, 0), fd + ", F_GETFL");
			return (flags & Syscalls.NONBLOCK) == 0 && !isFile(number);
		}
		finally {
			fd.release();
		}
	}

	static boolean isFile(Fd fd) {
		int number = fd.acquire();
		try {
			return isFile(number);
		}
		finally {
			fd.release();
		}
	}

	private static boolean isFile(int number) {
		return Files.isRegularFile(path(number));
	}

	private static Path path(int number) {
		return Path.of("/proc/thread-self/fd/" + number);
	}

	/** How many bytes a file has from there on, zero if it does not say. */
	static long left(Syscalls syscalls, Fd file, long offset) {
		int number = file.acquire();
		try {
			long start = (offset != Splicer.CURRENT) ? offset : syscalls.lseek(number, 0, SEEK_CUR);
			if (start < 0) {
				throw SyscallException.of("lseek", start, file + ", 0, SEEK_CUR");
			}
			return Math.max(0, Files.size(path(number)) - start);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			file.release();
		}
	}

	/**
	 * Whether the target can be written to where it is, by a call that does not wait. Not
	 * a file: that and the source would be held at once, and two that give to each other
	 * would wait for each other.
	 */
	boolean takesAtOnce() {
		return !this.asked && this.offset == Splicer.CURRENT && !isFile(this.target);
	}

	Pipe pipe() {
		return this.pipe;
	}

	Fd target() {
		return this.target;
	}

	long copied() {
		return this.copied;
	}

	/** Bytes have come into the pipe. */
	void hold(long bytes) {
		this.held += bytes;
	}

	long held() {
		return this.held;
	}

	boolean isEmpty() {
		return this.held == 0;
	}

	/** Whether poll(2) is to be asked for room before each call. */
	boolean isAsked() {
		return this.asked;
	}

	/** Whether there are bytes that the target may still take in this run. */
	boolean isDraining() {
		return this.held > 0 && this.failure == null;
	}

	void fail(SyscallException failure) {
		this.failure = failure;
	}

	@Nullable SyscallException failure() {
		return this.failure;
	}

	/** Another run tries again. */
	void retry() {
		this.failure = null;
	}

	/**
	 * Give the target what it takes of the bytes held.
	 * @return how many that were, or {@link Splicer#AGAIN}
	 */
	long drain() {
		long moved = (this.buffer != null) ? copy(this.buffer) : splice();
		this.held -= Math.max(0, moved);
		return moved;
	}

	private long splice() {
		try {
			long moved = this.splicer.splice(this.pipe.readEnd(), Splicer.CURRENT, this.target, this.offset, this.held,
					FLAGS);
			if (this.offset != Splicer.CURRENT && moved > 0) {
				this.offset += moved;
			}
			return moved;
		}
		catch (SyscallException ex) {
			// opened for appending, or something that cannot be spliced to
			if (!ex.errno().equals(Errno.EINVAL) || this.offset != Splicer.CURRENT) {
				throw ex;
			}
			NativeMemory memory = NativeMemory.allocate(BUFFER_BYTES);
			this.buffer = memory;
			return copy(memory);
		}
	}

	private long copy(NativeMemory memory) {
		if (this.start == this.end) {
			long bytes = read(this.syscalls, this.pipe.readEnd(), memory, Math.min(this.held, BUFFER_BYTES));
			if (bytes <= 0) {
				return Splicer.AGAIN;
			}
			this.start = 0;
			this.end = (int) bytes;
		}
		int number = this.target.acquire();
		try {
			long result = this.syscalls.write(number, memory.address() + this.start, this.end - this.start);
			if (Errno.EAGAIN.is(result)) {
				return Splicer.AGAIN;
			}
			int written = SyscallException.check("write", result, this.target);
			this.start += written;
			this.copied += written;
			return written;
		}
		finally {
			this.target.release();
		}
	}

	static long read(Syscalls syscalls, Fd fd, NativeMemory memory, long length) {
		int number = fd.acquire();
		try {
			long result = syscalls.read(number, memory.address(), length);
			return Errno.EAGAIN.is(result) ? Splicer.AGAIN : SyscallException.check("read", result, fd);
		}
		finally {
			fd.release();
		}
	}

	void free() {
		if (this.buffer != null) {
			this.buffer.close();
		}
	}

}
