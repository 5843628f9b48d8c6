package io.github.linuxfd.testsupport;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Gives the kernel a filter without any library, as a supervisor does.
 *
 * @author linuxfd
 */
public final class RawFilter {

	private static final int SECCOMP_SET_MODE_FILTER = 1;

	private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

	private static final int SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

	private static final int SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 16;

	private RawFilter() {
	}

	/**
	 * Load a program for all threads.
	 * @param program the instructions
	 * @return 0 or {@code -errno}
	 */
	public static int load(byte[] program) {
		return load(program, SECCOMP_FILTER_FLAG_TSYNC);
	}

	/**
	 * Load a program for all threads, and listen.
	 * @param program the instructions
	 * @return the listening descriptor or {@code -errno}
	 */
	public static int listen(byte[] program) {
		return load(program,
				SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
	}

	/** Through a {@code struct sock_fprog}. */
	private static int load(byte[] program, int flags) {
		try (NativeMemory instructions = NativeMemory.allocate(program.length);
				NativeMemory fprog = NativeMemory.allocate(16)) {
			instructions.bytes().put(0, program);
			fprog.bytes().putShort(0, (short) (program.length / 8)).putLong(8, instructions.address());
			return Syscalls.system().seccomp(SECCOMP_SET_MODE_FILTER, flags, fprog.address());
		}
	}

}
