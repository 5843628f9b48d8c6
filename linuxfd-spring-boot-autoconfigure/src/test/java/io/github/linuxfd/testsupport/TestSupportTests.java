package io.github.linuxfd.testsupport;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.HostUntouchedExtension.Host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests of what the other tests stand on.
 *
 * @author linuxfd
 */
class TestSupportTests {

	@Test
	void faultWhenSetForOneCallFailsThatCallOnly() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().fail("eventfd", 2, Errno.EMFILE);
		Syscalls syscalls = faults.syscalls();
		int first = syscalls.eventfd(0, Syscalls.CLOEXEC);
		assertThat(syscalls.eventfd(0, Syscalls.CLOEXEC)).isEqualTo(-24);
		int third = syscalls.eventfd(0, Syscalls.CLOEXEC);
		assertThat(third).isNotNegative().isNotEqualTo(first);
		assertThat(OpenFiles.now().byTarget().get("anon_inode:[eventfd]")).isGreaterThanOrEqualTo(2);
		assertThat(syscalls.close(first)).isZero();
		assertThat(syscalls.close(third)).isZero();
		assertThat(faults.count("eventfd")).isEqualTo(3);
	}

	@Test
	void faultWhenSetForAllCallsAndHealedLetsThemThrough() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().failAll("read", Errno.EIO);
		Syscalls syscalls = faults.syscalls();
		int fd = syscalls.eventfd(7, Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		try (NativeMemory memory = NativeMemory.allocate(8)) {
			assertThat(syscalls.read(fd, memory.address(), 8)).isEqualTo(-5);
			faults.heal();
			faults.shortRead(4);
			assertThat(syscalls.read(fd, memory.address(), 8)).as("4 bytes do not hold a counter").isEqualTo(-22);
			assertThat(syscalls.read(fd, memory.address(), 8)).isEqualTo(8);
			assertThat(memory.bytes().getLong(0)).isEqualTo(7);
		}
		syscalls.close(fd);
	}

	@Test
	void compilerConditionWhenProgramIsMissingNamesThePackage() throws Exception {
		ExtensionContext context = mock(ExtensionContext.class);
		given(context.getElement()).willReturn(Optional.of(Gated.class.getDeclaredMethod("compiled")));
		assertThat(new ProgramCondition().evaluateExecutionCondition(context)).satisfies((result) -> {
			assertThat(result.isDisabled()).isTrue();
			assertThat(result.getReason())
				.hasValue("SKIPPED: no no-such-program on the PATH; install the Debian package no-such-program");
		});
		assertThat(ProgramCondition.isOnPath("sh")).isTrue();
	}

	@Test
	void capabilityConditionWhenNameIsUnknownFails() {
		assertThatIllegalArgumentException().isThrownBy(() -> CapabilityCondition.has("CAP_EVERYTHING"));
	}

	@Test
	void hostWhenNameMountsNamespacesOrTimeChangeIsNotTheSame() throws Exception {
		Host now = Host.now();
		assertThat(Host.now().isSameAs(now)).isTrue();
		assertThat(List.of(new Host("other", now.mounts(), now.namespaces(), now.bootTime()),
				new Host(now.name(), "other", now.namespaces(), now.bootTime()),
				new Host(now.name(), now.mounts(), "other", now.bootTime()),
				new Host(now.name(), now.mounts(), now.namespaces(), now.bootTime().plusMinutes(1)),
				new Host(now.name(), now.mounts(), now.namespaces(), now.bootTime().minusMinutes(1))))
			.noneMatch(now::isSameAs);
	}

	static final class Gated {

		@EnabledIfCompiler("no-such-program")
		void compiled() {
		}

	}

}
