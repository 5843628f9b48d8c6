package io.github.linuxfd.hostname;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallInternalException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.HostUntouchedExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Hostname}.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(240)
class HostnameTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Hostname hostname = new Hostname(this.faults.syscalls());

	static Stream<Arguments> errors() {
		return ErrorTable.cells("""
				sethostname | EFAULT EINVAL | EPERM | | | |
				gethostname | EFAULT EINVAL | EPERM | | | ENAMETOOLONG |
				""");
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("errors")
	void callWhenRefusedIsTheTablesException(String call, Errno errno, Class<?> kind) {
		this.faults.fail(call, 1, errno);
		Consumer<Hostname> action = call.equals("gethostname") ? Hostname::get : (name) -> name.set("x");
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> action.accept(this.hostname))
			.isExactlyInstanceOf(kind)
			.withMessageStartingWith(call + "(" + (call.equals("gethostname") ? "65" : "\"x\"") + ") failed: " + errno);
	}

	@Test
	void getIsWhatHostnameSays() {
		assertThat(this.hostname.get()).isNotEmpty().isEqualTo(Shell.bash("hostname").orFail().strip());
	}

	@Test
	void getWhenBufferIsTooSmallSaysSo() {
		String name = this.hostname.get();
		assertThat(this.hostname.get(name.length() + 1)).isEqualTo(name);
		assertThatExceptionOfType(SyscallInternalException.class).isThrownBy(() -> this.hostname.get(1))
			.withMessage("gethostname(1) failed: ENAMETOOLONG (File name too long)");
		assertThatIllegalArgumentException().isThrownBy(() -> this.hostname.get(0));
	}

	@ParameterizedTest
	@ValueSource(strings = { "12345678901234567890123456789012345678901234567890123456789012345", "a\0b",
			"äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä" })
	void setWhenNameIsNoneIsRefusedBeforeTheCall(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.hostname.set(name));
		assertThat(this.faults.count("sethostname")).isZero();
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void setInAFreshNamespaceIsSeenByEveryProcessThere() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--uts"), Setter.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("inner.example inner.example",
					"1234567890123456789012345678901234567890123456789012345678901234");
		}
	}

	/** As root without the capability, or as the ordinary user that we are. */
	@Test
	void setWhenCapabilityIsMissingNamesIt() {
		List<String> wrapper = isRoot() ? List.of("setpriv", "--bounding-set=-sys_admin") : List.of();
		try (ForkedJvm jvm = ForkedJvm.startBy(wrapper, Refused.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines())
				.containsExactly("sethostname(\"x\") failed: EPERM (Operation not permitted); it needs CAP_SYS_ADMIN");
		}
	}

	private static boolean isRoot() {
		return Syscalls.system().getuid() == 0;
	}

	static final class Setter {

		private Setter() {
		}

		public static void main(String[] arguments) {
			Hostname hostname = new Hostname(Syscalls.system());
			hostname.set("inner.example");
			System.out.println(hostname.get() + " " + Shell.bash("hostname").orFail().strip());
			hostname.set("1234567890123456789012345678901234567890123456789012345678901234");
			System.out.println(hostname.get());
		}

	}

	static final class Refused {

		private Refused() {
		}

		public static void main(String[] arguments) {
			try {
				new Hostname(Syscalls.system()).set("x");
			}
			catch (SyscallException ex) {
				System.out.println(ex.getMessage());
			}
		}

	}

}
