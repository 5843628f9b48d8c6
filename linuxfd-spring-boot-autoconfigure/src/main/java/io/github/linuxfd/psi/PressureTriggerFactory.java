package io.github.linuxfd.psi;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link PressureTrigger}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class PressureTriggerFactory {

	/** The pressure of the whole system's memory. */
	public static final Path MEMORY = Path.of("/proc/pressure/memory");

	private static final Duration SHORTEST_WINDOW = Duration.ofMillis(500);

	private static final Duration LONGEST_WINDOW = Duration.ofSeconds(10);

	private static final int O_RDWR = 2;

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public PressureTriggerFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code open(2)} and {@code write(2)} of a trigger. Linux 5.2.
	 * @param file the pressure file: one in {@code /proc/pressure}, or for instance a
	 * control group's {@code memory.pressure}
	 * @param level who has to wait
	 * @param stall how long they have to wait within the window, in microseconds at the
	 * finest
	 * @param window the time to look at, from 500 ms to 10 s; without
	 * {@code CAP_SYS_RESOURCE} a multiple of 2 s, since Linux 6.5
	 * @return the trigger, to be closed by the caller
	 * @throws SyscallException {@code ENOENT} - the kernel has no such file, or not for
	 * this group; {@code EOPNOTSUPP} - it was started with {@code psi=0}; {@code EACCES},
	 * {@code EROFS} - the file is not writable here; {@code EINVAL} - the window needs
	 * {@code CAP_SYS_RESOURCE}
	 * @throws IllegalArgumentException if no kernel takes these times
	 */
	public PressureTrigger open(Path file, PressureLevel level, Duration stall, Duration window) {
		if (window.compareTo(SHORTEST_WINDOW) < 0 || window.compareTo(LONGEST_WINDOW) > 0) {
			throw new IllegalArgumentException("A window is from 500 ms to 10 s, not " + window);
		}
		if (TimeUnit.MICROSECONDS.convert(stall) < 1 || stall.compareTo(window) > 0) {
			throw new IllegalArgumentException("A stall is from 1 µs to the window of " + window + ", not " + stall);
		}
		String setting = level.name().toLowerCase(Locale.ROOT) + " " + TimeUnit.MICROSECONDS.convert(stall) + " "
				+ TimeUnit.MICROSECONDS.convert(window);
		OwnedFd fd = OwnedFd.adopt(this.syscalls,
				this.syscalls.open(NativePaths.encode(file), O_RDWR | Syscalls.CLOEXEC | Syscalls.NONBLOCK), "open",
				file.toString());
		try {
			write(fd, file, setting);
		}
		catch (RuntimeException | Error ex) {
			fd.close();
			throw ex;
		}
		return new PressureTrigger(fd, setting);
	}

	/** The kernel overwrites the last byte, which therefore is a NUL. */
	private void write(OwnedFd fd, Path file, String setting) {
		byte[] bytes = (setting + '\0').getBytes(StandardCharsets.US_ASCII);
		int number = fd.acquire();
		try (NativeMemory memory = NativeMemory.allocate(bytes.length)) {
			memory.bytes().put(0, bytes);
			long result = this.syscalls.write(number, memory.address(), bytes.length);
			if (result < 0) {
				throw SyscallException.of("write", result, file + ", \"" + setting + "\"");
			}
		}
		finally {
			fd.release();
		}
	}

}
