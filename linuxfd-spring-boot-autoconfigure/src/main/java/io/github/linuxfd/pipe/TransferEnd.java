package io.github.linuxfd.pipe;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.fd.InaccessibleFdException;
import io.github.linuxfd.fd.LentFd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Where a transfer takes its bytes from or gives them to. What is given by its path is
 * opened for the transfer and closed with it; everything else stays open and its owner's.
 * <p>
 * Channels and streams of the JDK need {@code --add-opens} (see {@link LentFd}); without
 * it, opening the transfer fails with an {@link InaccessibleFdException}. Paths do not
 * need it. A file that is opened by its path is another descriptor of that file: closing
 * it takes away the locks that this process has on the file (see
 * {@link java.nio.channels.FileLock}). Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class TransferEnd {

	private static final int O_RDONLY = 0;

	private static final int O_WRONLY = 0x1;

	private static final int O_TRUNC = 0x200;

	private static final int O_APPEND = 0x400;

	private static final int F_SETFL = 4;

	private final Opening opening;

	private final boolean owned;

	private final long offset;

	private TransferEnd(Opening opening, boolean owned, long offset) {
		this.opening = opening;
		this.owned = owned;
		this.offset = offset;
	}

	/**
	 * {@code open(2)}, {@code O_RDONLY} - reads a file, which is opened with the
	 * transfer. A FIFO is opened without waiting; the transfer waits for somebody to
	 * write to it, as long as its time limit lets it.
	 * @param file the file
	 * @return the file from its start
	 */
	public static TransferEnd reading(Path file) {
		return opened((syscalls) -> openReading(syscalls, file));
	}

	/**
	 * {@code open(2)}, {@code O_WRONLY|O_CREAT|O_TRUNC} - writes a file, which is made if
	 * there is none, and truncated otherwise, when the transfer is opened. Opening a FIFO
	 * that nobody reads fails with {@code ENXIO}, instead of waiting.
	 * @param file the file
	 * @return the empty file
	 */
	public static TransferEnd writing(Path file) {
		return opened((syscalls) -> openOrCreate(syscalls, file, O_WRONLY | O_TRUNC));
	}

	/**
	 * {@code open(2)}, {@code O_WRONLY|O_CREAT|O_APPEND} - appends to a file, which is
	 * made if there is none when the transfer is opened. The kernel does not splice to
	 * the end of a file that others may append to as well, so the bytes are copied:
	 * {@link Transfer#copied()}.
	 * @param file the file
	 * @return the end of the file
	 */
	public static TransferEnd appending(Path file) {
		return opened((syscalls) -> openOrCreate(syscalls, file, O_WRONLY | O_APPEND));
	}

	/**
	 * Use a channel, at its position. If it was opened for appending, the bytes are
	 * copied: {@link Transfer#copied()}.
	 * @param channel the channel
	 * @return the channel
	 */
	public static TransferEnd of(FileChannel channel) {
		return opened((syscalls) -> LentFd.of(channel));
	}

	/**
	 * Read from a stream, at its position.
	 * @param stream the stream
	 * @return the stream
	 */
	public static TransferEnd of(FileInputStream stream) {
		return opened((syscalls) -> LentFd.of(stream));
	}

	/**
	 * Write to a stream, at its position. If it was opened for appending, the bytes are
	 * copied: {@link Transfer#copied()}.
	 * @param stream the stream
	 * @return the stream
	 */
	public static TransferEnd of(FileOutputStream stream) {
		return opened((syscalls) -> LentFd.of(stream));
	}

	/**
	 * Use a file, at its position.
	 * @param file the file
	 * @return the file
	 */
	public static TransferEnd of(RandomAccessFile file) {
		return opened((syscalls) -> LentFd.of(file));
	}

	/**
	 * {@code fcntl(2)}, {@code F_DUPFD_CLOEXEC} - uses a connection. It is non-blocking
	 * as long as the transfer is open, which the channel's own methods take no notice of.
	 * @param channel the connection, in whichever mode
	 * @return the connection
	 */
	public static TransferEnd of(SocketChannel channel) {
		return opened((syscalls) -> LentFd.of(channel, syscalls));
	}

	/**
	 * Use a descriptor, at its position. The time limit of a transfer holds for every
	 * source, and for targets that are files, pipes or non-blocking. A blocking socket or
	 * terminal is not written to before it has room; but it may have less than a call
	 * gives it, which then waits for the rest, however long its peer takes. So it is with
	 * a {@code FileChannel} or stream of a terminal.
	 * @param fd the descriptor
	 * @return the descriptor
	 */
	public static TransferEnd of(Fd fd) {
		return new TransferEnd((syscalls) -> fd, false, Splicer.CURRENT);
	}

	private static TransferEnd opened(Opening opening) {
		return new TransferEnd(opening, true, Splicer.CURRENT);
	}

	/**
	 * Start elsewhere than at the current position, and leave that alone.
	 * @param offset where to start, in bytes
	 * @return this end, with an offset
	 * @throws IllegalArgumentException if the offset is negative
	 */
	public TransferEnd at(long offset) {
		if (offset < 0) {
			throw new IllegalArgumentException("An offset is not negative, as " + offset + " is");
		}
		return new TransferEnd(this.opening, this.owned, offset);
	}

	/**
	 * Blocking once it is open, so that poll(2) is asked first: it tells a FIFO that
	 * nobody writes to yet from one at its end, which read(2) does not.
	 */
	private static OwnedFd openReading(Syscalls syscalls, Path file) {
		OwnedFd fd = open(syscalls, file, O_RDONLY);
		boolean ready = false;
		try {
			SyscallException.check("fcntl", syscalls.fcntl(fd.acquire(), F_SETFL, 0), fd + ", F_SETFL");
			ready = true;
			return fd;
		}
		finally {
			fd.release();
			if (!ready) {
				fd.close();
			}
		}
	}

	private static OwnedFd openOrCreate(Syscalls syscalls, Path file, int flags) {
		try {
			return open(syscalls, file, flags);
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.ENOENT)) {
				throw ex;
			}
			create(file);
			return open(syscalls, file, flags);
		}
	}

	private static void create(Path file) {
		try {
			Files.createFile(file);
		}
		catch (FileAlreadyExistsException ex) {
			// somebody else was faster, and it is the file that is wanted
			return;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static OwnedFd open(Syscalls syscalls, Path file, int flags) {
		int result = syscalls.open(NativePaths.encode(file), flags | Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		return OwnedFd.adopt(syscalls, result, "open", "\"" + file + "\"");
	}

	Fd open(Syscalls syscalls) {
		return this.opening.open(syscalls);
	}

	/** Whether what {@link #open} returns is closed with the transfer. */
	boolean isOwned() {
		return this.owned;
	}

	long offset() {
		return this.offset;
	}

	/**
	 * Gives the descriptor when the transfer is opened.
	 */
	@FunctionalInterface
	private interface Opening {

		Fd open(Syscalls syscalls);

	}

}
