package io.github.linuxfd.signalfd;

import java.io.ByteArrayOutputStream;

import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.Layouts.Siginfo;

/**
 * The machine code of the signal handlers, instruction by instruction. The arguments are
 * those of a {@code SA_SIGINFO} handler: signal number, {@code siginfo_t*},
 * {@code ucontext_t*}. No stack, no library and no errno is used.
 *
 * @author linuxfd
 */
final class HandlerCode {

	private static final int AARCH64_BTI_C = 0xd503245f;

	private static final int AARCH64_SVC = 0xd4000001;

	private static final int AARCH64_RET = 0xd65f03c0;

	private final ByteArrayOutputStream code = new ByteArrayOutputStream();

	private HandlerCode() {
	}

	/**
	 * Block the signal in the interrupted thread, and give it back to the process.
	 * @param architecture the processor
	 * @return the machine code
	 */
	static byte[] requeue(Architecture architecture) {
		HandlerCode code = new HandlerCode();
		switch (architecture) {
			case X86_64 -> code.requeueX86(architecture);
			case AARCH64 -> code.requeueAarch64(architecture);
		}
		return code.code.toByteArray();
	}

	/**
	 * Unblock the signals of the mask that came as the signal's value in the interrupted
	 * thread.
	 * @param architecture the processor
	 * @return the machine code
	 */
	static byte[] unblock(Architecture architecture) {
		HandlerCode code = new HandlerCode();
		switch (architecture) {
			case X86_64 -> code.unblockX86(architecture);
			case AARCH64 -> code.unblockAarch64(architecture);
		}
		return code.code.toByteArray();
	}

	private void requeueX86(Architecture architecture) {
		bytes(0xf3, 0x0f, 0x1e, 0xfa); // endbr64
		bytes(0x41, 0x89, 0xf8); // mov r8d, edi: keep the signal's number
		bytes(0x8d, 0x4f, 0xff); // lea ecx, [rdi-1]: signal n is bit n-1
		// bts [rdx+sigmask], rcx: block it in this thread
		bytes(0x48, 0x0f, 0xab, 0x8a).word(architecture.ucontextSigmaskOffset());
		bytes(0x48, 0x89, 0xf2); // mov rdx, rsi: third argument, the siginfo
		bytes(0x44, 0x89, 0xc6); // mov esi, r8d: second argument, the signal
		bytes(0xb8).word(architecture.gettidNumber()); // mov eax, gettid
		bytes(0x0f, 0x05); // syscall
		bytes(0x89, 0xc7); // mov edi, eax: first argument, this thread
		bytes(0xb8).word(architecture.rtSigqueueinfoNumber()); // mov eax, rt_sigqueueinfo
		bytes(0x0f, 0x05); // syscall
		bytes(0xc3); // ret, to the restorer that calls rt_sigreturn
	}

	private void unblockX86(Architecture architecture) {
		bytes(0xf3, 0x0f, 0x1e, 0xfa); // endbr64
		bytes(0x48, 0x8b, 0x46, Siginfo.VALUE); // mov rax, [rsi+value]
		bytes(0x48, 0xf7, 0xd0); // not rax
		// and [rdx+sigmask], rax
		bytes(0x48, 0x21, 0x82).word(architecture.ucontextSigmaskOffset());
		bytes(0xc3); // ret
	}

	private void requeueAarch64(Architecture architecture) {
		int sigmask = scaled(architecture.ucontextSigmaskOffset());
		word(AARCH64_BTI_C); // bti c
		word(0x51000403); // sub w3, w0, #1: signal n is bit n-1
		word(0xd2800024); // mov x4, #1
		word(0x9ac32084); // lsl x4, x4, x3
		word(0xf9400045 | sigmask); // ldr x5, [x2,#sigmask]
		word(0xaa0400a5); // orr x5, x5, x4: block it in this thread
		word(0xf9000045 | sigmask); // str x5, [x2,#sigmask]
		word(0xaa0103e2); // mov x2, x1: third argument, the siginfo
		word(0x2a0003e1); // mov w1, w0: second argument, the signal
		// mov x8, #gettid
		word(0xd2800008 | architecture.gettidNumber() << 5);
		word(AARCH64_SVC); // svc #0: first argument, this thread
		// mov x8, #rt_sigqueueinfo
		word(0xd2800008 | architecture.rtSigqueueinfoNumber() << 5);
		word(AARCH64_SVC); // svc #0
		word(AARCH64_RET); // ret, to the restorer that calls rt_sigreturn
	}

	private void unblockAarch64(Architecture architecture) {
		int sigmask = scaled(architecture.ucontextSigmaskOffset());
		word(AARCH64_BTI_C); // bti c
		word(0xf9400023 | scaled(Siginfo.VALUE)); // ldr x3, [x1,#value]
		word(0xf9400044 | sigmask); // ldr x4, [x2,#sigmask]
		word(0x8a230084); // bic x4, x4, x3
		word(0xf9000044 | sigmask); // str x4, [x2,#sigmask]
		word(AARCH64_RET); // ret
	}

	/** The offset of a 64-bit load or store, in its place in the instruction. */
	private static int scaled(int offset) {
		return offset / Long.BYTES << 10;
	}

	private HandlerCode bytes(int... bytes) {
		for (int value : bytes) {
			this.code.write(value);
		}
		return this;
	}

	/** Both processors are little-endian. */
	private HandlerCode word(int value) {
		return bytes(value, value >> 8, value >> 16, value >> 24);
	}

}
