package io.github.linuxfd.signalfd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link HandlerCode}: byte by byte, and as a disassembler sees it.
 *
 * @author linuxfd
 */
@Timeout(120)
class HandlerCodeTests {

	@TempDir
	private Path directory;

	@Test
	void requeueForX86IsInstructionByInstructionWhatItShouldBe() {
		assertThat(HexFormat.of().formatHex(HandlerCode.requeue(Architecture.X86_64)))
			.isEqualTo(String.join("", "f30f1efa", // endbr64
					"4189f8", // mov r8d, edi
					"8d4fff", // lea ecx, [rdi-1]
					"480fab8a" + "28010000", // bts [rdx+296], rcx
					"4889f2", // mov rdx, rsi
					"4489c6", // mov esi, r8d
					"b8" + "ba000000", "0f05", // gettid
					"89c7", // mov edi, eax
					"b8" + "81000000", "0f05", // rt_sigqueueinfo
					"c3"));
	}

	@Test
	void unblockForX86IsInstructionByInstructionWhatItShouldBe() {
		assertThat(HexFormat.of().formatHex(HandlerCode.unblock(Architecture.X86_64)))
			.isEqualTo(String.join("", "f30f1efa", // endbr64
					"488b46" + "18", // mov rax, [rsi+24]
					"48f7d0", // not rax
					"482182" + "28010000", // and [rdx+296], rax
					"c3"));
	}

	@Test
	void requeueForAarch64IsInstructionByInstructionWhatItShouldBe() {
		assertThat(words(HandlerCode.requeue(Architecture.AARCH64))).containsExactly(0xd503245f, // bti
																									// c
				0x51000403, // sub w3, w0, #1
				0xd2800024, // mov x4, #1
				0x9ac32084, // lsl x4, x4, x3
				0xf9401445, // ldr x5, [x2,#40]
				0xaa0400a5, // orr x5, x5, x4
				0xf9001445, // str x5, [x2,#40]
				0xaa0103e2, // mov x2, x1
				0x2a0003e1, // mov w1, w0
				0xd2801648, // mov x8, #178: gettid
				0xd4000001, // svc #0
				0xd2801148, // mov x8, #138: rt_sigqueueinfo
				0xd4000001, // svc #0
				0xd65f03c0); // ret
	}

	@Test
	void unblockForAarch64IsInstructionByInstructionWhatItShouldBe() {
		assertThat(words(HandlerCode.unblock(Architecture.AARCH64))).containsExactly(0xd503245f, // bti
																									// c
				0xf9400c23, // ldr x3, [x1,#24]
				0xf9401444, // ldr x4, [x2,#40]
				0x8a230084, // bic x4, x4, x3
				0xf9001444, // str x4, [x2,#40]
				0xd65f03c0); // ret
	}

	private static int[] words(byte[] code) {
		int[] words = new int[code.length / 4];
		ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
		return words;
	}

	@Test
	@EnabledIfCompiler("objdump")
	void codeForX86WhenDisassembledIsWhatItShouldBe() throws Exception {
		assertThat(disassemble(HandlerCode.requeue(Architecture.X86_64), "objdump", "-m", "i386:x86-64", "-M", "intel"))
			.containsExactly("endbr64", "mov r8d,edi", "lea ecx,[rdi-0x1]", "bts QWORD PTR [rdx+0x128],rcx",
					"mov rdx,rsi", "mov esi,r8d", "mov eax,0xba", "syscall", "mov edi,eax", "mov eax,0x81", "syscall",
					"ret");
		assertThat(disassemble(HandlerCode.unblock(Architecture.X86_64), "objdump", "-m", "i386:x86-64", "-M", "intel"))
			.containsExactly("endbr64", "mov rax,QWORD PTR [rsi+0x18]", "not rax", "and QWORD PTR [rdx+0x128],rax",
					"ret");
	}

	@Test
	@EnabledIfCompiler("aarch64-linux-gnu-objdump")
	void codeForAarch64WhenDisassembledIsWhatItShouldBe() throws Exception {
		assertThat(disassemble(HandlerCode.requeue(Architecture.AARCH64), "aarch64-linux-gnu-objdump", "-m", "aarch64"))
			.containsExactly("bti c", "sub w3, w0, #0x1", "mov x4, #0x1", "lsl x4, x4, x3", "ldr x5, [x2, #40]",
					"orr x5, x5, x4", "str x5, [x2, #40]", "mov x2, x1", "mov w1, w0", "mov x8, #0xb2", "svc #0x0",
					"mov x8, #0x8a", "svc #0x0", "ret");
		assertThat(disassemble(HandlerCode.unblock(Architecture.AARCH64), "aarch64-linux-gnu-objdump", "-m", "aarch64"))
			.containsExactly("bti c", "ldr x3, [x1, #24]", "ldr x4, [x2, #40]", "bic x4, x4, x3", "str x4, [x2, #40]",
					"ret");
	}

	private List<String> disassemble(byte[] code, String program, String... options) throws Exception {
		Path file = Files.write(this.directory.resolve("code"), code);
		List<String> command = Stream
			.of(Stream.of(program, "-D", "-b", "binary", "--no-show-raw-insn"), Stream.of(options),
					Stream.of(file.toString()))
			.flatMap((arguments) -> arguments)
			.toList();
		return Shell.run(command)
			.orFail()
			.lines()
			.filter((line) -> line.matches("\\s+[0-9a-f]+:.*"))
			.map((line) -> line.replaceFirst("\\s+[0-9a-f]+:\\s*", "").replaceFirst("//.*", ""))
			.map((line) -> line.strip().replaceAll("\\s+", " "))
			.toList();
	}

}
