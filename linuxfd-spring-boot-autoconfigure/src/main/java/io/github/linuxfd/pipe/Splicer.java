package io.github.linuxfd.pipe;

import java.util.List;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.ffi.Layouts.Iovec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Moves bytes into, out of and between pipes, without their coming into this process: one
 * system call for each call. {@link Transfers} does whole transfers. Any thread may call.
 * <p>
 * A call that waits, because neither {@link SpliceFlag#NONBLOCK} nor a non-blocking
 * descriptor tells it not to, is not ended by closing a descriptor: that takes effect
 * after it.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/splice.2.html">splice.2</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/tee.2.html">tee.2</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/vmsplice.2.html">vmsplice.2</a>
 */
public final class Splicer {

	/** The offset that stands for the descriptor's own position. */
	public static final long CURRENT = -1;

	/** What is returned instead of {@code EAGAIN}: nothing can be moved now. */
	public static final long AGAIN = -1;

	/** {@code IOV_MAX}: the most parts of one vmsplice(2). */
	public static final int MAX_PARTS = 1024;

	private static final int F_GETFL = 3;

	private static final int O_ACCMODE = 3;

	private static final int O_RDONLY = 0;

	private final Syscalls syscalls;

	/**
	 * Splice through these calls.
	 * @param syscalls the calls
	 */
	public Splicer(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code splice(2)} - moves bytes from or to a pipe, at the descriptors' own
	 * positions. Linux 2.6.17; between two pipes 2.6.31.
	 * @param in what to take from
	 * @param out what to give to; one of the two is a pipe
	 * @param length the most bytes
	 * @param flags how
	 * @return the number of bytes, 0 at the end of input; or {@link #AGAIN}
	 * @throws SyscallException as {@link #splice(Fd, long, Fd, long, long, Flags)}
	 */
	public long splice(Fd in, Fd out, long length, Flags<SpliceFlag> flags) {
		return splice(in, CURRENT, out, CURRENT, length, flags);
	}

	/**
	 * {@code splice(2)} - moves bytes from or to a pipe. No more than the pipe can hold
	 * is moved at once. Linux 2.6.17; between two pipes 2.6.31.
	 * @param in what to take from
	 * @param inOffset where to start there, in bytes; the descriptor's position is left
	 * alone then. Or {@link #CURRENT}
	 * @param out what to give to; one of the two is a pipe
	 * @param outOffset where to start there, in bytes; the descriptor's position is left
	 * alone then. Or {@link #CURRENT}
	 * @param length the most bytes
	 * @param flags how
	 * @return the number of bytes, 0 at the end of input; or {@link #AGAIN}
	 * @throws SyscallException {@code EPIPE} - nobody reads any more from the pipe or
	 * socket; {@code EINVAL} - neither is a pipe, the target was opened for appending, or
	 * its file system knows no splicing; {@code ESPIPE} - an offset for a pipe or socket;
	 * {@code EBADF} - not open for that direction; what reading and writing throws
	 * @throws IllegalArgumentException if a number is negative
	 * @throws IllegalStateException if a descriptor is closed
	 */
	public long splice(Fd in, long inOffset, Fd out, long outOffset, long length, Flags<SpliceFlag> flags) {
		checkLength(length);
		if (inOffset == CURRENT && outOffset == CURRENT) {
			return splice(in, inOffset, 0, out, outOffset, 0, length, flags);
		}
		if (inOffset < CURRENT || outOffset < CURRENT) {
			throw new IllegalArgumentException("The offsets of a splice must not be negative");
		}
		try (NativeMemory offsets = NativeMemory.allocate(2 * Long.BYTES)) {
			offsets.bytes().putLong(0, inOffset).putLong(Long.BYTES, outOffset);
			return splice(in, inOffset, (inOffset != CURRENT) ? offsets.address() : 0, out, outOffset,
					(outOffset != CURRENT) ? offsets.address() + Long.BYTES : 0, length, flags);
		}
	}

	/**
	 * {@code sendfile(2)} - moves bytes from a file to anything, by a pipe that the
	 * kernel has of its own: one call does what many of splice(2) do. Linux 2.6.33.
	 * <p>
	 * A lent {@code FileChannel} is locked for the time of a call. Two threads must not
	 * cross two of them, one from the first to the second and one back: they could wait
	 * for each other for ever.
	 * @param in the file to take from
	 * @param offset where to start there, in bytes; the descriptor's position is left
	 * alone then. Or {@link #CURRENT}
	 * @param out what to give to, at its position
	 * @param count the most bytes
	 * @return the number of bytes, 0 at the end of the file; or {@link #AGAIN}
	 * @throws SyscallException {@code EINVAL} - the source is no file, or the target was
	 * opened for appending; {@code EPIPE} - nobody reads any more from the pipe or
	 * socket; {@code EBADF} - not open for that direction
	 * @throws IllegalArgumentException if a number is negative
	 * @throws IllegalStateException if a descriptor is closed, or both are the same lent
	 * {@code FileChannel}
	 */
	public long sendfile(Fd in, long offset, Fd out, long count) {
		checkLength(count);
		if (offset == CURRENT) {
			return sendfile(in, CURRENT, 0, out, count);
		}
		if (offset < 0) {
			throw new IllegalArgumentException("The offset of a sendfile must not be negative, as " + offset + " is");
		}
		try (NativeMemory start = NativeMemory.allocate(Long.BYTES)) {
			start.bytes().putLong(0, offset);
			return sendfile(in, offset, start.address(), out, count);
		}
	}

	private long sendfile(Fd in, long offset, long address, Fd out, long count) {
		int from = in.acquire();
		try {
			int to = out.acquire();
			try {
				long result = this.syscalls.sendfile(to, from, address, count);
				if (result >= 0) {
					return result;
				}
				if (Errno.EAGAIN.is(result)) {
					return AGAIN;
				}
				throw SyscallException.of("sendfile", result, out + ", " + in + ", " + offset + ", " + count);
			}
			finally {
				out.release();
			}
		}
		finally {
			in.release();
		}
	}

	private long splice(Fd in, long inOffset, long inAddress, Fd out, long outOffset, long outAddress, long length,
			Flags<SpliceFlag> flags) {
		int from = in.acquire();
		try {
			int to = out.acquire();
			try {
				long result = this.syscalls.splice(from, inAddress, to, outAddress, length, (int) flags.bits());
				if (result >= 0) {
					return result;
				}
				if (Errno.EAGAIN.is(result)) {
					return AGAIN;
				}
				throw SyscallException.of("splice", result,
						text(in, inOffset) + " -> " + text(out, outOffset) + ", " + length + ", " + flags);
			}
			finally {
				out.release();
			}
		}
		finally {
			in.release();
		}
	}

	/**
	 * {@code tee(2)} - gives what is in a pipe to another one too, and leaves it there.
	 * Linux 2.6.17.
	 * @param in the pipe whose bytes stay there
	 * @param out the pipe that gets them too
	 * @param length the most bytes
	 * @param flags how
	 * @return the number of bytes, 0 at the end of input; or {@link #AGAIN}
	 * @throws SyscallException {@code EINVAL} - one of the two is no pipe, or they are
	 * the same; {@code EPIPE} - nobody reads from the other one
	 * @throws IllegalArgumentException if the length is negative
	 * @throws IllegalStateException if a descriptor is closed
	 */
	public long tee(Fd in, Fd out, long length, Flags<SpliceFlag> flags) {
		checkLength(length);
		int from = in.acquire();
		try {
			int to = out.acquire();
			try {
				long result = this.syscalls.tee(from, to, length, (int) flags.bits());
				if (result < 0 && !Errno.EAGAIN.is(result)) {
					throw SyscallException.of("tee", result, in + " -> " + out + ", " + length + ", " + flags);
				}
				return Math.max(AGAIN, result);
			}
			finally {
				out.release();
			}
		}
		finally {
			in.release();
		}
	}

	/**
	 * {@code vmsplice(2)} - puts pages of memory into a pipe. They are shared from then
	 * on: what is written to them before a reader has them copied, the reader sees.
	 * {@link SharedPages} says when they may be used again. Linux 2.6.17.
	 * @param pipe the write end of a pipe
	 * @param parts what to put there, in order; no more than {@link #MAX_PARTS} are taken
	 * by one call
	 * @param flags how; with {@link SpliceFlag#GIFT} the pages cannot be used again
	 * @return the number of bytes, which may end within a part; or {@link #AGAIN}
	 * @throws SyscallException {@code EBADF} - not a pipe; {@code EPIPE} - nobody reads
	 * from it
	 * @throws IllegalArgumentException if there is no part, lent memory is to be a gift,
	 * or the pipe's end is the one to read from, whose bytes the kernel would put into
	 * the pages
	 * @throws IllegalStateException if the pipe or pages are closed
	 */
	public long vmsplice(Fd pipe, List<SharedPages.Part> parts, Flags<SpliceFlag> flags) {
		if (parts.isEmpty()) {
			throw new IllegalArgumentException("There is nothing to put into " + pipe);
		}
		List<SharedPages.Part> taken = parts.subList(0, Math.min(parts.size(), MAX_PARTS));
		int held = 0;
		int number = pipe.acquire();
		try (NativeMemory vectors = NativeMemory.allocate(taken.size() * Iovec.BYTES)) {
			checkWritable(pipe, number);
			boolean gift = flags.contains(SpliceFlag.GIFT);
			for (SharedPages.Part part : taken) {
				long address = part.pages().acquire(gift);
				vectors.bytes()
					.putLong(held * Iovec.BYTES + Iovec.BASE, address + part.offset())
					.putLong(held * Iovec.BYTES + Iovec.LEN, part.length());
				held++;
			}
			long result = this.syscalls.vmsplice(number, vectors.address(), held, (int) flags.bits());
			if (result < 0 && !Errno.EAGAIN.is(result)) {
				throw SyscallException.of("vmsplice", result, pipe + ", " + held + " parts, " + flags);
			}
			if (gift && result > 0) {
				taken.forEach((part) -> part.pages().giveAway());
			}
			return Math.max(AGAIN, result);
		}
		finally {
			taken.subList(0, held).forEach((part) -> part.pages().release());
			pipe.release();
		}
	}

	private void checkWritable(Fd pipe, int number) {
		int flags = SyscallException.check("fcntl", this.syscalls.fcntl(number, F_GETFL, 0), pipe + ", F_GETFL");
		if ((flags & O_ACCMODE) == O_RDONLY) {
			throw new IllegalArgumentException("vmsplice puts pages into the write end of a pipe, not into " + pipe);
		}
	}

	private static void checkLength(long length) {
		if (length < 0) {
			throw new IllegalArgumentException("The length of a splice must not be negative, as " + length + " is");
		}
	}

	private static String text(Fd fd, long offset) {
		return (offset == CURRENT) ? fd.toString() : fd + " at " + offset;
	}

}
