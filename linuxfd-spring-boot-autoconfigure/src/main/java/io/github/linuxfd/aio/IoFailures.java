package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;

/**
 * Failures as the JDK's own channels name them, with ours as the cause.
 *
 * @author linuxfd
 */
final class IoFailures {

	private IoFailures() {
	}

	/** Of an operation; what is no failure of the kernel stays as it is. */
	static @Nullable Throwable of(@Nullable Throwable failure) {
		if (failure instanceof SyscallException refused) {
			return of(refused);
		}
		return (failure instanceof ShutdownChannelGroupException) ? new IOException(failure) : failure;
	}

	/** Of a call on a socket, or on an open file. */
	static IOException of(SyscallException failure) {
		IOException named = named(failure);
		named.initCause(failure);
		return named;
	}

	private static IOException named(SyscallException failure) {
		String text = failure.errno().description();
		return switch (failure.errno().name()) {
			case "ECONNREFUSED" ->
				failure.syscall().equals("connect") ? new ConnectException(text) : new PortUnreachableException(text);
			case "EHOSTUNREACH" -> new NoRouteToHostException(text);
			case "EADDRINUSE", "EADDRNOTAVAIL" -> new BindException(text);
			default -> switch (failure.syscall()) {
				case "connect" ->
					text.equals("Connection timed out") ? new ConnectException(text) : new SocketException(text);
				case "bind" ->
					failure.errno().name().equals("EACCES") ? new BindException(text) : new SocketException(text);
				case "socket", "listen", "getsockopt", "setsockopt", "getsockname", "getpeername", "shutdown" ->
					new SocketException(text);
				case "recv", "readv", "recvmsg" -> failure.errno().name().equals("ECONNRESET")
						? new SocketException("Connection reset") : new IOException(text);
				default -> new IOException(text);
			};
		};
	}

	/** Of open(2). */
	static FileSystemException of(SyscallException failure, Path path) {
		String file = path.toString();
		FileSystemException named = switch (failure.errno().name()) {
			case "ENOENT" -> new NoSuchFileException(file);
			case "EEXIST" -> new FileAlreadyExistsException(file);
			case "EACCES" -> new AccessDeniedException(file);
			default -> new FileSystemException(file, null, failure.errno().description());
		};
		named.initCause(failure);
		return named;
	}

}
