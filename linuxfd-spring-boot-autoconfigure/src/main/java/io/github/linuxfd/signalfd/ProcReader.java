package io.github.linuxfd.signalfd;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Reads small files of proc(5): three system calls and one string, on the loop's thread
 * as well. For one thread at a time.
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
	 * Read the first 4096 bytes of a file.
	 * @param path the file
	 * @return its text, or {@code null} if it cannot be read: its process has ended, or
	 * is hidden from us
	 */
	@Nullable String read(String path) {
		int fd = this.syscalls.open((path + '\0').getBytes(StandardCharsets.US_ASCII), O_RDONLY | Syscalls.CLOEXEC);
		if (fd < 0) {
			return null;
		}
		long count;
		try {
			count = this.syscalls.read(fd, this.buffer.address(), this.buffer.bytes().capacity());
		}
		finally {
			this.syscalls.close(fd);
		}
		if (count < 0) {
			return null;
		}
		byte[] text = new byte[(int) count];
		this.buffer.bytes().get(0, text);
		return new String(text, StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.buffer.close();
	}

}
