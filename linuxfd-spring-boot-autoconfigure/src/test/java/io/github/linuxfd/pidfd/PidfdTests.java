package io.github.linuxfd.pidfd;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallInternalException;
import io.github.linuxfd.errno.SyscallMemoryException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallRetryException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.SignalReception;
import io.github.linuxfd.signalfd.Signalfd;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Grandchild;
import io.github.linuxfd.testsupport.OpenFiles;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link Pidfd} and {@link PidfdFactory}. The JVM waits for its children at the
 * same time, so each status is asked for before or after that, as it happens.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class PidfdTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Signal TERM = Signal.of("TERM");

	private static final Errno ENOTTY = new Errno(25);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final PidfdFactory factory = new PidfdFactory(this.faults.syscalls());

	private final List<Process> children = new ArrayList<>();

	@AfterEach
	void endChildren() throws InterruptedException {
		for (Process child : this.children) {
			child.destroyForcibly().waitFor();
		}
	}

	/** Runs until {@link #release} and exits with 7. */
	private Process child() throws IOException {
		return start("sh", "-c", "read x; exit 7");
	}

	private Process start(String... command) throws IOException {
		Process child = new ProcessBuilder(command).start();
		this.children.add(child);
		return child;
	}

	private static void release(Process child) throws IOException {
		child.getOutputStream().close();
	}

	private static void assumeStatusOutlivesTheWait() {
		String[] version = System.getProperty("os.version").split("[.-]");
		assumeThat(Integer.parseInt(version[0]) * 100 + Integer.parseInt(version[1]))
			.as("PIDFD_INFO_EXIT is there since Linux 6.15")
			.isGreaterThanOrEqualTo(615);
	}

	@Test
	void exitStatusWhenChildExitsIsItsCodeBeforeAndAfterTheJvmHasWaited() throws Exception {
		assumeStatusOutlivesTheWait();
		Process child = child();
		try (Pidfd pidfd = this.factory.open(child)) {
			assertThat(pidfd.pid()).isEqualTo(child.pid());
			assertThat(pidfd.isExited()).isFalse();
			assertThat(pidfd.exitStatus()).isEmpty();
			release(child);
			assertThat(pidfd.await(LONG)).isTrue();
			assertThat(pidfd.isExited()).isTrue();
			assertThat(child.waitFor()).isEqualTo(7);
			assertThat(pidfd.exitStatus()).hasValue(ExitStatus.exited(7));
			assertThat(pidfd.isExitStatusPending()).isFalse();
			assertThat(pidfd.isExited()).isTrue();
		}
	}

	/** A hundred races with the JVM's own wait. */
	@Test
	void exitStatusWhenAskedForAtOnceIsRightAndLeavesTheJvmItsOwn() throws Exception {
		assumeStatusOutlivesTheWait();
		for (int i = 0; i < 100; i++) {
			Process child = child();
			try (Pidfd pidfd = this.factory.open(child)) {
				release(child);
				assertThat(pidfd.await(LONG)).isTrue();
				while (pidfd.exitStatus().isEmpty()) {
					// between the two, when the JVM has waited and the kernel is at it
					assertThat(pidfd.isExitStatusPending() || pidfd.exitStatus().isPresent()).isTrue();
				}
				assertThat(pidfd.exitStatus()).hasValue(ExitStatus.exited(7));
				assertThat(child.waitFor()).isEqualTo(7);
			}
		}
	}

	@Test
	void exitStatusWhenSignalEndsTheChildNamesIt() throws Exception {
		assumeStatusOutlivesTheWait();
		Process child = sleeping();
		try (Pidfd pidfd = this.factory.open(child.toHandle())) {
			pidfd.send(TERM);
			assertThat(pidfd.await(LONG)).isTrue();
			assertThat(child.waitFor()).isEqualTo(143);
			assertThat(pidfd.exitStatus()).hasValue(ExitStatus.killed(TERM, false));
		}
	}

	/** Whatever signals who started the tests ignores. */
	private Process sleeping() throws IOException {
		Process child = start("env", "--default-signal=TERM", "sh", "-c", "echo up; exec sleep 1000");
		assertThat(child.inputReader().readLine()).isEqualTo("up");
		return child;
	}

	@Test
	void exitStatusWhenKernelIsOlderAndTheJvmHasWaitedIsEmpty() throws Exception {
		Process child = child();
		try (Pidfd pidfd = this.factory.open(child)) {
			release(child);
			assertThat(child.waitFor()).isEqualTo(7);
			this.faults.failAll("ioctl", ENOTTY);
			assertThat(pidfd.exitStatus()).isEmpty();
			assertThat(pidfd.isExitStatusPending()).isFalse();
			this.faults.failAll("waitid", Errno.EINVAL);
			assertThat(pidfd.exitStatus()).isEmpty();
		}
	}

	@Test
	void exitStatusWhenWaitFailsOtherwiseIsAnError() throws Exception {
		try (Pidfd pidfd = this.factory.open(child())) {
			this.faults.fail("waitid", 1, Errno.EFAULT);
			assertThatExceptionOfType(SyscallInternalException.class).isThrownBy(pidfd::exitStatus)
				.withMessageStartingWith("waitid(Pidfd[pid " + pidfd.pid());
			assertThat(pidfd.exitStatus()).isEmpty();
		}
	}

	@Test
	void exitStatusWhenAnotherParentHasNotWaitedYetIsPending() {
		assumeStatusOutlivesTheWait();
		try (Grandchild grandchild = Grandchild.start(); Pidfd pidfd = this.factory.open(grandchild.pid())) {
			grandchild.stopParent();
			grandchild.kill();
			assertThat(pidfd.await(LONG)).isTrue();
			assertThat(pidfd.exitStatus()).isEmpty();
			assertThat(pidfd.isExitStatusPending()).isTrue();
			assertThat(pidfd.pauseNanos()).isZero();
			List<Long> pauses = new ArrayList<>();
			while (pidfd.pauseForExitStatus()) {
				pauses.add(TimeUnit.NANOSECONDS.toMillis(pidfd.pauseNanos()));
			}
			assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L);
			grandchild.continueParent();
			grandchild.awaitGone();
			assertThat(pidfd.isExitStatusPending()).isFalse();
			assertThat(pidfd.exitStatus()).hasValue(ExitStatus.killed(Signal.of("KILL"), false));
		}
	}

	@Test
	void awaitWhenProcessRunsLastsItsTime() throws Exception {
		try (Pidfd pidfd = this.factory.open(child())) {
			for (Duration timeout : List.of(Duration.ofNanos(1), Duration.ofMillis(30), Duration.ofNanos(2_000_001))) {
				long startNanos = System.nanoTime();
				assertThat(pidfd.await(timeout)).isFalse();
				assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
			}
			assertThat(pidfd.await(Duration.ZERO)).isFalse();
			assertThat(pidfd.await(Duration.ofSeconds(-1))).isFalse();
		}
	}

	@Test
	void awaitWhenTimeoutIsTheLongestEndsWithTheProcess() throws Exception {
		Process child = child();
		try (Pidfd pidfd = this.factory.open(child)) {
			release(child);
			assertThat(pidfd.await(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999))).isTrue();
			assertThat(pidfd.await(Duration.ofSeconds(-1))).isTrue();
		}
	}

	@Test
	void awaitWhenPollFailsIsAnError() throws Exception {
		try (Pidfd pidfd = this.factory.open(child())) {
			this.faults.fail("poll", 1, Errno.ENOMEM);
			assertThatExceptionOfType(SyscallMemoryException.class).isThrownBy(pidfd::isExited);
		}
	}

	/** To ourselves, where the signal is read with everything that came along. */
	@Test
	void sendWithValueBringsValueAndSender() {
		Signal signal = Signal.of("RTMIN+11");
		SignalfdFactory signalfds = new SignalfdFactory(this.faults.syscalls());
		long self = ProcessHandle.current().pid();
		try (SignalReception reception = signalfds.receive(signal);
				Signalfd signalfd = signalfds.open(Set.of(signal));
				Pidfd pidfd = this.factory.open(self)) {
			assertThat(reception.signal()).isEqualTo(signal);
			for (int value : new int[] { 4711, -1 }) {
				pidfd.send(signal, value);
				SignalEvent event = Objects.requireNonNull(signalfd.pollEvent(LONG));
				assertThat(event.signal()).isEqualTo(signal);
				assertThat(event.intValue()).isEqualTo(value);
				assertThat(event.pid()).isEqualTo((int) self);
				assertThat(event.uid()).isEqualTo(this.faults.syscalls().getuid());
			}
			pidfd.send(signal);
			SignalEvent event = Objects.requireNonNull(signalfd.pollEvent(LONG));
			assertThat(event.intValue()).isZero();
			assertThat(event.pid()).isEqualTo((int) self);
		}
	}

	@Test
	void sendWhenChildWasWaitedForIsRefusedAndReachesNobodyElse() throws Exception {
		Process child = child();
		try (Pidfd pidfd = this.factory.open(child)) {
			release(child);
			child.waitFor();
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> pidfd.send(TERM))
				.withMessage("pidfd_send_signal(pid " + child.pid() + ", TERM) failed: ESRCH (No such process)");
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> pidfd.send(TERM, 1));
		}
	}

	@Test
	void sendWhenRefusedSaysWhy() throws Exception {
		try (Pidfd pidfd = this.factory.open(child())) {
			this.faults.fail("pidfdSendSignal", 1, Errno.EPERM).fail("pidfdSendSignal", 2, Errno.EAGAIN);
			assertThatExceptionOfType(SyscallPermissionException.class).isThrownBy(() -> pidfd.send(TERM));
			assertThatExceptionOfType(SyscallRetryException.class).isThrownBy(() -> pidfd.send(Signal.RTMIN, 1));
			assertThat(pidfd.isExited()).isFalse();
		}
	}

	@Test
	void openWhenThereIsNoSuchProcessSaysSo() {
		long pid = Shell.run(List.of("true")).pid();
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.factory.open(pid))
			.withMessage("pidfd_open(pid " + pid + ") failed: ESRCH (No such process)")
			.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.ESRCH));
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, 1L << 31 })
	void openWhenNoProcessCanHaveThatNumberIsRefusedBeforeTheCall(long pid) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.factory.open(pid))
			.withMessage("Process ids are from 1 to 2147483647, not " + pid);
		assertThat(this.faults.count("pidfdOpen")).isZero();
	}

	@Test
	void openWhenChildWasWaitedForIsRefused() throws Exception {
		Process child = child();
		release(child);
		child.waitFor();
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.factory.open(child))
			.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.ESRCH));
	}

	/** The number belongs to another process by now: this one. */
	@Test
	void openWhenProcessHasEndedAndItsNumberIsTakenOpensNobodyElse() {
		ProcessHandle ended = mock(ProcessHandle.class);
		given(ended.pid()).willReturn(ProcessHandle.current().pid());
		given(ended.isAlive()).willReturn(false);
		int before = OwnedFd.openCount();
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.factory.open(ended))
			.withMessage("pidfd_open(pid " + ended.pid() + ", which has ended) failed: ESRCH (No such process)");
		assertThat(OwnedFd.openCount()).isEqualTo(before);
		given(ended.isAlive()).willThrow(new SecurityException());
		assertThatExceptionOfType(SecurityException.class).isThrownBy(() -> this.factory.open(ended));
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	@Test
	void openWhenNoDescriptorIsLeftSaysSo() {
		this.faults.fail("pidfdOpen", 1, Errno.EMFILE);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> this.factory.open(ProcessHandle.current()))
			.withMessageEndingWith("failed: EMFILE (Too many open files)");
	}

	@Test
	void openIsCloseOnExec() throws Exception {
		int before = OpenFiles.now().byTarget().getOrDefault("anon_inode:[pidfd]", 0);
		try (Pidfd pidfd = this.factory.open(child())) {
			assertThat(OpenFiles.now().byTarget().get("anon_inode:[pidfd]")).isEqualTo(before + 1);
			int number = pidfd.fd().acquire();
			assertThat(this.faults.syscalls().fcntl(number, 1, 0)).as("FD_CLOEXEC").isEqualTo(1);
			pidfd.fd().release();
		}
	}

	@Test
	void closeWhenClosedIsRefused() throws Exception {
		Process child = child();
		Pidfd pidfd = this.factory.open(child);
		assertThat(pidfd).hasToString("Pidfd[pid " + child.pid() + ", " + pidfd.fd() + "]");
		pidfd.close();
		assertThat(child.isAlive()).isTrue();
		assertThatIllegalStateException().isThrownBy(pidfd::close).withMessageEndingWith("is closed already");
		assertThatIllegalStateException().isThrownBy(pidfd::isExited).withMessageEndingWith("is closed");
		assertThatIllegalStateException().isThrownBy(pidfd::exitStatus);
		assertThatIllegalStateException().isThrownBy(pidfd::isExitStatusPending);
		assertThatIllegalStateException().isThrownBy(() -> pidfd.await(LONG));
		assertThatIllegalStateException().isThrownBy(() -> pidfd.send(TERM));
		assertThatIllegalStateException().isThrownBy(() -> pidfd.send(TERM, 1));
	}

}
