package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.util.ErrorHandler;
import org.springframework.util.FileSystemUtils;

import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.metrics.LinuxFdMetrics;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.Lease;
import io.github.linuxfd.testsupport.OpeningProcesses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

/**
 * {@link FanotifyListener @FanotifyListener} that is asked for permission.
 *
 * @author linuxfd
 */
class FanotifyPermissionListenerIntegrationTests extends FanotifyListenerSpecification {

	/** Its queue is filled by a mark beside its own, whose events nobody waits for. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void overflowWhenAskedIsCountedAndPublishedAndNoQuestion() throws Exception {
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		AtomicInteger group = new AtomicInteger();
		this.faults.answer("fanotifyInit", 1, Integer.MAX_VALUE, (call) -> {
			group.set(call.call().intValue());
			return group.get();
		});
		runner(Overflowing.class).run((context) -> {
			assertThat(this.faults.syscalls()
				.fanotifyMark(group.get(), 1,
						FanotifyEventFlag.CLOSE_WRITE.bit() | FanotifyEventFlag.EVENT_ON_CHILD.bit(),
						NativePaths.encode(many)))
				.isZero();
			CountDownLatch busy = new CountDownLatch(1);
			CountDownLatch go = new CountDownLatch(1);
			context.getBean(EventLoop.class).execute(() -> {
				busy.countDown();
				assertThatCode(go::await).doesNotThrowAnyException();
			});
			try {
				assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
				touch(many, 10);
			}
			finally {
				go.countDown();
			}
			Overflowing overflowing = context.getBean(Overflowing.class);
			await().untilAsserted(() -> assertThat(overflowing.overflows).singleElement()
				.satisfies((event) -> assertThat(event.path()).isEqualTo(this.directory)));
			FanotifyListenerContainer container = container(context);
			assertThat(container.lost()).isEqualTo(1);
			assertThat(this.processes.cat(file("file")).get(20, TimeUnit.SECONDS)).isEqualTo("text");
			assertThat(overflowing.asked).hasSize(1);
			assertThat(container.errors()).isZero();
		});
		FileSystemUtils.deleteRecursively(many);
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenListenerAnswersIsAllowedOrDenied() {
		runner(Deciding.class).run((context) -> {
			long before = OwnedFd.openCount();
			assertThat(this.processes.cat(file("good")).get()).isEqualTo("text");
			assertThat(this.processes.cat(file("bad")).get()).isEqualTo(OpeningProcesses.REFUSED);
			Deciding deciding = context.getBean(Deciding.class);
			assertThat(deciding.seen).containsExactly("good", "bad");
			await().untilAsserted(() -> assertThat(deciding.published).isEqualTo(2));
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo((int) before));
			assertThat(container(context).timeouts()).isZero();
		});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenListenerTakesNothingIsAnswered() {
		runner(DenyingAll.class)
			.run((context) -> assertThat(this.processes.cat(file("file")).get()).isEqualTo(OpeningProcesses.REFUSED));
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void descriptorWhenTakenAfterTheAnswerStaysOpen() {
		runner(Taking.class).run((context) -> {
			int before = OwnedFd.openCount();
			for (int i = 0; i < 2; i++) {
				assertThat(this.processes.cat(file("file")).get(20, TimeUnit.SECONDS)).isEqualTo("text");
			}
			Taking taking = context.getBean(Taking.class);
			await().untilAsserted(() -> assertThat(taking.handled).isEqualTo(2));
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before + 1));
			OwnedFd taken = taking.taken.get();
			assertThat(taken.isOpen()).isTrue();
			taken.close();
			assertThat(OwnedFd.openCount()).isEqualTo(before);
		});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openOfAnIgnoredFileIsNotAskedFor() throws Exception {
		Path free = file("free-for-all");
		runner(DenyingAllButOne.class).withPropertyValues("test.free=" + free).run((context) -> {
			assertThat(this.processes.cat(free).get()).isEqualTo("text");
			assertThat(this.processes.cat(file("other")).get()).isEqualTo(OpeningProcesses.REFUSED);
		});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenTheJvmItselfIsAboutToIsAllowedAndNotReported() {
		runner(Deciding.class).run((context) -> {
			int before = OwnedFd.openCount();
			Queue<String> closing = closingThreads();
			assertThat(Files.readString(file("bad"))).isEqualTo("text");
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
			assertThat(closing).isNotEmpty().doesNotContain("linuxfd-loop");
			assertThat(context.getBean(Deciding.class).seen).isEmpty();
		});
	}

	/** All its threads may hang with handlers, and one close may go wrong. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void descriptorsAreClosedByAThreadThatEndsEvenIfTheExecutorRunsNothing() throws Exception {
		Path file = file("file");
		runner(Deciding.class).withBean(DispatchExecutor.class, () -> DispatchExecutor.of((task) -> {
		})).run((context) -> {
			int before = OwnedFd.openCount();
			AtomicInteger failures = new AtomicInteger();
			Queue<Thread> closing = new ConcurrentLinkedQueue<>();
			this.faults.answer("close", 1, Integer.MAX_VALUE, (call) -> {
				long result = call.call();
				if (failures.incrementAndGet() == 1) {
					return -Errno.EBADF.number(); // an AssertionError
				}
				closing.add(Thread.currentThread());
				return result;
			});
			for (int i = 0; i < 3; i++) {
				assertThat(Files.readString(file)).isEqualTo("text");
			}
			await().untilAsserted(() -> assertThat(closing).hasSize(2));
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
			assertThat(closing)
				.allSatisfy((thread) -> assertThat(thread.getName()).startsWith(FanotifyCloser.THREAD_NAME_PREFIX));
			await().untilAsserted(() -> assertThat(closing).noneMatch(Thread::isAlive));
			assertThat(Files.readString(file)).isEqualTo("text");
			await().untilAsserted(() -> assertThat(closing).as("by the next thread").hasSize(3));
		});
	}

	/** A file system that hangs may do so in close(2) too. */
	private Queue<String> closingThreads() {
		Queue<String> names = new ConcurrentLinkedQueue<>();
		this.faults.answer("close", 1, Integer.MAX_VALUE, (call) -> {
			names.add(Thread.currentThread().getName());
			return call.call();
		});
		return names;
	}

	@ParameterizedTest
	@ValueSource(strings = { "allow", "deny" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenListenerHangsIsReleasedAfterTheLimit(String response) {
		runner(Hanging.class)
			.withPropertyValues("linuxfd.fanotify.timeout=3s", "linuxfd.fanotify.timeout-response=" + response,
					"linuxfd.dispatch.shutdown-timeout=10ms")
			.run((context) -> {
				Hanging hanging = context.getBean(Hanging.class);
				int before = OwnedFd.openCount();
				Path file = file("file");
				long startNanos = System.nanoTime();
				Future<String> first = this.processes.cat(file);
				hanging.called.await();
				List<Future<String>> others = new ArrayList<>();
				for (int i = 0; i < 5; i++) {
					others.add(this.processes.cat(file));
				}
				String expected = response.equals("allow") ? "text" : OpeningProcesses.REFUSED;
				assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(expected);
				assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(Duration.ofSeconds(3).toNanos());
				for (Future<String> other : others) {
					assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(expected);
				}
				await().untilAsserted(() -> assertThat(container(context).timeouts()).isEqualTo(6));
				assertThat(timeoutsMeter(context)).isEqualTo(6);
				assertThat(container(context).isRunning()).isTrue();
				hanging.go.countDown();
				await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
				assertThat(hanging.calls).as("those that are answered already are left out").hasSize(1);
				assertThat(this.processes.cat(file).get(20, TimeUnit.SECONDS)).as("the listener answers again")
					.isEqualTo("text");
			});
	}

	private static double timeoutsMeter(ApplicationContext context) {
		MeterRegistry meters = new SimpleMeterRegistry();
		new LinuxFdMetrics(context.getBean(EventLoop.class), context.getBean(LinuxFdListenerEndpointRegistry.class))
			.bindTo(meters);
		return meters.get("linuxfd.fanotify.timeouts")
			.tags("source", "fanotify", "listener", container(context).id())
			.functionCounter()
			.count();
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenMoreWaitThanMayIsReleasedAtOnce() {
		runner(Hanging.class)
			.withPropertyValues("linuxfd.fanotify.timeout=1h", "linuxfd.dispatch.queue-capacity=2",
					"linuxfd.dispatch.shutdown-timeout=10ms")
			.run((context) -> {
				Path file = file("file");
				List<Future<String>> cats = new ArrayList<>();
				cats.add(this.processes.cat(file));
				Hanging hanging = context.getBean(Hanging.class);
				hanging.called.await();
				cats.add(this.processes.cat(file));
				await().until(() -> container(context).queueSize() == 1);
				Queue<String> closing = closingThreads();
				for (int i = 0; i < 10; i++) {
					assertThat(this.processes.cat(file).get(20, TimeUnit.SECONDS)).isEqualTo("text");
				}
				await().untilAsserted(() -> assertThat(container(context).timeouts()).isEqualTo(10));
				await().untilAsserted(() -> assertThat(closing).hasSize(10).doesNotContain("linuxfd-loop"));
				assertThat(cats.get(0).isDone()).isFalse();
				hanging.go.countDown();
				for (Future<String> cat : cats) {
					assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
				}
			});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenListenerFailsGetsTheConfiguredAnswer() {
		runner(Failing.class).run((context) -> {
			assertThat(this.processes.cat(file("thrown")).get()).isEqualTo(OpeningProcesses.REFUSED);
			assertThat(this.processes.cat(file("null")).get()).isEqualTo(OpeningProcesses.REFUSED);
			assertThat(this.processes.cat(file("audit")).get()).as("audit is not enabled")
				.isEqualTo(OpeningProcesses.REFUSED);
			Failing failing = context.getBean(Failing.class);
			await().untilAsserted(() -> assertThat(failing.failures).hasSize(3));
			await().untilAsserted(() -> assertThat(container(context).errors()).isEqualTo(3));
		});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenContextIsClosedIsReleasedWithTheConfiguredAnswer() throws Exception {
		int before = OwnedFd.openCount();
		List<Future<String>> cats = new ArrayList<>();
		AtomicReference<Hanging> hanging = new AtomicReference<>();
		runner(Hanging.class)
			.withPropertyValues("linuxfd.fanotify.timeout=1h", "linuxfd.fanotify.timeout-response=DENY",
					"linuxfd.dispatch.shutdown-timeout=10ms")
			.run((context) -> {
				hanging.set(context.getBean(Hanging.class));
				cats.add(this.processes.cat(file("file")));
				hanging.get().called.await();
				for (int i = 0; i < 5; i++) {
					cats.add(this.processes.cat(file("file")));
				}
				await().until(() -> container(context).queueSize() == 5);
			});
		for (Future<String> cat : cats) {
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo(OpeningProcesses.REFUSED);
		}
		hanging.get().go.countDown();
		await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenReadFailsForGoodIsReleasedAndTold() {
		runner(Hanging.class)
			.withPropertyValues("linuxfd.fanotify.timeout=1h", "linuxfd.dispatch.shutdown-timeout=10ms")
			.run((context) -> {
				Hanging hanging = context.getBean(Hanging.class);
				Path file = file("file"); // not written again while it is read
				Future<String> first = this.processes.cat(file);
				hanging.called.await();
				this.faults.fail("read", 1, Errno.EBADF);
				Future<String> second = this.processes.cat(file);
				assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("text");
				assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("text");
				// the kernel releases them at the close, which comes first
				await().untilAsserted(() -> assertThat(container(context).isRunning()).isFalse());
				await().untilAsserted(() -> assertThat(hanging.failures).hasSize(1));
				hanging.go.countDown();
			});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void eventWhenItsFileCannotBeOpenedIsCounted() {
		runner(Deciding.class).run((context) -> {
			this.faults.fail("read", 1, Errno.EMFILE);
			assertThat(this.processes.cat(file("file")).get(20, TimeUnit.SECONDS)).isEqualTo("text");
			assertThat(container(context).lost()).isEqualTo(1);
			assertThat(context.getBean(Deciding.class).seen).containsExactly("file");
		});
	}

	@Test
	@EnabledIfCompiler("perl")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void pidfdWhenTheFileCannotBeOpenedIsClosed() {
		runner(DecidingByActor.class).run((context) -> {
			int before = OwnedFd.openCount();
			Path file = file("file");
			try (Lease lease = Lease.on(file)) {
				assertThat(this.processes.cat(file).get(20, TimeUnit.SECONDS)).startsWith("refused: ");
			}
			await().untilAsserted(() -> assertThat(container(context).lost()).isEqualTo(1));
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Overflowing {

		final Queue<FanotifyEvent> asked = new ConcurrentLinkedQueue<>();

		final Queue<EventQueueOverflowedEvent> overflows = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			return this.asked.add(event);
		}

		@EventListener
		void overflowed(EventQueueOverflowedEvent event) {
			this.overflows.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingByActor {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM,
				reportPidfd = true)
		boolean mayOpen(FanotifyEvent event) {
			return event.pidfd().isPresent();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DenyingAll {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		FanotifyResponse mayOpen() {
			return FanotifyResponse.DENY;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Hanging {

		final CountDownLatch called = new CountDownLatch(1);

		final CountDownLatch go = new CountDownLatch(1);

		final Queue<FanotifyEvent> calls = new ConcurrentLinkedQueue<>();

		final Queue<EventSourceFailedEvent> failures = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		FanotifyResponse mayOpen(FanotifyEvent event) {
			this.calls.add(event);
			this.called.countDown();
			boolean interrupted = false;
			while (true) {
				try {
					this.go.await();
					break;
				}
				catch (InterruptedException ex) {
					interrupted = true; // hangs all the same
				}
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
			return FanotifyResponse.ALLOW;
		}

		@EventListener
		void failed(EventSourceFailedEvent event) {
			this.failures.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Failing {

		final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM,
				timeoutResponse = "${no.such.property:deny}", timeout = "${no.such.property:20s}")
		FanotifyResponse mayOpen(FanotifyEvent event) {
			return switch (event.path().orElseThrow().getFileName().toString()) {
				case "null" -> null;
				case "audit" -> FanotifyResponse.ALLOW_AUDIT;
				default -> throw new IllegalStateException("as wanted");
			};
		}

		@Bean
		ErrorHandler errors() {
			return this.failures::add;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DenyingAllButOne {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM,
				ignore = { "${test.free}", "${no.such.property:}" })
		FanotifyResponse mayOpen() {
			return FanotifyResponse.DENY;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Taking {

		final AtomicReference<OwnedFd> taken = new AtomicReference<>();

		volatile int handled;

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			event.respond(FanotifyResponse.ALLOW);
			if (this.taken.get() == null) {
				this.taken.set(event.takeDescriptor().orElseThrow());
			}
			return false;
		}

		@EventListener
		void handled(FanotifyEvent event) {
			this.handled++;
		}

	}

}
