package io.github.linuxfd.fd;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;

import io.github.linuxfd.ffi.Syscalls;

/**
 * The descriptor of a channel or stream of the JDK, which goes on owning it. It needs the
 * JVM's option {@code --add-opens java.base/sun.nio.ch=ALL-UNNAMED}.
 * <p>
 * The JDK's object is kept reachable, and closing it never lets a call hit the descriptor
 * of somebody else. A file is lent itself, and its {@code close()} waits for the end of a
 * call, as it does for the JDK's own: a copy of the descriptor would not do, because
 * closing any descriptor of a file takes away all the process's locks on it, fcntl(2). A
 * socket is lent as a copy ({@code F_DUPFD_CLOEXEC}), because a call may wait for its
 * peer: when the channel is closed, calls are refused from then on, and the peer is told
 * when this is closed too.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public abstract sealed class LentFd implements Fd permits LentFile, LentSocket {

	LentFd() {
	}

	/**
	 * Lend the descriptor of a file. One call at a time can be made with it; others wait.
	 * @param channel the channel, as {@link FileChannel#open} has made it
	 * @return the descriptor; closing it leaves the channel open
	 * @throws InaccessibleFdException if the JVM does not let its descriptor be had; the
	 * message names the option that is missing
	 * @throws IllegalArgumentException if it is not a channel of the JDK's own
	 * @throws IllegalStateException if the channel is closed
	 */
	public static LentFd of(FileChannel channel) {
		return LentFile.lend(channel);
	}

	/**
	 * Lend the descriptor of a stream. What has been read from the stream before is not
	 * seen again: both have the same position.
	 * @param stream the stream
	 * @return the descriptor; closing it leaves the stream open
	 * @throws InaccessibleFdException if the JVM does not let its descriptor be had
	 * @throws IllegalStateException if the stream is closed
	 */
	public static LentFd of(FileInputStream stream) {
		return of(stream.getChannel());
	}

	/**
	 * Lend the descriptor of a stream. A {@code BufferedOutputStream} around it has to be
	 * flushed before.
	 * @param stream the stream
	 * @return the descriptor; closing it leaves the stream open
	 * @throws InaccessibleFdException if the JVM does not let its descriptor be had
	 * @throws IllegalStateException if the stream is closed
	 */
	public static LentFd of(FileOutputStream stream) {
		return of(stream.getChannel());
	}

	/**
	 * Lend the descriptor of a file.
	 * @param file the file
	 * @return the descriptor; closing it leaves the file open
	 * @throws InaccessibleFdException if the JVM does not let its descriptor be had
	 * @throws IllegalStateException if the file is closed
	 */
	public static LentFd of(RandomAccessFile file) {
		return of(file.getChannel());
	}

	/**
	 * {@code fcntl(2)}, {@code F_DUPFD_CLOEXEC} and {@code F_SETFL} - lends a copy of the
	 * descriptor of a socket, which is non-blocking as long as it is lent. A channel that
	 * is in blocking mode can still be read and written by its own methods, which wait;
	 * {@code FileChannel.transferTo} may send nothing. If the channel's owner makes it
	 * blocking meanwhile, the next call makes it non-blocking again; only one that runs
	 * at that very moment may wait.
	 * @param channel the channel, as {@link SocketChannel#open} or {@code accept} has
	 * made it
	 * @param syscalls the calls
	 * @return the copy, to be closed by the caller; that leaves the channel open
	 * @throws InaccessibleFdException if the JVM does not let its descriptor be had; the
	 * message names the option that is missing
	 * @throws IllegalArgumentException if it is not a channel of the JDK's own
	 * @throws IllegalStateException if the channel is closed
	 * @throws io.github.linuxfd.errno.SyscallException {@code EMFILE} - no descriptor is
	 * left
	 */
	public static LentFd of(SocketChannel channel, Syscalls syscalls) {
		return LentSocket.lend(channel, syscalls);
	}

}
