package io.github.linuxfd.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;

import io.github.linuxfd.annotation.ChildExitListener;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.hostname.Hostname;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.kernel.KernelSupport;
import io.github.linuxfd.listener.ChildProcesses;
import io.github.linuxfd.listener.DispatchExecutor;
import io.github.linuxfd.listener.FanotifySettings;
import io.github.linuxfd.listener.LinuxFdListenerAnnotationBeanPostProcessor;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.listener.ListenerConfigurationException;
import io.github.linuxfd.metrics.LinuxFdMetrics;
import io.github.linuxfd.mount.Mounts;
import io.github.linuxfd.namespace.Namespaces;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.process.ProcessIds;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.pipe.Transfers;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link LinuxFdAutoConfiguration} and {@link LinuxFdMetricsAutoConfiguration}.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class LinuxFdAutoConfigurationTests {

	private static final Class<?>[] BEANS = { Syscalls.class, KernelSupport.class, EpollFactory.class,
			EventfdFactory.class, TimerfdFactory.class, SignalfdFactory.class, InotifyFactory.class,
			FanotifyFactory.class, FanotifySettings.class, EventLoop.class, PidfdFactory.class, PipeFactory.class,
			Splicer.class, Transfers.class, ProcessIds.class, Hostname.class, Mounts.class, Namespaces.class,
			ChildProcesses.class, DispatchExecutor.class, LinuxFdListenerEndpointRegistry.class,
			LinuxFdListenerAnnotationBeanPostProcessor.class };

	@TempDir
	private Path directory;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdMetricsAutoConfiguration.class,
				TaskExecutionAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	@Test
	void beansWhenOnLinuxAreThere() {
		this.runner.run((context) -> {
			assertThat(context).hasNotFailed();
			for (Class<?> bean : BEANS) {
				assertThat(context).hasSingleBean(bean);
			}
			assertThat(context.getBean(KernelSupport.class).isAvailable(KernelSupport.Facility.EPOLL)).isTrue();
		});
	}

	@Test
	void beansWhenNotOnLinuxAreAbsentAndOneLineSaysWhy(CapturedOutput output) {
		this.runner.withPropertyValues("os.name=Windows 11")
			.withUserConfiguration(EveryListener.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				for (Class<?> bean : BEANS) {
					assertThat(context).doesNotHaveBean(bean);
				}
				assertThat(context).doesNotHaveBean(LinuxFdMetrics.class);
			});
		assertThat(output).containsOnlyOnce("linuxfd needs Linux on x86-64 or aarch64; this is Windows 11");
	}

	@Test
	void beansWhenProcessorIsUnknownAreAbsent() {
		this.runner.withPropertyValues("os.arch=riscv64")
			.run((context) -> assertThat(context).doesNotHaveBean(EventLoop.class));
	}

	@Test
	void fanotifySettingsAreThoseOfTheProperties() {
		this.runner.run((context) -> assertThat(context.getBean(FanotifySettings.class))
			.isEqualTo(new FanotifySettings(Duration.ofSeconds(2), FanotifyResponse.ALLOW)));
		this.runner.withPropertyValues("linuxfd.fanotify.timeout=100ms", "linuxfd.fanotify.timeout-response=deny")
			.run((context) -> assertThat(context.getBean(FanotifySettings.class))
				.isEqualTo(new FanotifySettings(Duration.ofMillis(100), FanotifyResponse.DENY)));
		this.runner.withPropertyValues("linuxfd.fanotify.timeout=0s")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("The time that somebody waits for an answer is more than 0"));
	}

	@Test
	void beansWhenDisabledAreAbsent() {
		this.runner.withPropertyValues("linuxfd.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EventLoop.class));
	}

	@Test
	void beanWhenUserHasOneBacksOff() {
		InotifyFactory own = new InotifyFactory(Syscalls.system());
		this.runner.withBean(InotifyFactory.class, () -> own)
			.run((context) -> assertThat(context.getBean(InotifyFactory.class)).isSameAs(own));
	}

	@Test
	void applicationExecutorWhenStarterIsThereIsStillBootsOwn() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(Executor.class)
			.hasBean("applicationTaskExecutor")
			.hasSingleBean(AsyncTaskExecutor.class));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
	void handlersWhenVirtualThreadsAreEnabledRunOnThem() {
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true", "test.dir=" + this.directory)
			.withUserConfiguration(ThreadKeeper.class)
			.run((context) -> {
				Files.createFile(this.directory.resolve("a"));
				AtomicReference<Thread> thread = context.getBean(ThreadKeeper.class).thread;
				await().untilAsserted(() -> assertThat(thread).doesNotHaveNullValue());
				assertThat(Thread.class.getMethod("isVirtual").invoke(thread.get())).isEqualTo(true);
				assertThat(thread.get().getName()).startsWith("linuxfd-dispatch-");
			});
	}

	@Test
	void loopWhenThereAreManyListenersIsOneThread() {
		Set<Thread> others = Thread.getAllStackTraces().keySet();
		this.runner.withUserConfiguration(EveryListener.class, ThreadKeeper.class)
			.withPropertyValues("test.dir=" + this.directory)
			.run((context) -> assertThat(Thread.getAllStackTraces().keySet())
				.filteredOn((thread) -> !others.contains(thread) && thread.getName().startsWith("linuxfd-loop"))
				.hasSize(1));
	}

	@Test
	void loopWhenThereAreNoListenersHasNoThread() {
		Set<Thread> others = Thread.getAllStackTraces().keySet();
		this.runner.withPropertyValues("linuxfd.signal.shutdown.enabled=false")
			.run((context) -> assertThat(Thread.getAllStackTraces().keySet())
				.filteredOn((thread) -> !others.contains(thread))
				.extracting(Thread::getName)
				.doesNotContain("linuxfd-loop", "linuxfd-keep-alive"));
	}

	@Test
	void everythingWhenContextIsClosedIsGivenBackAndASecondContextWorks() {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		for (int i = 0; i < 3; i++) {
			this.runner.withUserConfiguration(EveryListener.class, ThreadKeeper.class)
				.withPropertyValues("test.dir=" + this.directory)
				.run((context) -> {
					Files.writeString(this.directory.resolve("a"), "");
					AtomicReference<Thread> thread = context.getBean(ThreadKeeper.class).thread;
					await().untilAsserted(() -> assertThat(thread).doesNotHaveNullValue());
				});
			assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
			assertThat(NativeMemory.allocated()).isEqualTo(memory);
		}
	}

	@Test
	void meterRegistryWhenThereIsOneHasTheMeters() {
		this.runner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class))
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withUserConfiguration(EveryListener.class, ThreadKeeper.class)
			.withPropertyValues("test.dir=" + this.directory)
			.run((context) -> {
				MeterRegistry meters = context.getBean(MeterRegistry.class);
				Files.writeString(this.directory.resolve("a"), "");
				await().untilAsserted(() -> {
					assertThat(meters.get("linuxfd.events")
						.tags("source", "inotify", "listener", "keeper")
						.functionCounter()
						.count()).isEqualTo(1);
					assertThat(meters.get("linuxfd.dispatch")
						.tags("source", "inotify", "listener", "keeper", "outcome", "success")
						.timer()
						.count()).isEqualTo(1);
					assertThat(meters.get("linuxfd.timer.lateness").timer().count()).isPositive();
				});
				assertThat(meters.getMeters()).extracting((meter) -> meter.getId().getName())
					.contains("linuxfd.events", "linuxfd.events.lost", "linuxfd.dispatch", "linuxfd.listener.errors",
							"linuxfd.queue.size", "linuxfd.loop.busy", "linuxfd.loop.wakeups", "linuxfd.timer.lateness",
							"linuxfd.timer.missed", "linuxfd.watches", "linuxfd.fds");
				assertThat(meters.get("linuxfd.watches").tags("listener", "keeper").gauge().value()).isEqualTo(1);
				assertThat(meters.get("linuxfd.loop.wakeups").functionCounter().count()).isPositive();
				assertThat(meters.get("linuxfd.fds").gauge().value()).isGreaterThan(3);
			});
	}

	@Test
	void metersWhenMicrometerIsAbsentAreNot() {
		this.runner.withClassLoader(new FilteredClassLoader("io.micrometer"))
			.withUserConfiguration(EveryListener.class)
			.withPropertyValues("test.dir=" + this.directory)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("linuxfdMetrics"));
	}

	@Test
	void kernelWhenItRefusesAFacilityIsAskedOnce() {
		this.runner
			.withBean(Syscalls.class,
					() -> FaultInjectingSyscalls.ofSystem().failAll("inotifyInit1", Errno.ENOSYS).syscalls())
			.run((context) -> assertThat(context.getBean(KernelSupport.class).refusal(KernelSupport.Facility.INOTIFY))
				.isPresent());
	}

	@ParameterizedTest
	@ValueSource(classes = { BadCron.class, NegativePeriod.class, TooShortPeriod.class, NoDuration.class,
			NoWindow.class, LongWindow.class, Kill.class, UnknownSignal.class, NoPath.class, UnknownWatch.class,
			WrongParameter.class, TwoParameters.class, ReturnsSomething.class, NeitherCronNorRate.class,
			UnknownPlaceholder.class, SettableRate.class, BadZone.class })
	void contextWhenAnnotationIsWrongFailsAndNamesBeanMethodAndValue(Class<? extends Wrong> wrong) {
		this.runner.withBean("wrongBean", wrong).run((context) -> {
			assertThat(context).hasFailed();
			ListenerConfigurationException failure = findFailure(context.getStartupFailure());
			String expected = wrong.getDeclaredConstructor().newInstance().expected();
			assertThat(failure).hasMessageContaining("of bean 'wrongBean'")
				.hasMessageContaining("'" + wrong.getSimpleName() + ".method'")
				.hasMessageContaining(expected);
		});
	}

	@Test
	void contextWhenDirectoryIsMissingFailsAndSaysWhatMendsIt() {
		Path missing = this.directory.resolve("missing");
		assertAnalysis(missing, Syscalls.system(), "ENOENT (No such file or directory)",
				"mkdir -p \"" + missing + "\"");
	}

	@Test
	void contextWhenDirectoryIsUnreadableFailsAndSaysWhatMendsIt() {
		assertAnalysis(this.directory,
				FaultInjectingSyscalls.ofSystem().failAll("inotifyAddWatch", Errno.EACCES).syscalls(),
				"EACCES (Permission denied)", "chmod u+rx");
	}

	@Test
	void contextWhenWatchesAreExhaustedFailsWithLimitAndCommand() {
		assertAnalysis(this.directory,
				FaultInjectingSyscalls.ofSystem().failAll("inotifyAddWatch", Errno.ENOSPC).syscalls(),
				"max_user_watches", "sysctl -w");
	}

	@Test
	void contextWhenInstancesAreExhaustedFailsWithLimitAndCommand() {
		assertAnalysis(this.directory,
				FaultInjectingSyscalls.ofSystem().failAll("inotifyInit1", Errno.EMFILE).syscalls(),
				"max_user_instances", "sysctl -w");
	}

	private void assertAnalysis(Path path, Syscalls syscalls, String description, String action) {
		int descriptors = OwnedFd.openCount();
		this.runner.withUserConfiguration(ThreadKeeper.class)
			.withBean(Syscalls.class, () -> syscalls)
			.withPropertyValues("test.dir=" + path)
			.run((context) -> {
				assertThat(context).hasFailed();
				ListenerConfigurationException failure = findFailure(context.getStartupFailure());
				FailureAnalysis analysis = new ListenerConfigurationFailureAnalyzer()
					.analyze(context.getStartupFailure(), failure);
				assertThat(analysis.getDescription()).contains("@InotifyListener on method 'ThreadKeeper.arrived'")
					.contains(description);
				assertThat(analysis.getAction()).contains(action);
			});
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	@Test
	void contextWhenOptionalWatchIsMissingStartsWithAWarning(CapturedOutput output) {
		this.runner
			.withPropertyValues("linuxfd.inotify.watches.drop.path=" + this.directory.resolve("missing"),
					"linuxfd.inotify.watches.drop.optional=true")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("linuxfd.inotify.watches.drop is optional and not watched")
			.contains(this.directory.resolve("missing").toString());
	}

	@ParameterizedTest
	@ValueSource(strings = { "linuxfd.inotify.watches.drop.events=CLOSE_WROTE",
			"linuxfd.inotify.watches.drop.recursive=true", "linuxfd.dispatch.queue-capacity=0",
			"linuxfd.dispatch.max-batch-size=-1", "linuxfd.dispatch.shutdown-timeout=-1s" })
	void contextWhenPropertyIsWrongFailsAndNamesIt(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.satisfies((failure) -> assertThat(failure.getMessage()).containsAnyOf("CLOSE_WROTE", "path is missing",
						"queueCapacity is 0", "maxBatchSize is -1", "shutdownTimeout is PT-1S")));
	}

	private static ListenerConfigurationException findFailure(Throwable failure) {
		Throwable cause = failure;
		while (!(cause instanceof ListenerConfigurationException)) {
			cause = Objects.requireNonNull(cause.getCause(), () -> "not a configuration failure: " + failure);
		}
		return (ListenerConfigurationException) cause;
	}

	@Configuration(value = "keeper", proxyBeanMethods = false)
	static class ThreadKeeper {

		final AtomicReference<Thread> thread = new AtomicReference<>();

		@InotifyListener(id = "keeper", path = "${test.dir}")
		void arrived() {
			this.thread.set(Thread.currentThread());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EveryListener {

		@Bean
		Map<String, String> somethingElse() {
			return Map.of();
		}

		@InotifyListener(path = "${java.io.tmpdir}")
		void inotify() {
		}

		@SignalListener("RTMIN+9")
		void signal() {
		}

		@TimerfdScheduled(fixedRate = "10ms")
		void timer() {
		}

		@ChildExitListener
		void child() {
		}

	}

	interface Wrong {

		String expected();

	}

	static class BadCron implements Wrong {

		@TimerfdScheduled(cron = "every day")
		void method() {
		}

		@Override
		public String expected() {
			return "cron 'every day' is no cron expression";
		}

	}

	static class BadZone implements Wrong {

		@TimerfdScheduled(cron = "0 0 2 * * *", zone = "Europe/Atlantis")
		void method() {
		}

		@Override
		public String expected() {
			return "zone 'Europe/Atlantis' is no time zone";
		}

	}

	static class NegativePeriod implements Wrong {

		@TimerfdScheduled(fixedRate = "-5s")
		void method() {
		}

		@Override
		public String expected() {
			return "fixedRate is PT-5S";
		}

	}

	static class TooShortPeriod implements Wrong {

		@TimerfdScheduled(fixedRate = "99us")
		void method() {
		}

		@Override
		public String expected() {
			return "at least 100us";
		}

	}

	static class NoWindow implements Wrong {

		@InotifyListener(path = "/tmp", batchWindow = "soon")
		void method() {
		}

		@Override
		public String expected() {
			return "batchWindow 'soon' is no duration";
		}

	}

	static class LongWindow implements Wrong {

		@InotifyListener(path = "/tmp", batchWindow = "1m")
		void method() {
		}

		@Override
		public String expected() {
			return "its batch window is 60000 ms, and has to be from 0 to 10000 ms";
		}

	}

	static class NoDuration implements Wrong {

		@TimerfdScheduled(fixedRate = "soon")
		void method() {
		}

		@Override
		public String expected() {
			return "fixedRate 'soon' is no duration";
		}

	}

	static class NeitherCronNorRate implements Wrong {

		@TimerfdScheduled
		void method() {
		}

		@Override
		public String expected() {
			return "either cron or fixedRate";
		}

	}

	static class UnknownPlaceholder implements Wrong {

		@TimerfdScheduled(cron = "${nobody.knows}")
		void method() {
		}

		@Override
		public String expected() {
			return "nobody.knows";
		}

	}

	static class SettableRate implements Wrong {

		@TimerfdScheduled(fixedRate = "1s", clock = io.github.linuxfd.timerfd.TimerfdClock.REALTIME)
		void method() {
		}

		@Override
		public String expected() {
			return "clock REALTIME, which can be set";
		}

	}

	static class Kill implements Wrong {

		@SignalListener("SIGKILL")
		void method() {
		}

		@Override
		public String expected() {
			return "signal KILL: the kernel lets nobody catch it";
		}

	}

	static class UnknownSignal implements Wrong {

		@SignalListener("HUPP")
		void method() {
		}

		@Override
		public String expected() {
			return "There is no signal 'HUPP'";
		}

	}

	static class NoPath implements Wrong {

		@InotifyListener
		void method() {
		}

		@Override
		public String expected() {
			return "neither a path nor a watch";
		}

	}

	static class UnknownWatch implements Wrong {

		@InotifyListener(watch = "inbx")
		void method() {
		}

		@Override
		public String expected() {
			return "there is no watch 'inbx'; declare it under linuxfd.inotify.watches.inbx";
		}

	}

	static class WrongParameter implements Wrong {

		@InotifyListener(path = "/")
		void method(List<String> names) {
		}

		@Override
		public String expected() {
			return "a handler takes InotifyEvent, List<InotifyEvent>, Path or nothing";
		}

	}

	static class TwoParameters implements Wrong {

		@InotifyListener(path = "/")
		void method(Path path, String other) {
		}

		@Override
		public String expected() {
			return "it takes 2 parameters";
		}

	}

	static class ReturnsSomething implements Wrong {

		@InotifyListener(path = "/")
		String method() {
			return "";
		}

		@Override
		public String expected() {
			return "it returns String";
		}

	}

}
