package io.github.linuxfd.kernel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.kernel.KernelSupport.Facility;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link KernelSupport}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
class KernelSupportTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	@Test
	void probeOnThisKernelFindsEverythingAndKeepsNothing() {
		KernelSupport support = KernelSupport.probe(this.faults.syscalls());
		for (Facility facility : Facility.values()) {
			assertThat(support.isAvailable(facility)).as("%s", facility).isTrue();
			assertThat(support.refusal(facility)).isEmpty();
		}
		assertThat(this.faults.count("close")).isEqualTo(Facility.values().length);
		assertThat(support).hasToString("KernelSupport[refused: []]");
	}

	@ParameterizedTest
	@CsvSource({ "EPOLL,epollCreate1,epoll_create1,38", "EVENTFD,eventfd,eventfd,1",
			"TIMERFD,timerfdCreate,timerfd_create,38", "SIGNALFD,signalfd,signalfd,1",
			"INOTIFY,inotifyInit1,inotify_init1,38", "PIDFD,pidfdOpen,pidfd_open,38",
			"FANOTIFY,fanotifyInit,fanotify_init,1" })
	void probeWhenRefusedKnowsTheReason(Facility refused, String method, String call, int errno) {
		this.faults.failAll(method, new Errno(errno));
		KernelSupport support = KernelSupport.probe(this.faults.syscalls());
		for (Facility facility : Facility.values()) {
			assertThat(support.isAvailable(facility)).isEqualTo(facility != refused);
		}
		assertThat(support.refusal(refused)).hasValueSatisfying((refusal) -> {
			assertThat(refusal.syscall()).isEqualTo(call);
			assertThat(refusal.errno()).isEqualTo(new Errno(errno));
			assertThat(support.toString()).contains(refusal.getMessage());
		});
	}

	@ParameterizedTest
	@CsvSource({ "epollCreate1,24", "inotifyInit1,24", "timerfdCreate,23", "pidfdOpen,24", "fanotifyInit,24" })
	void probeWhenNoDescriptorIsLeftIsNoRefusal(String method, int errno) {
		this.faults.failAll(method, new Errno(errno));
		assertThat(KernelSupport.probe(this.faults.syscalls())).hasToString("KernelSupport[refused: []]");
	}

}
