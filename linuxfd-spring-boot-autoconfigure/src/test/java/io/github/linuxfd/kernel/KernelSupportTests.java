package io.github.linuxfd.kernel;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.KernelSupport.Facility;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.HostUntouchedExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link KernelSupport}.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(240)
class KernelSupportTests {

	/** What not every user may; PSI depends on how the kernel was started. */
	private static final EnumSet<Facility> PRIVILEGED = EnumSet.of(Facility.FANOTIFY_PERMISSION, Facility.MOUNT,
			Facility.NAMESPACE, Facility.HOSTNAME, Facility.PSI);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	@Test
	void probeFindsWhatAnyUserMayDoAndKeepsNothing() {
		KernelSupport support = KernelSupport.probe(this.faults.syscalls());
		for (Facility facility : EnumSet.complementOf(PRIVILEGED)) {
			assertThat(support.refusal(facility)).as("%s", facility).isEmpty();
			assertThat(support.isAvailable(facility)).as("%s", facility).isTrue();
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void probeWhenPrivilegedFindsEverything() {
		assumeThat(Path.of("/proc/pressure")).as("the kernel was started with PSI").exists();
		assertThat(KernelSupport.probe(this.faults.syscalls())).hasToString("KernelSupport[refused: []]");
	}

	@Test
	void probeWhenCapabilityIsMissingNamesIt() {
		List<String> wrapper = (Syscalls.system().getuid() == 0) ? List.of("setpriv", "--bounding-set=-sys_admin")
				: List.of();
		try (ForkedJvm jvm = ForkedJvm.startBy(wrapper, Refused.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly(
					"FANOTIFY_PERMISSION: fanotify_init(FAN_CLASS_CONTENT) needs CAP_SYS_ADMIN, which this process lacks.",
					"MOUNT: fsopen needs the capability CAP_SYS_ADMIN, which this process lacks or its container keeps back.",
					"NAMESPACE: unshare needs the capability CAP_SYS_ADMIN, which this process lacks or its container keeps back.",
					"HOSTNAME: sethostname needs the capability CAP_SYS_ADMIN, which this process lacks or its container keeps back.");
		}
	}

	static final class Refused {

		private Refused() {
		}

		public static void main(String[] arguments) {
			KernelSupport support = KernelSupport.probe(Syscalls.system());
			for (Facility facility : Facility.values()) {
				support.refusal(facility)
					.map((refusal) -> facility + ": " + Remedy.of(refusal).orElseThrow().cause())
					.ifPresent(System.out::println);
			}
		}

	}

	@ParameterizedTest
	@CsvSource({ "EPOLL,epollCreate1,epoll_create1,38", "EVENTFD,eventfd,eventfd,1",
			"TIMERFD,timerfdCreate,timerfd_create,38", "SIGNALFD,signalfd,signalfd,1",
			"INOTIFY,inotifyInit1,inotify_init1,38", "PIDFD,pidfdOpen,pidfd_open,38",
			"FANOTIFY,fanotifyInit,fanotify_init,1", "PIPE,pipe2,pipe2,38", "PSI,open,open,95",
			"SECCOMP,seccomp,seccomp,95", "MOUNT,fsopen,fsopen,38", "NAMESPACE,unshare,unshare,28",
			"HOSTNAME,sethostname,sethostname,1", "IO_URING,ioUringSetup,io_uring_setup,1" })
	void probeWhenRefusedKnowsTheReason(Facility refused, String method, String call, int errno) {
		this.faults.failAll(method, new Errno(errno));
		KernelSupport support = KernelSupport.probe(this.faults.syscalls());
		assertThat(support.isAvailable(refused)).isFalse();
		assertThat(support.refusal(refused)).hasValueSatisfying((refusal) -> {
			assertThat(refusal.syscall()).isEqualTo(call);
			assertThat(refusal.errno()).isEqualTo(new Errno(errno));
			assertThat(support.toString()).contains(refusal.getMessage());
		});
		KernelSupport otherwise = KernelSupport.probe(Syscalls.system());
		for (Facility other : Facility.values()) {
			if (support.refusal(other).filter((refusal) -> refusal.syscall().equals(call)).isEmpty()) {
				assertThat(support.isAvailable(other)).as("%s", other).isEqualTo(otherwise.isAvailable(other));
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "epollCreate1,24", "inotifyInit1,24", "timerfdCreate,23", "pidfdOpen,24", "fanotifyInit,24",
			"pipe2,24", "open,23", "fsopen,24", "ioUringSetup,24" })
	void probeWhenNoDescriptorIsLeftIsNoRefusal(String method, int errno) {
		this.faults.failAll(method, new Errno(errno));
		assertThat(KernelSupport.probe(this.faults.syscalls()).toString()).doesNotContain("EMFILE", "ENFILE");
	}

}
