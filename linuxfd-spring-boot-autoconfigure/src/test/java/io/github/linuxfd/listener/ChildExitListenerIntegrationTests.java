package io.github.linuxfd.listener;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.AliasFor;

import io.github.linuxfd.annotation.ChildExitListener;
import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.event.ChildExitEvent;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.pidfd.ExitStatus;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Grandchild;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * {@link ChildExitListener @ChildExitListener} and {@link ChildProcesses} with real
 * processes.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, OutputCaptureExtension.class })
@Timeout(240)
class ChildExitListenerIntegrationTests {

	private static final Errno ENOTTY = new Errno(25);

	private static final Signal TERM = Signal.of("TERM");

	private static final Signal KILL = Signal.of("KILL");

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final List<Process> children = new ArrayList<>();

	@AfterEach
	void endProcesses() throws InterruptedException {
		for (Process child : this.children) {
			child.destroyForcibly().waitFor();
		}
	}

	/** Runs until {@link #release}. */
	private Process child(int code) throws IOException {
		return start("sh", "-c", "read x; exit " + code);
	}

	private Process start(String... command) throws IOException {
		Process child = new ProcessBuilder(command).start();
		this.children.add(child);
		return child;
	}

	private static void release(Process child) throws IOException {
		child.getOutputStream().close();
	}

	/** Whatever signals who started the tests ignores. */
	private Process sleeping() throws IOException {
		Process child = start("env", "--default-signal=TERM", "sh", "-c", "echo up; exec sleep 1000");
		assertThat(child.inputReader().readLine()).isEqualTo("up");
		return child;
	}

	@Test
	void listenerWhenChildExitsIsToldItsCode() {
		this.runner.withBean(Recorder.class).run((context) -> {
			Process child = child(7);
			context.getBean(ChildProcesses.class).watch(child);
			release(child);
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events)
				.containsExactly(new ChildExitEvent(child.pid(), Optional.of(ExitStatus.exited(7)), child)));
			assertThat(child.waitFor()).isEqualTo(7);
			assertThat(child.exitValue()).isEqualTo(7);
		});
	}

	@Test
	void listenerWhenSignalEndsTheChildIsToldWhichOne() {
		this.runner.withBean(Recorder.class).run((context) -> {
			Process child = sleeping();
			context.getBean(ChildProcesses.class).watch(child);
			child.destroy();
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events).extracting(ChildExitEvent::status)
				.containsExactly(Optional.of(ExitStatus.killed(TERM, false))));
			assertThat(child.waitFor()).isEqualTo(143);
		});
	}

	@Test
	void listenerWhenChildIsWatchedByItsNumberIsToldItsCode() {
		this.runner.withBean(Recorder.class).run((context) -> {
			Process child = child(9);
			context.getBean(ChildProcesses.class).watch(child.pid());
			release(child);
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events)
				.containsExactly(new ChildExitEvent(child.pid(), Optional.of(ExitStatus.exited(9)), null)));
			assertThat(child.waitFor()).isEqualTo(9);
		});
	}

	/** In a JVM of its own, which keeps a thread for each child for a minute. */
	@Test
	void listenersWhenManyChildrenEndAtOnceAreToldOfEachOne() {
		try (ForkedJvm application = ForkedJvm.start(ManyChildren.class)) {
			assertThat(application.awaitExit()).isZero();
			assertThat(application.lines()).contains("watching 200", "single events 200", "batched events 200",
					"exit values 200", "descriptors left 0");
		}
	}

	@Test
	void listenerWhenChildHasEndedBeforeTheWatchIsToldAllTheSame() {
		this.runner.withBean(Recorder.class).run((context) -> {
			Process child = child(5);
			release(child);
			assertThat(child.waitFor()).isEqualTo(5);
			context.getBean(ChildProcesses.class).watch(child);
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events)
				.containsExactly(new ChildExitEvent(child.pid(), Optional.of(ExitStatus.exited(5)), child)));
		});
	}

	/** Fifty races of the watch with the child's end and the JVM's wait for it. */
	@Test
	void listenerWhenChildEndsDuringTheWatchIsToldOnce() {
		this.runner.withBean(Recorder.class).run((context) -> {
			for (int i = 0; i < 50; i++) {
				context.getBean(ChildProcesses.class).watch(start("sh", "-c", "exit " + i));
			}
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events).hasSize(50));
			assertThat(events).allSatisfy((event) -> assertThat(event.status())
				.hasValue(ExitStatus.exited(this.children.indexOf(event.process()))));
		});
	}

	@Test
	void listenerWhenContextHasNotStartedYetIsToldAfterwards() throws Exception {
		Process child = child(6);
		release(child);
		child.waitFor();
		Process other = child(8);
		release(other);
		this.runner.withBean(Recorder.class)
			.withBean(Early.class, () -> new Early(List.of(child, other)))
			.run((context) -> {
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(() -> assertThat(events).extracting(ChildExitEvent::process)
					.containsExactlyInAnyOrder(child, other));
			});
	}

	@Test
	void listenerWhenContextIsStoppedIsToldAfterTheRestart() {
		this.runner.withBean(Recorder.class).run((context) -> {
			Process child = child(4);
			context.getBean(ChildProcesses.class).watch(child);
			context.stop();
			int before = OwnedFd.openCount();
			release(child);
			child.waitFor();
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before - 1));
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			assertThat(events).isEmpty();
			context.start();
			await().untilAsserted(() -> assertThat(events).hasSize(1));
		});
	}

	/** Whoever adopts the orphan may wait for it or not. */
	@Test
	void listenerWhenOrphanOfAnotherProcessEndsIsTold() {
		this.runner.withBean(Recorder.class).run((context) -> {
			try (Grandchild orphan = Grandchild.orphan()) {
				context.getBean(ChildProcesses.class).watch(orphan.pid());
				orphan.kill();
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(
						() -> assertThat(events).extracting(ChildExitEvent::pid).containsExactly(orphan.pid()));
				assertThat(events.element().process()).isNull();
				assertThat(events.element().status()).satisfiesAnyOf((status) -> assertThat(status).isEmpty(),
						(status) -> assertThat(status).hasValue(ExitStatus.killed(KILL, false)));
			}
		});
	}

	@Test
	void listenerWhenParentOfAnotherProcessWaitsLaterIsToldItsStatus() {
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			try (Grandchild grandchild = Grandchild.start()) {
				assumeKernelTells(grandchild);
				grandchild.stopParent();
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				// asked twice in vain, and not given up before the parent has waited
				AtomicInteger told = new AtomicInteger(-1);
				int third = this.faults.count("waitid") + 3;
				this.faults.answer("waitid", third, third, (call) -> {
					told.set(events.size());
					grandchild.continueParent();
					grandchild.awaitGone();
					return call.call();
				});
				grandchild.kill();
				await().untilAsserted(() -> assertThat(events).containsExactly(
						new ChildExitEvent(grandchild.pid(), Optional.of(ExitStatus.killed(KILL, false)), null)));
				assertThat(told).as("events before").hasValue(0);
			}
		});
	}

	/** It waits after the one question and before the other. */
	@Test
	void listenerWhenParentOfAnotherProcessWaitsMeanwhileIsToldItsStatus() {
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			try (Grandchild grandchild = Grandchild.start()) {
				assumeKernelTells(grandchild);
				grandchild.stopParent();
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				this.faults.answer("ioctl", 1, 1, (call) -> {
					long result = call.call();
					grandchild.continueParent();
					grandchild.awaitGone();
					return result;
				});
				grandchild.kill();
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(() -> assertThat(events).containsExactly(
						new ChildExitEvent(grandchild.pid(), Optional.of(ExitStatus.killed(KILL, false)), null)));
			}
		});
	}

	@Test
	void listenerWhenParentOfAnotherProcessDoesNotWaitIsToldWithoutStatus() {
		this.runner.withBean(Recorder.class).run((context) -> {
			try (Grandchild grandchild = Grandchild.start()) {
				grandchild.stopParent();
				int before = OwnedFd.openCount();
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				long wakeups = context.getBean(EventLoop.class).wakeups();
				grandchild.kill();
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(() -> assertThat(events)
					.containsExactly(new ChildExitEvent(grandchild.pid(), Optional.empty(), null)));
				assertThat(context.getBean(EventLoop.class).wakeups() - wakeups).isLessThan(20);
				assertThat(OwnedFd.openCount()).isEqualTo(before);
			}
		});
	}

	private static void assumeKernelTells(Grandchild grandchild) {
		try (Pidfd pidfd = new PidfdFactory(Syscalls.system()).open(grandchild.pid())) {
			assumeThat(pidfd.isExitStatusPending()).as("the kernel tells the status of strangers").isTrue();
		}
	}

	@Test
	void listenerWhenKernelIsOlderIsToldWhatTheJvmKnows() {
		this.faults.failAll("waitid", Errno.ECHILD).failAll("ioctl", ENOTTY);
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			Process exiting = child(7);
			Process sleeping = sleeping();
			context.getBean(ChildProcesses.class).watch(exiting);
			context.getBean(ChildProcesses.class).watch(sleeping);
			release(exiting);
			sleeping.destroy();
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().untilAsserted(() -> assertThat(events).containsExactlyInAnyOrder(
					new ChildExitEvent(exiting.pid(), Optional.of(ExitStatus.exited(7)), exiting),
					new ChildExitEvent(sleeping.pid(), Optional.of(ExitStatus.exited(143)), sleeping)));
		});
	}

	/** Once, and then the loop sleeps until the JVM has waited. */
	@Test
	void listenerWhenKernelIsOlderAndTheJvmIsSlowIsToldAfterIt() {
		this.faults.failAll("waitid", Errno.ECHILD).failAll("ioctl", ENOTTY);
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			Process child = child(7);
			CompletableFuture<Process> onExit = new CompletableFuture<>();
			Process slow = mock(Process.class);
			given(slow.pid()).willReturn(child.pid());
			given(slow.toHandle()).willReturn(child.toHandle());
			given(slow.isAlive()).willReturn(true);
			given(slow.onExit()).willReturn(onExit);
			given(slow.exitValue()).willReturn(7);
			context.getBean(ChildProcesses.class).watch(slow);
			release(child);
			child.waitFor();
			await().until(() -> this.faults.count("waitid") > 0);
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			await().during(Duration.ofMillis(200)).until(() -> this.faults.count("waitid") == 1 && events.isEmpty());
			onExit.complete(slow);
			await().untilAsserted(() -> assertThat(events)
				.containsExactly(new ChildExitEvent(child.pid(), Optional.of(ExitStatus.exited(7)), slow)));
		});
	}

	@Test
	void listenerWhenKernelIsOlderAndProcessIsAStrangerIsToldAtOnceWithoutStatus() {
		this.faults.failAll("ioctl", ENOTTY);
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			try (Grandchild grandchild = Grandchild.start()) {
				grandchild.stopParent();
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				grandchild.kill();
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(() -> assertThat(events)
					.containsExactly(new ChildExitEvent(grandchild.pid(), Optional.empty(), null)));
				assertThat(this.faults.count("waitid")).as("not again and again").isLessThanOrEqualTo(2);
			}
		});
	}

	@Test
	void listenerWhenStatusCannotBeReadIsToldWithoutItAndTheLogSaysWhy(CapturedOutput output) {
		this.faults.failAll("waitid", Errno.ENOSYS).failAll("ioctl", ENOTTY);
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			try (Grandchild grandchild = Grandchild.start()) {
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				grandchild.kill();
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				await().untilAsserted(
						() -> assertThat(events).extracting(ChildExitEvent::status).containsExactly(Optional.empty()));
				assertThat(output).contains("The kernel does not tell how process " + grandchild.pid() + " ended")
					.contains("ENOSYS");
			}
		});
	}

	/** The loop cannot leave the source alone, and then cannot take it out. */
	@Test
	void listenerWhenEpollFailsAfterTheEndIsToldOnce() {
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
			int before = OwnedFd.openCount();
			try (Grandchild grandchild = Grandchild.start()) {
				grandchild.stopParent();
				context.getBean(ChildProcesses.class).watch(grandchild.pid());
				this.faults.fail("epollCtl", 1, Errno.ENOMEM);
				grandchild.kill();
				await().untilAsserted(() -> assertThat(events)
					.containsExactly(new ChildExitEvent(grandchild.pid(), Optional.empty(), null)));
			}
			Process child = child(7);
			context.getBean(ChildProcesses.class).watch(child);
			this.faults.fail("epollCtl", 1, Errno.ENOMEM);
			release(child);
			await().untilAsserted(() -> assertThat(events).hasSize(2));
			assertThat(events).last()
				.isEqualTo(new ChildExitEvent(child.pid(), Optional.of(ExitStatus.exited(7)), child));
			assertThat(OwnedFd.openCount()).isEqualTo(before);
		});
	}

	@Test
	void listenerWhenLoopFailsIsToldToTheApplicationAndTheContextCloses() {
		this.runner.withBean(Recorder.class)
			.withBean(FailureRecorder.class)
			.withBean(Syscalls.class, this.faults::syscalls)
			.run((context) -> {
				context.getBean(ChildProcesses.class).watch(child(7));
				this.faults.failAll("epollWait", Errno.EBADF);
				// wakes the loop
				context.getBean(EventLoop.class).execute(() -> {
				});
				Queue<EventSourceFailedEvent> failures = context.getBean(FailureRecorder.class).failures;
				await().untilAsserted(() -> assertThat(failures).hasSize(1));
				assertThat(failures.element().reason()).contains("EBADF");
				await().until(() -> !context.getBean(EventLoop.class).isOpen());
				Process other = child(7);
				assertThatExceptionOfType(RejectedExecutionException.class)
					.isThrownBy(() -> context.getBean(ChildProcesses.class).watch(other));
			});
	}

	@Test
	void watchWhenThereIsNoSuchProcessFails() {
		this.runner.withBean(Recorder.class).run((context) -> {
			long pid = Shell.run(List.of("true")).pid();
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> context.getBean(ChildProcesses.class).watch(pid))
				.withMessage("pidfd_open(pid " + pid + ") failed: ESRCH (No such process)");
		});
	}

	@Test
	void watchWhenNoDescriptorOrWatchIsLeftFailsAndLeavesNothingOpen() {
		this.runner.withBean(Recorder.class).withBean(Syscalls.class, this.faults::syscalls).run((context) -> {
			ChildProcesses processes = context.getBean(ChildProcesses.class);
			Process child = child(0);
			int before = OwnedFd.openCount();
			this.faults.fail("pidfdOpen", 1, Errno.EMFILE);
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> processes.watch(child));
			this.faults.fail("epollCtl", 1, Errno.ENOSPC);
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> processes.watch(child));
			assertThat(OwnedFd.openCount()).isEqualTo(before);
			processes.watch(child);
			release(child);
			await().untilAsserted(() -> assertThat(context.getBean(Recorder.class).events).hasSize(1));
		});
	}

	@Test
	void watchesWhenContextIsClosedAreClosedAndTheProcessesLiveOn() throws Exception {
		int before = OwnedFd.openCount();
		Process first = sleeping();
		Process second = sleeping();
		ChildProcesses[] closed = new ChildProcesses[1];
		this.runner.withBean(Recorder.class).run((context) -> {
			closed[0] = context.getBean(ChildProcesses.class);
			closed[0].watch(first);
			closed[0].watch(second.pid());
			closed[0].watch(second.pid());
			int watching = OwnedFd.openCount();
			closed[0].close();
			assertThat(OwnedFd.openCount()).isEqualTo(watching - 3);
		});
		assertThat(OwnedFd.openCount()).isEqualTo(before);
		assertThat(first.isAlive()).isTrue();
		assertThat(second.isAlive()).isTrue();
		assertThatIllegalStateException().isThrownBy(() -> closed[0].watch(first))
			.withMessage("The application context is closed");
		closed[0].close();
	}

	@Test
	void listenersWhenOneHasNoRoomAreToldLaterAndDescriptorsAreClosedAtOnce() {
		this.runner.withBean("blocked", Blocked.class)
			.withBean(Recorder.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=2")
			.run((context) -> {
				Blocked blocked = context.getBean(Blocked.class);
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				int before = OwnedFd.openCount();
				List<Process> many = new ArrayList<>();
				for (int i = 0; i < 20; i++) {
					many.add(child(i));
					context.getBean(ChildProcesses.class).watch(many.get(i));
				}
				for (Process child : many) {
					release(child);
				}
				await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
				assertThat(blocked.entered.await(10, TimeUnit.SECONDS)).isTrue();
				assertThat(events).hasSizeLessThan(20);
				blocked.go.countDown();
				await().untilAsserted(() -> assertThat(blocked.calls).hasValue(20));
				await().untilAsserted(() -> assertThat(events).extracting(ChildExitEvent::process)
					.containsExactlyInAnyOrderElementsOf(many));
			});
	}

	@Test
	void listenerWhenAnotherOneWithAFullQueueIsDestroyedIsTold() {
		this.runner.withBean("blocked", Blocked.class)
			.withBean(Recorder.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=1", "linuxfd.dispatch.shutdown-timeout=100ms")
			.run((context) -> {
				Queue<ChildExitEvent> events = context.getBean(Recorder.class).events;
				int before = OwnedFd.openCount();
				for (int i = 0; i < 3; i++) {
					Process child = child(i);
					context.getBean(ChildProcesses.class).watch(child);
					release(child);
				}
				assertThat(context.getBean(Blocked.class).entered.await(10, TimeUnit.SECONDS)).isTrue();
				await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
				await().untilAsserted(() -> assertThat(events).hasSize(1));
				((DefaultListableBeanFactory) context.getBeanFactory()).destroySingleton("blocked");
				await().untilAsserted(() -> assertThat(events).hasSize(3));
			});
	}

	@Test
	void exitsWhenContextIsClosedBeforeTheyAreToldAreLogged(CapturedOutput output) {
		this.runner.withBean(Blocked.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=1", "linuxfd.dispatch.shutdown-timeout=100ms")
			.run((context) -> {
				int before = OwnedFd.openCount();
				for (int i = 0; i < 3; i++) {
					Process child = child(i);
					context.getBean(ChildProcesses.class).watch(child);
					release(child);
				}
				assertThat(context.getBean(Blocked.class).entered.await(10, TimeUnit.SECONDS)).isTrue();
				await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
			});
		assertThat(output).contains("2 child processes ended too late for their listeners");
	}

	@Test
	void handlerWhenDispatchIsLoopRunsOnTheLoopAndMayWatchAgain() {
		this.runner.withBean(OnLoop.class).run((context) -> {
			OnLoop handler = context.getBean(OnLoop.class);
			handler.next = child(2);
			handler.processes = context.getBean(ChildProcesses.class);
			Process child = child(1);
			handler.processes.watch(child);
			release(handler.next);
			handler.next.waitFor();
			release(child);
			await().untilAsserted(() -> assertThat(handler.calls).containsExactly("linuxfd-loop 1", "linuxfd-loop 2"));
		});
	}

	@Test
	void applicationListenerWhenThereIsNoHandlerGetsEachEventOnce() {
		this.runner.withBean(Application.class).run((context) -> {
			Process child = child(3);
			context.getBean(ChildProcesses.class).watch(child);
			release(child);
			Queue<ChildExitEvent> events = context.getBean(Application.class).events;
			await().untilAsserted(() -> assertThat(events).extracting(ChildExitEvent::process).containsExactly(child));
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("linuxfdChildProcesses"))
				.hasValueSatisfying((container) -> assertThat(container.source()).isEqualTo("pidfd"));
			context.stop();
			context.start();
			Process other = child(3);
			context.getBean(ChildProcesses.class).watch(other);
			release(other);
			await().untilAsserted(
					() -> assertThat(events).extracting(ChildExitEvent::process).containsExactly(child, other));
		});
	}

	@Test
	void applicationListenerWhenThereAreHandlersGetsEachEventOnce() {
		this.runner.withBean(Application.class)
			.withBean("first", Recorder.class)
			.withBean("second", BatchRecorder.class)
			.run((context) -> {
				Queue<ChildExitEvent> events = context.getBean(Application.class).events;
				for (int i = 0; i < 10; i++) {
					Process child = child(i);
					context.getBean(ChildProcesses.class).watch(child);
					release(child);
				}
				await().untilAsserted(() -> assertThat(events).hasSize(10));
				((DefaultListableBeanFactory) context.getBeanFactory()).destroySingleton("first");
				Process child = child(0);
				context.getBean(ChildProcesses.class).watch(child);
				release(child);
				await().untilAsserted(() -> assertThat(events).hasSize(11));
				assertThat(events).doesNotHaveDuplicates();
			});
	}

	@Test
	void watchWhenNobodyListensCostsNothingInTheEnd() {
		this.runner.run((context) -> {
			Process child = child(0);
			int before = OwnedFd.openCount();
			context.getBean(ChildProcesses.class).watch(child);
			release(child);
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers()).isEmpty();
		});
	}

	@Test
	void loopWhenNothingIsWatchedHasNoThread() {
		Set<Thread> others = Thread.getAllStackTraces().keySet();
		this.runner.withBean(Recorder.class)
			.withPropertyValues("linuxfd.signal.shutdown.enabled=false")
			.run((context) -> assertThat(Thread.getAllStackTraces().keySet())
				.filteredOn((thread) -> !others.contains(thread))
				.extracting(Thread::getName)
				.doesNotContain("linuxfd-loop"));
	}

	@Test
	void handlerWhenAnnotationIsComposedHasItsNameAndMayTakeNothing() {
		this.runner.withBean(Composed.class).withPropertyValues("test.name=reaper").run((context) -> {
			Process child = child(0);
			context.getBean(ChildProcesses.class).watch(child);
			release(child);
			await().untilAsserted(() -> assertThat(context.getBean(Composed.class).calls).hasValue(1));
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("the-reaper")).isPresent();
		});
	}

	@Test
	void contextWhenHandlerTakesSomethingElseFails() {
		this.runner.withBean("wrong", Wrong.class)
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("@ChildExitListener on method 'Wrong.on' of bean 'wrong'")
				.hasStackTraceContaining("a handler takes ChildExitEvent, List<ChildExitEvent> or nothing"));
	}

	static class Recorder {

		final Queue<ChildExitEvent> events = new ConcurrentLinkedQueue<>();

		@ChildExitListener
		void on(ChildExitEvent event) {
			this.events.add(event);
		}

	}

	static class BatchRecorder {

		final Queue<ChildExitEvent> events = new ConcurrentLinkedQueue<>();

		@ChildExitListener
		void on(List<ChildExitEvent> batch) {
			this.events.addAll(batch);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class ManyChildren {

		private static final int COUNT = 200;

		public static void main(String[] args) throws Exception {
			try (ConfigurableApplicationContext context = SpringApplication.run(ManyChildren.class, args)) {
				int before = OwnedFd.openCount();
				List<Process> children = new ArrayList<>();
				for (int i = 0; i < COUNT; i++) {
					children.add(new ProcessBuilder("sh", "-c", "read x; exit " + i).start());
					context.getBean(ChildProcesses.class).watch(children.get(i));
				}
				System.out.println("watching " + (OwnedFd.openCount() - before));
				for (Process child : children) {
					release(child);
				}
				report("single events", context.getBean(Recorder.class).events, children);
				report("batched events", context.getBean(BatchRecorder.class).events, children);
				int right = 0;
				for (int i = 0; i < COUNT; i++) {
					right += (children.get(i).waitFor() == i) ? 1 : 0;
				}
				System.out.println("exit values " + right);
				System.out.println("descriptors left " + (OwnedFd.openCount() - before));
			}
		}

		private static void report(String what, Queue<ChildExitEvent> events, List<Process> children) {
			await().until(() -> events.size() >= COUNT);
			long right = events.stream()
				.filter((event) -> event.status()
					.equals(Optional.of(ExitStatus.exited(children.indexOf(event.process())))))
				.map(ChildExitEvent::process)
				.distinct()
				.count();
			System.out.println(what + " " + ((events.size() == COUNT) ? right : -1));
		}

		@Bean
		Recorder recorder() {
			return new Recorder();
		}

		@Bean
		BatchRecorder batchRecorder() {
			return new BatchRecorder();
		}

	}

	static class Application {

		final Queue<ChildExitEvent> events = new ConcurrentLinkedQueue<>();

		@EventListener
		void on(ChildExitEvent event) {
			this.events.add(event);
		}

	}

	static class FailureRecorder {

		final Queue<EventSourceFailedEvent> failures = new ConcurrentLinkedQueue<>();

		@EventListener
		void on(EventSourceFailedEvent event) {
			this.failures.add(event);
		}

	}

	static class Blocked {

		final CountDownLatch entered = new CountDownLatch(1);

		final CountDownLatch go = new CountDownLatch(1);

		final AtomicInteger calls = new AtomicInteger();

		@ChildExitListener
		void on(ChildExitEvent event) throws InterruptedException {
			this.entered.countDown();
			this.go.await();
			this.calls.incrementAndGet();
		}

	}

	static class OnLoop {

		final Queue<String> calls = new ConcurrentLinkedQueue<>();

		volatile ChildProcesses processes;

		volatile Process next;

		@ChildExitListener(dispatch = Dispatch.LOOP)
		void on(ChildExitEvent event) {
			this.calls.add(Thread.currentThread().getName() + " " + event.status().orElseThrow());
			if (event.process() != this.next) {
				this.processes.watch(this.next);
			}
		}

	}

	static class Early implements InitializingBean {

		private final List<Process> children;

		@Autowired
		private ChildProcesses processes;

		Early(List<Process> children) {
			this.children = children;
		}

		@Override
		public void afterPropertiesSet() {
			this.children.forEach(this.processes::watch);
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@ChildExitListener
	@interface Reaper {

		@AliasFor(annotation = ChildExitListener.class)
		String id();

	}

	static class Composed {

		final AtomicInteger calls = new AtomicInteger();

		@Reaper(id = "the-${test.name}")
		void on() {
			this.calls.incrementAndGet();
		}

	}

	static class Wrong {

		@ChildExitListener
		void on(Process child) {
		}

	}

}
