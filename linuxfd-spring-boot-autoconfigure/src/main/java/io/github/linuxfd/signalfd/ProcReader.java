package io.github.linuxfd.signalfd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Reads files of proc(5) with few system calls, on the loop's thread as well. For one
 * thread at a time.
 *
 * @author linuxfd
 */
final class ProcReader implements AutoCloseable {

	private static final int O_RDONLY = 0;

	private final Syscalls syscalls;

	private final NativeMemory buffer = NativeMemory.allocate(4096);

	ProcReader(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * Read a file.
	 * @param path the file
	 * @return its text, or {@code null} if it cannot be read: its process has ended, or
	 * is hidden from us
	 */
	@Nullable String read(String path) {
		return read(path, Integer.MAX_VALUE);
	}

	/**
	 * Read the first 4096 bytes of a file.
	 * @param path the file
	 * @return its text, or {@code null} if it cannot be read
	 */
	@Nullable String readStart(String path) {
		return read(path, 1);
	}

	private @Nullable String read(String path, int wanted) {
		int fd = this.syscalls.open((path + '\0').getBytes(StandardCharsets.US_ASCII), O_RDONLY | Syscalls.CLOEXEC);
		if (fd < 0) {
			return null;
		}
		try {
			return read(fd, wanted);
		}
		finally {
			this.syscalls.close(fd);
		}
	}

	private @Nullable String read(int fd, int wanted) {
		ByteArrayOutputStream text = new ByteArrayOutputStream();
		while (text.size() < wanted) {
			long count = this.syscalls.read(fd, this.buffer.address(), this.buffer.bytes().capacity());
			if (count < 0) {
				return null;
			}
			if (count == 0) {
				break;
			}
			byte[] part = new byte[(int) count];
			this.buffer.bytes().get(0, part);
			text.writeBytes(part);
		}
		return text.toString(StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.buffer.close();
	}

}
