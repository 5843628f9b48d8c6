package io.github.linuxfd.signalfd;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.Layouts.Sigaction;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A signal handler in machine code. Java code cannot be one: a handler may run on any
 * thread at any instruction. It does two things: it sets the signal's bit in the mask
 * that the interrupted thread gets back when the handler returns, so that this thread
 * blocks the signal from then on; and it gives the signal back to the process unchanged,
 * with its sender. So every thread that still gets the signal learns to block it, and the
 * signal ends up in the signalfd.
 * <p>
 * The signal is given back through the id of the interrupted thread: rt_sigqueueinfo(2)
 * sends to the whole process of that id, but refuses to repeat what kill(2) has sent
 * ({@code EPERM}) unless the id is the caller's own, and a thread's own id is not the
 * process's.
 * <p>
 * It uses no stack, no library and no errno. There is one copy in the process. It is
 * never unmapped, because a thread may be about to run it.
 *
 * @author linuxfd
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/rt_sigqueueinfo.2.html">rt_sigqueueinfo.2</a>
 */
final class RequeueHandler {

	private static final int SA_SIGINFO = 0x4;

	private static final int SA_ONSTACK = 0x0800_0000;

	private static final int SA_RESTART = 0x1000_0000;

	private static final int SIG_UNBLOCK = 1;

	private static final int PROT_READ = 1;

	private static final int PROT_WRITE = 2;

	private static final int PROT_EXEC = 4;

	private static final int PAGE_BYTES = 4096;

	private static @Nullable RequeueHandler instance;

	private final Syscalls syscalls;

	private final long address;

	private RequeueHandler(Syscalls syscalls, long address) {
		this.syscalls = syscalls;
		this.address = address;
	}

	/**
	 * Return the process's handler.
	 * @param syscalls the calls
	 * @return the handler
	 * @throws SignalReceptionException if there is no code for this processor, or the
	 * system allows no executable memory
	 */
	static synchronized RequeueHandler get(Syscalls syscalls) {
		if (instance == null) {
			instance = new RequeueHandler(syscalls, load(syscalls, code(Architecture.current())));
		}
		return instance;
	}

	private static long load(Syscalls syscalls, byte[] code) {
		long page = syscalls.mmapAnonymous(PAGE_BYTES, PROT_READ | PROT_WRITE);
		if (page < 0) {
			throw refused(SyscallException.of("mmap", page, "one page"));
		}
		try (NativeMemory staging = NativeMemory.allocate(code.length)) {
			staging.bytes().put(0, code);
			NativeMemory.copy(staging.address(), page, code.length);
		}
		// first written, then executable, never both: that is what hardened systems allow
		int result = syscalls.mprotect(page, PAGE_BYTES, PROT_READ | PROT_EXEC);
		if (result < 0) {
			syscalls.munmap(page, PAGE_BYTES);
			throw refused(SyscallException.of("mprotect", result, "PROT_READ|PROT_EXEC"));
		}
		return page;
	}

	private static SignalReceptionException refused(SyscallException ex) {
		return new SignalReceptionException("no executable memory for a signal handler: " + ex.getMessage(), ex);
	}

	/**
	 * Return the handler's instructions. The arguments are those of a {@code SA_SIGINFO}
	 * handler: signal number, {@code siginfo_t*}, {@code ucontext_t*}.
	 * @param architecture the processor
	 * @return the machine code
	 * @throws SignalReceptionException if there is none for this processor
	 */
	static byte[] code(Architecture architecture) {
		if (architecture != Architecture.X86_64) {
			throw new SignalReceptionException("the requeue handler is not there yet for " + architecture, null);
		}
		Code code = new Code();
		code.bytes(0xf3, 0x0f, 0x1e, 0xfa); // endbr64
		code.bytes(0x41, 0x89, 0xf8); // mov r8d, edi: keep the signal's number
		code.bytes(0x8d, 0x4f, 0xff); // lea ecx, [rdi-1]: signal n is bit n-1
		// bts [rdx+sigmask], rcx: block it in this thread
		code.bytes(0x48, 0x0f, 0xab, 0x8a).int32(architecture.ucontextSigmaskOffset());
		code.bytes(0x48, 0x89, 0xf2); // mov rdx, rsi: third argument, the siginfo
		code.bytes(0x44, 0x89, 0xc6); // mov esi, r8d: second argument, the signal
		code.bytes(0xb8).int32(architecture.gettidNumber()); // mov eax, gettid
		code.bytes(0x0f, 0x05); // syscall
		code.bytes(0x89, 0xc7); // mov edi, eax: first argument, this thread
		code.bytes(0xb8).int32(architecture.rtSigqueueinfoNumber()); // mov eax,
																		// rt_sigqueueinfo
		code.bytes(0x0f, 0x05); // syscall
		code.bytes(0xc3); // ret, to the restorer that calls rt_sigreturn
		return code.toByteArray();
	}

	/**
	 * {@code sigaction(2)} - makes this the signal's handler.
	 * @param signal the signal
	 * @return the disposition before, to be given to {@link #restore}
	 */
	NativeMemory install(Signal signal) {
		NativeMemory before = NativeMemory.allocate(Sigaction.BYTES);
		try (NativeMemory action = NativeMemory.allocate(Sigaction.BYTES)) {
			ByteBuffer bytes = action.bytes();
			bytes.putLong(Sigaction.HANDLER, this.address);
			bytes.putInt(Sigaction.FLAGS, SA_SIGINFO | SA_ONSTACK | SA_RESTART);
			SyscallException.check("sigaction",
					this.syscalls.sigaction(signal.number(), action.address(), before.address()), signal.name());
			return before;
		}
		catch (RuntimeException | Error ex) {
			before.close();
			throw ex;
		}
	}

	/**
	 * {@code sigaction(2)}, {@code pthread_sigmask(3)} - puts a disposition back, and
	 * unblocks the signal in the calling thread: the others may all have learnt to block
	 * it, and somebody has to get it.
	 * @param signal the signal
	 * @param before the disposition, which is freed
	 * @param unblock whether the signal is to be unblocked
	 */
	void restore(Signal signal, NativeMemory before, boolean unblock) {
		try (before; NativeMemory set = SignalSets.of(Set.of(signal))) {
			SyscallException.check("sigaction", this.syscalls.sigaction(signal.number(), before.address(), 0),
					signal.name());
			if (unblock) {
				SyscallException.check("pthread_sigmask", this.syscalls.pthreadSigmask(SIG_UNBLOCK, set.address(), 0),
						"SIG_UNBLOCK, " + signal);
			}
		}
	}

	private static final class Code extends ByteArrayOutputStream {

		Code bytes(int... bytes) {
			for (int value : bytes) {
				write(value);
			}
			return this;
		}

		Code int32(int value) {
			return bytes(value, value >> 8, value >> 16, value >> 24);
		}

	}

}
