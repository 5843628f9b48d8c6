package io.github.linuxfd.psi;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.fd.Pollable;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The counters of a control group's {@code memory.events}: how often it was held back at
 * {@code memory.high}, stopped at {@code memory.max}, and so on. The descriptor reports
 * {@code EPOLLPRI}, and {@code EPOLLERR} with it, from a change on until it is read. It
 * says nothing when the group is removed.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">Control Group v2</a>
 */
public final class MemoryEvents implements Pollable, AutoCloseable {

	/** The kernel's file has six lines. */
	private static final int SIZE = 1024;

	private final Syscalls syscalls;

	private final OwnedFd fd;

	private final Path file;

	private Map<String, Long> counters = Map.of();

	MemoryEvents(Syscalls syscalls, OwnedFd fd, Path file) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.file = file;
	}

	@Override
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * Return the file.
	 * @return its path
	 */
	public Path file() {
		return this.file;
	}

	/**
	 * {@code pread(2)} - reads the counters, after which the next change is reported. One
	 * thread at a time may call.
	 * @return by how much counters have risen since they were read last, those only; the
	 * keys are the kernel's, for instance {@code high}, {@code max} and {@code oom}
	 * @throws SyscallException {@code ENODEV} - the control group is gone
	 * @throws IllegalStateException if this is closed
	 */
	public Map<String, Long> risen() {
		Map<String, Long> before = this.counters;
		this.counters = read();
		Map<String, Long> risen = new TreeMap<>();
		this.counters.forEach((name, count) -> {
			long more = count - before.getOrDefault(name, 0L);
			if (more > 0) {
				risen.put(name, more);
			}
		});
		return Map.copyOf(risen);
	}

	private Map<String, Long> read() {
		try (FdLoan lent = this.fd.lend(); NativeMemory memory = NativeMemory.allocate(SIZE)) {
			long count = this.syscalls.pread(lent.number(), memory.address(), SIZE, 0);
			if (count < 0) {
				throw SyscallException.of("pread", count, this.file.toString());
			}
			byte[] bytes = new byte[(int) count];
			memory.bytes().get(0, bytes);
			Map<String, Long> read = new TreeMap<>();
			new String(bytes, StandardCharsets.US_ASCII).lines().forEach((line) -> {
				int space = line.indexOf(' ');
				read.put(line.substring(0, space), Long.valueOf(line.substring(space + 1)));
			});
			return read;
		}
	}

	/**
	 * {@code close(2)}. Any thread may call.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return "MemoryEvents[" + this.fd + ", " + this.file + "]";
	}

}
