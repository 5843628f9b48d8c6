package io.github.linuxfd.signalfd;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The executable page with the signal handlers. There is one in the process, and it is
 * never unmapped, because a thread may be about to run it.
 *
 * @author linuxfd
 */
final class HandlerPage {

	private static final int PROT_READ = 1;

	private static final int PROT_WRITE = 2;

	private static final int PROT_EXEC = 4;

	private static final int PAGE_BYTES = 4096;

	private static final int UNBLOCK_OFFSET = 128;

	private static @Nullable HandlerPage instance;

	private final long address;

	private HandlerPage(long address) {
		this.address = address;
	}

	/**
	 * Return the process's page.
	 * @param syscalls the calls
	 * @return the page
	 * @throws SignalReceptionException if the system allows no executable memory
	 */
	static synchronized HandlerPage get(Syscalls syscalls) {
		if (instance == null) {
			instance = new HandlerPage(load(syscalls, Architecture.current()));
		}
		return instance;
	}

	private static long load(Syscalls syscalls, Architecture architecture) {
		long page = syscalls.mmapAnonymous(PAGE_BYTES, PROT_READ | PROT_WRITE);
		if (page < 0) {
			throw refused(SyscallException.of("mmap", page, "one page"));
		}
		copy(HandlerCode.requeue(architecture), page);
		copy(HandlerCode.unblock(architecture), page + UNBLOCK_OFFSET);
		// first written, then executable, never both: that is what hardened systems allow
		int result = syscalls.mprotect(page, PAGE_BYTES, PROT_READ | PROT_EXEC);
		if (result < 0) {
			syscalls.munmap(page, PAGE_BYTES);
			throw refused(SyscallException.of("mprotect", result, "PROT_READ|PROT_EXEC"));
		}
		return page;
	}

	private static void copy(byte[] code, long address) {
		try (NativeMemory staging = NativeMemory.allocate(code.length)) {
			staging.bytes().put(0, code);
			NativeMemory.copy(staging.address(), address, code.length);
		}
	}

	private static SignalReceptionException refused(SyscallException ex) {
		return new SignalReceptionException("no executable memory for a signal handler: " + ex.getMessage(), ex);
	}

	/** The handler that blocks the signal in its thread and gives it back. */
	long requeue() {
		return this.address;
	}

	/** The handler that unblocks the signals of the mask it is sent. */
	long unblock() {
		return this.address + UNBLOCK_OFFSET;
	}

}
