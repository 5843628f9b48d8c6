package io.github.linuxfd.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.HostUntouchedExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link ProcessIds}.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(240)
class ProcessIdsTests {

	private final ProcessIds ids = new ProcessIds(Syscalls.system());

	@Test
	void idsAreThoseOfTheJdk() {
		ProcessHandle self = ProcessHandle.current();
		assertThat(this.ids.getpid()).isEqualTo(self.pid());
		assertThat(this.ids.getppid()).isEqualTo(self.parent().map(ProcessHandle::pid).orElse(0L));
	}

	/** Outside it has another number; its parent cannot be seen from there. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void idsWhenFirstInAPidNamespaceAreOneAndNone() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
				Printer.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("pid 1 parent 0", "/proc/self is 1");
			assertThat(jvm.pid()).isNotEqualTo(1);
		}
	}

	static final class Printer {

		private Printer() {
		}

		public static void main(String[] arguments) throws Exception {
			ProcessIds ids = new ProcessIds(Syscalls.system());
			System.out.println("pid " + ids.getpid() + " parent " + ids.getppid());
			System.out.println("/proc/self is " + Files.readSymbolicLink(Path.of("/proc/self")));
		}

	}

}
