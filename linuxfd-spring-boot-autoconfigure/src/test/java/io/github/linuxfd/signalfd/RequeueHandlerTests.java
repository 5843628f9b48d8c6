package io.github.linuxfd.signalfd;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link RequeueHandler}: of its machine code, and of systems that do not allow
 * it.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(60)
class RequeueHandlerTests {

	@TempDir
	private Path directory;

	@Test
	void codeForX86IsInstructionByInstructionWhatItShouldBe() {
		String code = HexFormat.of().formatHex(RequeueHandler.code(Architecture.X86_64));
		assertThat(code).isEqualTo(String.join("", "f30f1efa", // endbr64
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
	@EnabledIfCompiler("objdump")
	void codeForX86WhenDisassembledIsWhatItShouldBe() throws Exception {
		Path file = Files.write(this.directory.resolve("code"), RequeueHandler.code(Architecture.X86_64));
		String text = Shell.run(List.of("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel",
				"--no-show-raw-insn", file.toString()))
			.orFail();
		assertThat(text.lines()
			.filter((line) -> line.matches("\\s+[0-9a-f]+:.*"))
			.map((line) -> line.replaceFirst("\\s+[0-9a-f]+:\\s*", "").strip().replaceAll("\\s+", " ")))
			.containsExactly("endbr64", "mov r8d,edi", "lea ecx,[rdi-0x1]", "bts QWORD PTR [rdx+0x128],rcx",
					"mov rdx,rsi", "mov esi,r8d", "mov eax,0xba", "syscall", "mov edi,eax", "mov eax,0x81", "syscall",
					"ret");
	}

	@Test
	void codeWhenThereIsNoneForTheProcessorSaysSo() {
		if (Architecture.current() == Architecture.X86_64) {
			assertThatExceptionOfType(SignalReceptionException.class)
				.isThrownBy(() -> RequeueHandler.code(Architecture.AARCH64))
				.withMessageContaining("AARCH64");
		}
	}

	@Test
	void receptionWhenExecutableMemoryIsRefusedSaysWhyAndKeepsNothing() throws Exception {
		Field instance = RequeueHandler.class.getDeclaredField("instance");
		instance.setAccessible(true);
		Object before = instance.get(null);
		instance.set(null, null);
		try {
			FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
			SignalfdFactory factory = new SignalfdFactory(faults.syscalls());
			faults.fail("mprotect", 1, Errno.EACCES);
			assertThatExceptionOfType(SignalReceptionException.class)
				.isThrownBy(() -> factory.receive(Signal.of("WINCH")))
				.withMessage("no executable memory for a signal handler: mprotect(PROT_READ|PROT_EXEC) failed: "
						+ "EACCES (Permission denied)")
				.withCauseInstanceOf(SyscallPermissionException.class);
			assertThat(faults.count("munmap")).isEqualTo(1);
			assertThat(faults.count("sigaction")).isZero();
			faults.fail("mmapAnonymous", 1, Errno.EPERM);
			assertThatExceptionOfType(SignalReceptionException.class)
				.isThrownBy(() -> factory.receive(Signal.of("WINCH")))
				.withMessageContaining("mmap(one page) failed: EPERM");
			faults.fail("sigaction", 1, Errno.EINVAL);
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> factory.receive(Signal.of("WINCH")))
				.withMessageContaining("sigaction(WINCH) failed: EINVAL");
			assertThat(instance.get(null)).as("one page for good").isNotNull();
			before = instance.get(null);
		}
		finally {
			instance.set(null, before);
		}
	}

}
