package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompFilter;
import io.github.linuxfd.seccomp.SeccompRule;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.RawCall;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What goes wrong with {@link SeccompResponder}. Call 900 is one that no kernel has yet.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class SeccompResponderTests {

	private static final SeccompAnswer EPERM = SeccompAnswer.errno(Errno.EPERM);

	/** Before the filter is loaded, which this JVM would keep. */
	@ParameterizedTest
	@CsvSource({ "epollCreate1, 1", "eventfd, 1", "epollCtl, 1", "timerfdCreate, 1", "epollCtl, 2" })
	void responderWhenACallFailsBeforeTheFilterGivesBackWhatItHas(String method, int number) {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().fail(method, number, Errno.ENOMEM);
		int descriptors = OwnedFd.openCount();
		try (SeccompFilter filter = asking(faults.syscalls())) {
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> load(filter, faults.syscalls()))
				.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.ENOMEM));
		}
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	@ParameterizedTest
	@CsvSource({ "seccomp, 1", "epollCtl, 3" })
	void responderWhenACallFailsAfterTheFilterLeavesNobodyWaiting(String method, String number) {
		try (ForkedJvm jvm = ForkedJvm.start(HalfBuilt.class, method, number)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("ENOMEM", "call -38", "descriptors 0, memory 0");
		}
	}

	/** Its timer and itself are sources of the same loop. */
	@Test
	void responderWhenItsLoopFailsSaysSoOnce() {
		try (ForkedJvm jvm = ForkedJvm.start(Failing.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("passed")
				.filteredOn((line) -> line.contains("Calls that seccomp asks about fail with ENOSYS from now on"))
				.hasSize(1);
		}
	}

	private static boolean isLoop(Thread thread) {
		return thread.getName().equals("test-seccomp");
	}

	private static SeccompFilter asking(Syscalls syscalls) {
		return new SeccompFactory(syscalls, Libseccomp.find().orElseThrow())
			.open(List.of(SeccompRule.of(SeccompAction.NOTIFY, "900")));
	}

	private static SeccompResponder load(SeccompFilter filter, Syscalls syscalls) {
		SeccompResponder.Resources resources = new SeccompResponder.Resources(
				() -> new EventLoop(new EpollFactory(syscalls), new EventfdFactory(syscalls), "test-seccomp"),
				new TimerfdFactory(syscalls));
		return SeccompResponder.load(filter, resources, Duration.ofSeconds(1), EPERM);
	}

	static class Failing {

		public static void main(String[] arguments) {
			FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
			RawCall.make(901);
			try (SeccompFilter filter = asking(faults.syscalls())) {
				SeccompResponder responder = load(filter, faults.syscalls());
				faults.failAll("epollWait", Errno.EBADF);
				RawCall.make(900);
				await().until(() -> responder.failure().isPresent());
				await()
					.until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(SeccompResponderTests::isLoop));
			}
			System.out.println("passed");
		}

	}

	static class HalfBuilt {

		public static void main(String[] arguments) {
			RawCall.make(900);
			FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem()
				.fail(arguments[0], Integer.parseInt(arguments[1]), Errno.ENOMEM);
			try (SeccompFilter filter = asking(faults.syscalls())) {
				load(filter, faults.syscalls());
			}
			catch (SyscallException ex) {
				System.out.println(ex.errno().name());
			}
			System.out.println("call " + RawCall.make(900));
			System.out.println("descriptors " + OwnedFd.openCount() + ", memory " + NativeMemory.allocated());
		}

	}

}
