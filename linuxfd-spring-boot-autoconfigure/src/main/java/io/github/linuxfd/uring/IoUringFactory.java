package io.github.linuxfd.uring;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.IoUringParams;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Opens {@link IoUring}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class IoUringFactory {

	/** IORING_SETUP_CQSIZE. */
	private static final int CQSIZE = 1 << 3;

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public IoUringFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code io_uring_setup(2)}, {@code mmap(2)} - opens a ring. Linux 5.5.
	 * @param submissions how many entries the submission queue has, at least; the next
	 * power of two is taken, up to 32768
	 * @param completions how many the completion queue has, at least as many
	 * @param flags how it works
	 * @return the ring, to be closed by the caller
	 * @throws SyscallException {@code EPERM} - {@code kernel.io_uring_disabled} or a
	 * seccomp filter refuses it; {@code ENOSYS} - the kernel or a seccomp filter does not
	 * know it; {@code EINVAL} - the kernel does not know a flag; {@code ENOMEM} - more
	 * memory than {@code RLIMIT_MEMLOCK} allows, before Linux 5.12; {@code EMFILE},
	 * {@code ENFILE} - no descriptor is left
	 */
	public IoUring open(int submissions, int completions, Flags<IoUringSetupFlag> flags) {
		try (NativeMemory params = NativeMemory.allocate(IoUringParams.BYTES)) {
			params.bytes()
				.putInt(IoUringParams.FLAGS, (int) flags.bits() | CQSIZE)
				.putInt(IoUringParams.CQ_ENTRIES, completions);
			OwnedFd fd = OwnedFd.adopt(this.syscalls, this.syscalls.ioUringSetup(submissions, params.address()),
					"io_uring_setup", submissions + ", " + flags);
			boolean opened = false;
			try {
				IoUring ring = new IoUring(this.syscalls, fd, params.bytes());
				opened = true;
				return ring;
			}
			finally {
				if (!opened) {
					fd.close();
				}
			}
		}
	}

}
