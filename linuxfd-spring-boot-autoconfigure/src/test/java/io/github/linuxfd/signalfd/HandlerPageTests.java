package io.github.linuxfd.signalfd;

import java.lang.reflect.Field;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link HandlerPage} on systems that do not allow it.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class HandlerPageTests {

	@Test
	void receptionWhenExecutableMemoryIsRefusedSaysWhyAndKeepsNothing() throws Exception {
		Field instance = HandlerPage.class.getDeclaredField("instance");
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
