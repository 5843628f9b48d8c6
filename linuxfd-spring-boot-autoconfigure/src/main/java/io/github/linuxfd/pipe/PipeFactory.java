package io.github.linuxfd.pipe;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Opens {@link Pipe}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class PipeFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public PipeFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code pipe2(2)} - opens a pipe whose ends wait: a read for bytes, a write for
	 * room. Linux 2.6.27.
	 * @return the pipe, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left, or
	 * the user's pipes have all the memory they may have
	 */
	public Pipe open() {
		return open(Flags.none(PipeFlag.class));
	}

	/**
	 * {@code pipe2(2)} - opens a pipe. Linux 2.6.27.
	 * @param flags how it behaves
	 * @return the pipe, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left, or
	 * the user's pipes have all the memory they may have
	 * ({@code fs.pipe-user-pages-hard})
	 */
	public Pipe open(Flags<PipeFlag> flags) {
		try (NativeMemory fds = NativeMemory.allocate(2 * Integer.BYTES)) {
			int result = this.syscalls.pipe2(fds.address(), (int) flags.bits() | Syscalls.CLOEXEC);
			SyscallException.check("pipe2", result, flags);
			return new Pipe(this.syscalls, end(fds.bytes().getInt(0), "pipe read end"),
					end(fds.bytes().getInt(Integer.BYTES), "pipe write end"));
		}
	}

	/**
	 * {@code pipe2(2)} and {@code fcntl(2)}, {@code F_SETPIPE_SZ} - opens a pipe of a
	 * size. Linux 2.6.35.
	 * @param flags how it behaves
	 * @param capacity how many bytes it can hold, at least
	 * @return the pipe, to be closed by the caller
	 * @throws SyscallException as {@link #open(Flags)} and {@link Pipe#setCapacity(int)}
	 */
	public Pipe open(Flags<PipeFlag> flags, int capacity) {
		Pipe pipe = open(flags);
		boolean sized = false;
		try {
			pipe.setCapacity(capacity);
			sized = true;
			return pipe;
		}
		finally {
			if (!sized) {
				pipe.close();
			}
		}
	}

	private OwnedFd end(int number, String kind) {
		return OwnedFd.adopt(this.syscalls, number, kind, "");
	}

}
