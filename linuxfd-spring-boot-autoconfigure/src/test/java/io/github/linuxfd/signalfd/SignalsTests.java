package io.github.linuxfd.signalfd;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Signals}, on threads of their own and with a signal that does no harm.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class SignalsTests {

	private static final Signal WINCH = Signal.of("WINCH");

	private static final Signal URG = Signal.of("URG");

	private static final long SELF = ProcessHandle.current().pid();

	private final Signals signals = new Signals(Syscalls.system());

	@Test
	void maskWhenChangedIsThatOfTheThreadAndWhatWasBeforeIsReturned() throws Exception {
		onItsOwnThread(() -> {
			Set<Signal> before = this.signals.mask();
			assertThat(before).doesNotContain(WINCH, URG);
			assertThat(this.signals.block(Set.of(WINCH))).isEqualTo(before);
			assertThat(this.signals.block(Set.of(URG))).contains(WINCH).doesNotContain(URG);
			assertThat(this.signals.mask()).contains(WINCH, URG);
			assertThat(this.signals.unblock(Set.of(WINCH))).contains(WINCH, URG);
			assertThat(this.signals.mask()).contains(URG).doesNotContain(WINCH);
			assertThat(this.signals.setMask(before)).contains(URG);
			assertThat(this.signals.mask()).isEqualTo(before);
			return null;
		});
		assertThat(this.signals.mask()).doesNotContain(WINCH, URG);
	}

	@Test
	void sigqueueToThisProcessArrivesWithValueAndSender() throws Exception {
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		try (SignalReception reception = factory.receive(WINCH); Signalfd signalfd = factory.open(Set.of(WINCH))) {
			this.signals.sigqueue(SELF, reception.signal(), -4711);
			SignalEvent event = signalfd.pollEvent(Duration.ofSeconds(20));
			assertThat(event).isNotNull();
			assertThat(event.intValue()).isEqualTo(-4711);
			assertThat(event.origin()).isEqualTo(SignalOrigin.QUEUE);
			assertThat(event.pid()).isEqualTo((int) SELF);
			assertThat(event.sender()).isNotNull();
			assertThat(event.sender().command()).isEqualTo(Files.readString(Path.of("/proc/self/comm")).strip());
			assertThat(event.sender().commandLine()).isNotEmpty().element(0).asString().contains("java");
			this.signals.kill(SELF, WINCH);
			assertThat(signalfd.pollEvent(Duration.ofSeconds(20))).isNotNull()
				.extracting(SignalEvent::origin)
				.isEqualTo(SignalOrigin.USER);
		}
	}

	/** Only a thread that blocks it keeps it for its own signalfd. */
	@Test
	void tgkillReachesTheThread() throws Exception {
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		onItsOwnThread(() -> {
			this.signals.block(Set.of(WINCH));
			long tid = Long.parseLong(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
			try (Signalfd signalfd = factory.open(Set.of(WINCH))) {
				this.signals.tgkill(SELF, tid, WINCH);
				assertThat(signalfd.pollEvent(Duration.ofSeconds(20))).isNotNull()
					.extracting(SignalEvent::origin)
					.isEqualTo(SignalOrigin.TKILL);
			}
			return null;
		});
	}

	@Test
	void callUnblockedStartsProcessesThatCanBeEnded() throws Exception {
		onItsOwnThread(() -> {
			this.signals.block(Set.of(Signal.of("TERM")));
			Process process = this.signals.callUnblocked(new ProcessBuilder("sleep", "100")::start);
			process.destroy();
			assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
			assertThat(this.signals.mask()).contains(Signal.of("TERM"));
			return null;
		});
	}

	@Test
	void sendingWhenThereIsNoSuchProcessSaysSo() throws Exception {
		Process ended = new ProcessBuilder("true").start();
		ended.waitFor();
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.signals.kill(ended.pid(), WINCH))
			.withMessage("kill(" + ended.pid() + ", WINCH) failed: ESRCH (No such process)");
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.signals.sigqueue(ended.pid(), WINCH, 1))
			.withMessage("sigqueue(" + ended.pid() + ", WINCH, 1) failed: ESRCH (No such process)");
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.signals.tgkill(SELF, ended.pid(), WINCH))
			.withMessageStartingWith("tgkill(" + SELF + ", " + ended.pid() + ", WINCH) failed: ESRCH");
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, -4711, 1L << 32 })
	void sendingWhenTheIdIsAGroupOrEverybodyIsRefused(long pid) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.signals.kill(pid, WINCH))
			.withMessage(pid + " is no process or thread id");
	}

	private static void onItsOwnThread(Callable<?> action) throws Exception {
		FutureTask<?> task = new FutureTask<>(action);
		new Thread(task).start();
		task.get(50, TimeUnit.SECONDS);
	}

}
