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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.util.ErrorHandler;
import org.springframework.util.FileSystemUtils;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.metrics.LinuxFdMetrics;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Lease;
import io.github.linuxfd.testsupport.OpeningProcesses;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

/**
 * {@link FanotifyListener @FanotifyListener} in an application context, on directories of
 * its own. What needs a mount of its own is in {@link FanotifyMountIntegrationTests}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class FanotifyListenerIntegrationTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	@RegisterExtension
	private final OpeningProcesses processes = new OpeningProcesses();

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner(Class<?> listener) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withBean(Syscalls.class, this.faults::syscalls)
			.withPropertyValues("test.dir=" + this.directory, "linuxfd.fanotify.timeout=30s")
			.withUserConfiguration(listener);
	}

	private Path file(String name) throws Exception {
		return Files.writeString(this.directory.resolve(name), "text");
	}

	private static FanotifyListenerContainer container(ApplicationContext context) {
		return (FanotifyListenerContainer) context.getBean(LinuxFdListenerEndpointRegistry.class)
			.containers()
			.iterator()
			.next();
	}

	@Test
	void fileWhenWrittenOrMovedInReachesEveryKindOfHandler() {
		runner(Told.class).run((context) -> {
			file("a");
			Files.move(file("b.part"), this.directory.resolve("b"));
			Told told = context.getBean(Told.class);
			await().untilAsserted(() -> {
				assertThat(told.paths).contains(this.directory.resolve("a"), this.directory.resolve("b"));
				assertThat(told.published).hasSizeGreaterThanOrEqualTo(2 * told.paths.size());
				assertThat(told.batches).isNotEmpty();
				assertThat(told.onLoop).contains("linuxfd-loop");
			});
			assertThat(container(context).source()).isEqualTo("fanotify");
			assertThat(container(context).events()).isPositive();
		});
	}

	@Test
	void overflowIsToldCountedAndPublished() throws Exception {
		// in memory, because it takes many files
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		runner(Collecting.class).withPropertyValues("test.dir=" + many, "linuxfd.dispatch.queue-capacity=16")
			.run((context) -> {
				FanotifyListenerContainer container = container(context);
				Collecting collecting = context.getBean(Collecting.class);
				// the handler waits, so that the kernel's queue is not read any more
				touch(many, 5000);
				collecting.go.countDown();
				await().untilAsserted(() -> {
					assertThat(collecting.overflowed).isNotEmpty();
					assertThat(collecting.overflows).isNotEmpty()
						.allSatisfy((event) -> assertThat(event.path()).isEqualTo(many));
					assertThat(container.lost()).isEqualTo(collecting.overflowed.size());
				});
			});
		FileSystemUtils.deleteRecursively(many);
	}

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

	/** More files than the kernel's queue takes. */
	private static void touch(Path directory, long more) {
		Shell
			.bash("cd \"$1\" && seq -f f%.0f 1 $2 | xargs touch", directory.toString(),
					Long.toString(Limits.sysctl("fs.fanotify.max_queued_events").orElseThrow() + more))
			.orFail();
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

	/** Which is nothing that happens to a directory. */
	@Test
	void fileWhenItIsMovedAndDeletedItselfIsReported() throws Exception {
		Path first = file("first");
		runner(Itself.class).withPropertyValues("test.file=" + first).run((context) -> {
			Itself itself = context.getBean(Itself.class);
			Path second = Files.move(first, this.directory.resolve("second"));
			await().untilAsserted(() -> assertThat(itself.happened).contains(FanotifyEventFlag.MOVE_SELF));
			assertThat(itself.happened).doesNotContain(FanotifyEventFlag.DELETE_SELF);
			Files.delete(second);
			await().untilAsserted(() -> assertThat(itself.happened).contains(FanotifyEventFlag.DELETE_SELF));
		});
	}

	@Test
	void ignoredFilesAndDirectoriesAreNotReported() throws Exception {
		Path file = file("quiet-file");
		Path below = Files.createDirectory(this.directory.resolve("quiet-directory"));
		runner(Listening.class).withPropertyValues("test.quiet=" + file, "test.below=" + below).run((context) -> {
			Files.writeString(file, "again");
			Files.setLastModifiedTime(below, Files.getLastModifiedTime(file));
			file("loud");
			await().untilAsserted(() -> assertThat(context.getBean(Listening.class).names).containsExactly("loud"));
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
				Future<String> first = this.processes.cat(file("file"));
				hanging.called.await();
				this.faults.fail("read", 1, Errno.EBADF);
				Future<String> second = this.processes.cat(file("file"));
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

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void pidfdWhenAskedForComesAndIsClosedUnlessTaken() {
		runner(Actors.class).run((context) -> {
			int before = OwnedFd.openCount();
			for (int i = 0; i < 10; i++) {
				file("f" + i);
			}
			Actors actors = context.getBean(Actors.class);
			await().untilAsserted(() -> assertThat(actors.pids).hasSize(10));
			assertThat(actors.pids).containsOnly((int) ProcessHandle.current().pid());
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before + 1));
			actors.taken.get().close();
		});
	}

	@Test
	void listenerWhenWrongFailsTheContextAndSaysWhy() {
		assertRefused(OnLoop.class, "it is asked for permission with dispatch = LOOP, and the loop is what answers");
		assertRefused(Void.class, "it is asked and returns void; make it return FanotifyResponse or boolean");
		assertRefused(Batch.class, "a handler that answers takes FanotifyEvent or nothing");
		assertRefused(Answering.class, "it returns boolean, which nobody would receive");
		assertRefused(Mixed.class, "it is asked for permission and told of CREATE; make a listener of its own");
		assertRefused(ContentOfDirectories.class, "it is asked by PRE_ACCESS with ONDIR, which the kernel refuses");
		assertRefused(NoPath.class, "it has no path");
		assertRefused(Missing.class, "ENOENT");
		assertRefused(IgnoringNothing.class, "ENOENT");
		assertRefused(IgnoringEntriesOfAFile.class, "it ignores /proc/self/status, which has none of its events");
		assertRefused(PidfdOnLoop.class, "its events have a pidfd, which would be closed before they are published");
		assertRefused(ToldWithTimeout.class, "it has a timeout and is asked for no permission");
		assertRefused(WrongResponse.class, "timeoutResponse 'maybe' is neither ALLOW nor DENY");
		assertRefused(AuditResponse.class, "is ALLOW or DENY, not DENY_AUDIT");
		assertRefused(LongTimeout.class, "at most one hour, not PT2H");
		assertRefused(Namespace.class, "it marks a mount namespace, whose events are no files; use FanotifyFactory");
		assertRefused(NoConcurrency.class, "concurrency is 0, and has to be at least 1");
	}

	private void assertRefused(Class<?> listener, String message) {
		int before = OwnedFd.openCount();
		runner(listener).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.satisfies((cause) -> assertThat(context.getStartupFailure()).hasStackTraceContaining(message));
		});
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	/** Nothing is marked: the refusal comes before that. */
	@ParameterizedTest
	@ValueSource(strings = { "/", "/tmp" })
	void listenerWhenJvmHasFilesOnTheMountIsRefused(String path) {
		for (Class<?> listener : List.of(WholeMount.class, WholeFileSystem.class)) {
			runner(listener).withPropertyValues("test.dir=" + path).run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure())
					.hasStackTraceContaining("it is asked for permission on " + path + ", and its ")
					.hasStackTraceContaining("it could wait for itself for ever");
			});
		}
		assertThat(this.faults.count("fanotifyInit")).isZero();
	}

	@Test
	void listenerWhenJvmHasFilesInTheDirectoryIsRefused() {
		for (String own : List.of("/tmp", System.getProperty("java.home") + "/lib")) {
			runner(Deciding.class).withPropertyValues("test.dir=" + own).run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure()).hasStackTraceContaining("INODE mark covers " + own);
			});
		}
		runner(Deciding.class).withPropertyValues("logging.file.name=" + this.directory + "/app.log")
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("mark covers " + this.directory));
		assertThat(this.faults.count("fanotifyInit")).isZero();
	}

	@Test
	void listenerWhenCapabilityIsMissingNamesIt() {
		this.faults.failAll("fanotifyInit", Errno.EPERM);
		runner(Deciding.class).run((context) -> {
			ListenerConfigurationException failure = (ListenerConfigurationException) context.getStartupFailure()
				.getCause();
			assertThat(failure).hasMessageContaining("fanotify_init(CLASS_CONTENT) failed: EPERM");
			assertThat(Remedy.of((SyscallException) failure.getCause())).hasValueSatisfying(
					(remedy) -> assertThat(remedy.cause()).contains("needs CAP_SYS_ADMIN, which this process lacks"));
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Told {

		final Queue<Path> paths = new ConcurrentLinkedQueue<>();

		final Queue<List<FanotifyEvent>> batches = new ConcurrentLinkedQueue<>();

		final Queue<FanotifyEvent> published = new ConcurrentLinkedQueue<>();

		final Queue<String> onLoop = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE)
		@FanotifyListener(id = "again", path = "${test.dir}", mark = FanotifyMark.INODE)
		void arrived(FanotifyEvent event) {
			this.paths.add(event.path().orElseThrow());
		}

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE)
		void batch(List<FanotifyEvent> events) {
			this.batches.add(events);
		}

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, dispatch = Dispatch.LOOP)
		void onLoop() {
			this.onLoop.add(Thread.currentThread().getName());
		}

		@EventListener
		void published(FanotifyEvent event) {
			this.published.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Itself {

		final Queue<FanotifyEventFlag> happened = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.file}", mark = FanotifyMark.INODE,
				events = { FanotifyEventFlag.MOVE_SELF, FanotifyEventFlag.DELETE_SELF })
		void happened(FanotifyEvent event) {
			for (FanotifyEventFlag flag : List.of(FanotifyEventFlag.MOVE_SELF, FanotifyEventFlag.DELETE_SELF)) {
				if (event.is(flag)) {
					this.happened.add(flag);
				}
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Collecting {

		final CountDownLatch go = new CountDownLatch(1);

		final Queue<FanotifyEvent> overflowed = new ConcurrentLinkedQueue<>();

		final Queue<EventQueueOverflowedEvent> overflows = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE)
		void created(FanotifyEvent event) throws InterruptedException {
			this.go.await();
			if (event.isOverflow()) {
				this.overflowed.add(event);
			}
		}

		@EventListener
		void overflowed(EventQueueOverflowedEvent event) {
			this.overflows.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Deciding {

		final Queue<String> seen = new ConcurrentLinkedQueue<>();

		volatile int published;

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			String name = event.path().orElseThrow().getFileName().toString();
			this.seen.add(name);
			return !name.equals("bad");
		}

		@EventListener
		void published(FanotifyEvent event) {
			assertThat(event.descriptor().orElseThrow().isOpen()).isTrue();
			this.published++;
		}

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
	static class Actors {

		final Queue<Integer> pids = new ConcurrentLinkedQueue<>();

		final AtomicReference<OwnedFd> taken = new AtomicReference<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE,
				reportPidfd = true, unlimitedQueue = true)
		void created(FanotifyEvent event) {
			assertThat(event.pidfd().orElseThrow().isOpen()).isTrue();
			if (this.taken.get() == null) {
				this.taken.set(event.takePidfd().orElseThrow());
			}
			this.pids.add(event.pid());
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

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		final Queue<String> names = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE,
				ignore = { "${test.quiet}", "${test.below}" },
				events = { FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.ATTRIB, FanotifyEventFlag.ONDIR })
		void happened(FanotifyEvent event) {
			this.names.add(event.name().orElseThrow());
		}

	}

	static class IgnoringNothing {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, ignore = "${test.dir}/none")
		void tell() {
		}

	}

	static class IgnoringEntriesOfAFile {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE,
				ignore = "/proc/self/status")
		void tell() {
		}

	}

	static class OnLoop {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, dispatch = Dispatch.LOOP)
		boolean ask() {
			return true;
		}

	}

	static class Void {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM)
		void ask() {
		}

	}

	static class Batch {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM)
		boolean ask(List<FanotifyEvent> events) {
			return true;
		}

	}

	static class Answering {

		@FanotifyListener(path = "${test.dir}")
		boolean tell() {
			return true;
		}

	}

	static class Mixed {

		@FanotifyListener(path = "${test.dir}",
				events = { FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.CREATE, FanotifyEventFlag.ONDIR })
		boolean ask() {
			return true;
		}

	}

	static class ContentOfDirectories {

		@FanotifyListener(path = "${test.dir}",
				events = { FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.PRE_ACCESS, FanotifyEventFlag.ONDIR })
		boolean ask() {
			return true;
		}

	}

	static class NoPath {

		@FanotifyListener(path = "${no.such.property:}")
		void tell() {
		}

	}

	static class Missing {

		@FanotifyListener(path = "${test.dir}/none", mark = FanotifyMark.INODE)
		void tell() {
		}

	}

	static class PidfdOnLoop {

		@FanotifyListener(path = "${test.dir}", reportPidfd = true, dispatch = Dispatch.LOOP)
		void tell() {
		}

	}

	static class ToldWithTimeout {

		@FanotifyListener(path = "${test.dir}", timeout = "1s")
		void tell() {
		}

	}

	static class WrongResponse {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeoutResponse = "maybe")
		boolean ask() {
			return true;
		}

	}

	static class AuditResponse {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeoutResponse = "DENY_AUDIT")
		boolean ask() {
			return true;
		}

	}

	static class LongTimeout {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeout = "2h")
		boolean ask() {
			return true;
		}

	}

	static class Namespace {

		@FanotifyListener(path = "/proc/self/ns/mnt", mark = FanotifyMark.MNTNS, events = FanotifyEventFlag.MNT_ATTACH)
		void tell() {
		}

	}

	static class NoConcurrency {

		@FanotifyListener(path = "${test.dir}", concurrency = 0)
		void tell() {
		}

	}

	static class WholeMount {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.ACCESS_PERM)
		boolean ask() {
			return true;
		}

	}

	static class WholeFileSystem {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_EXEC_PERM)
		boolean ask() {
			return true;
		}

	}

}
