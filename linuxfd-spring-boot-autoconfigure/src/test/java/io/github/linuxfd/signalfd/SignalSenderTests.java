package io.github.linuxfd.signalfd;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link SignalSender} and {@link SignalOrigin}.
 *
 * @author linuxfd
 */
class SignalSenderTests {

	@Test
	void senderInWordsIsProcessNameAndUser() {
		assertThat(new SignalSender(4711, 0, "kubelet", List.of("/usr/bin/kubelet"), "/system.slice"))
			.hasToString("pid 4711 (kubelet) uid 0");
		assertThat(new SignalSender(4711, 1000, null, List.of(), null))
			.hasToString("pid 4711 (ended or hidden) uid 1000");
	}

	@Test
	void senderWithoutProcessIdIsOutsideTheContainer() {
		SignalSender sender = new SignalSender(0, 0, null, List.of(), null);
		assertThat(sender.isOutsideContainer()).isTrue();
		assertThat(sender).hasToString("a process outside this container, uid 0");
	}

	@ParameterizedTest
	@CsvSource({ "/system.slice/cron.service, cron.service",
			"/user.slice/user-0.slice/session-3.scope, session-3.scope",
			"/user.slice/user@1000.service/app.slice/foo.service, foo.service", "/kubepods/besteffort/pod1,", "/," })
	void unitIsTheInnermostServiceOrScope(String cgroup, String unit) {
		assertThat(new SignalSender(1, 0, "x", List.of(), cgroup).unit()).isEqualTo(unit);
	}

	@ParameterizedTest
	@CsvSource({ "HUP, 0, USER", "HUP, 128, KERNEL", "RTMIN, -1, QUEUE", "ALRM, -2, TIMER", "HUP, -6, TKILL",
			"CHLD, 1, CHILD_EXITED", "CHLD, 6, CHILD_CONTINUED", "IO, 1, POLL_IN", "IO, 6, POLL_HUP", "HUP, 1, OTHER",
			"HUP, 77, OTHER" })
	void originDependsOnCodeAndSignal(String signal, int code, SignalOrigin origin) {
		assertThat(SignalOrigin.of(Signal.of(signal), code)).isEqualTo(origin);
	}

}
