package io.github.linuxfd.actuate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.actuate.LinuxFdEndpoint.FacilityDescriptor;
import io.github.linuxfd.actuate.LinuxFdEndpoint.ListenerDescriptor;
import io.github.linuxfd.annotation.ChildExitListener;
import io.github.linuxfd.annotation.EventfdListener;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.annotation.FdListener;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.MemoryPressureListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.autoconfigure.LinuxFdActuatorAutoConfiguration;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.autoconfigure.LinuxFdHealthAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.health.LinuxFdHealthIndicator;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.kernel.KernelSupport.Facility;
import io.github.linuxfd.signalfd.SignalStrategy;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of what the actuator shows.
 *
 * @author linuxfd
 */
@Timeout(120)
class LinuxFdActuatorTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdActuatorAutoConfiguration.class,
				LinuxFdHealthAutoConfiguration.class, EndpointAutoConfiguration.class,
				PropertyPlaceholderAutoConfiguration.class))
		.withBean("winch", Winch.class)
		.withPropertyValues("linuxfd.signal.shutdown.enabled=false");

	@Test
	void infoSaysHowSignalsCome() {
		this.contextRunner.run((context) -> {
			Info.Builder info = new Info.Builder();
			context.getBean(LinuxFdInfoContributor.class).contribute(info);
			assertThat(info.build().getDetails())
				.isEqualTo(Map.of("linuxfd", Map.of("signals", Map.of("WINCH", "REQUEUE"))));
		});
	}

	@Test
	void endpointWhenExposedShowsListenersAndSignals() {
		exposed().run((context) -> {
			LinuxFdEndpoint.LinuxFdDescriptor shown = context.getBean(LinuxFdEndpoint.class).linuxfd();
			assertThat(shown.signals())
				.containsExactly(new LinuxFdEndpoint.SignalDescriptor("WINCH", SignalStrategy.JDK, null));
			assertThat(shown.listeners()).containsExactly(
					new LinuxFdEndpoint.ListenerDescriptor("winch.on", "signalfd", true, null, 0, 0, 0, 0));
		});
	}

	@Test
	void endpointShowsListenersOfEveryKind() {
		assumeThat(Path.of("/proc/pressure")).as("the kernel was started with PSI").exists();
		exposed().withUserConfiguration(EveryKind.class)
			.run((context) -> assertThat(context.getBean(LinuxFdEndpoint.class).linuxfd().listeners())
				.allSatisfy((listener) -> assertThat(listener.running()).as("%s", listener).isTrue())
				.extracting((listener) -> listener.id().replaceFirst(".*\\.", "") + " " + listener.source())
				.containsExactlyInAnyOrder("on signalfd", "timer timerfd", "child pidfd", "file inotify",
						"anyFile fanotify", "rung eventfd", "ready fd", "pressure psi"));
	}

	@Test
	void endpointShowsWhatTheKernelRefusesAndWhy() {
		Syscalls refusing = FaultInjectingSyscalls.ofSystem().failAll("fsopen", Errno.ENOSYS).syscalls();
		exposed().withBean(Syscalls.class, () -> refusing).run((context) -> {
			List<FacilityDescriptor> facilities = context.getBean(LinuxFdEndpoint.class).linuxfd().facilities();
			assertThat(facilities).extracting(FacilityDescriptor::facility).containsExactly(Facility.values());
			assertThat(facilities).contains(new FacilityDescriptor(Facility.EPOLL, true, null), new FacilityDescriptor(
					Facility.MOUNT, false, "fsopen(\"tmpfs\") failed: ENOSYS (Function not implemented)"));
		});
	}

	@Test
	void kernelWhenNobodyLooksIsNotProbed() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		exposed().withBean(Syscalls.class, faults::syscalls)
			.run((context) -> assertThat(faults.count("sethostname")).isZero());
	}

	@Test
	void healthWhenASourceHasFailedIsDownAndEndpointSaysWhy(@TempDir Path parent) throws IOException {
		Path directory = Files.createDirectory(parent.resolve("watched"));
		exposed().withPropertyValues("linuxfd.inotify.watches.inbox.path=" + directory).run((context) -> {
			HealthIndicator indicator = context.getBean(LinuxFdHealthIndicator.class);
			assertThat(indicator.health()).isEqualTo(Health.up().build());
			Files.delete(directory);
			Awaitility.await().until(() -> indicator.health().getStatus(), Status.DOWN::equals);
			ListenerDescriptor listener = context.getBean(LinuxFdEndpoint.class)
				.linuxfd()
				.listeners()
				.stream()
				.filter((shown) -> shown.id().equals("inbox"))
				.findFirst()
				.orElseThrow();
			assertThat(listener.running()).isFalse();
			assertThat(listener.failure()).contains(directory.toString());
			assertThat(indicator.health().getDetails()).isEqualTo(Map.of("inbox", listener.failure()));
		});
	}

	@Test
	void healthWhenTheLoopHasEndedIsDown() {
		exposed().run((context) -> {
			context.getBean(EventLoop.class).close();
			assertThat(context.getBean(LinuxFdHealthIndicator.class).health().getStatus()).isEqualTo(Status.DOWN);
		});
	}

	@Test
	void healthWhenCallsAreNotAskedAboutAnyMoreIsDown() {
		exposed().run((context) -> {
			LinuxFdHealthIndicator indicator = new LinuxFdHealthIndicator(context.getBean(EventLoop.class),
					context.getBean(LinuxFdListenerEndpointRegistry.class), () -> Optional.of("it cannot answer"));
			assertThat(indicator.health())
				.isEqualTo(Health.down().withDetail("linuxfd.seccomp", "it cannot answer").build());
		});
	}

	@Test
	void healthWhenSwitchedOffIsNotThere() {
		this.contextRunner.withPropertyValues("management.health.linuxfd.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(LinuxFdHealthIndicator.class));
	}

	private ApplicationContextRunner exposed() {
		return this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=linuxfd",
				"linuxfd.signal.strategy=jdk");
	}

	@Test
	void endpointWhenNotExposedIsNotThere() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(LinuxFdEndpoint.class));
	}

	@Test
	void applicationWithoutActuatorStarts() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class,
					LinuxFdActuatorAutoConfiguration.class, LinuxFdHealthAutoConfiguration.class))
			.withClassLoader(
					new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(LinuxFdInfoContributor.class)
				.doesNotHaveBean("linuxfdHealthIndicator"));
	}

	static class Winch {

		@SignalListener("WINCH")
		void on() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EveryKind {

		@Bean
		static Eventfd doorbell(EventfdFactory eventfds) {
			return eventfds.open();
		}

		@Bean
		static OwnedFd library(Syscalls syscalls) {
			return OwnedFd.adopt(syscalls, syscalls.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK), "eventfd", "0");
		}

		@TimerfdScheduled(fixedRate = "1h")
		void timer() {
		}

		@ChildExitListener
		void child() {
		}

		@InotifyListener(path = "${java.io.tmpdir}")
		void file() {
		}

		@FanotifyListener(path = "${java.io.tmpdir}", mark = FanotifyMark.INODE)
		void anyFile() {
		}

		@EventfdListener("doorbell")
		void rung() {
		}

		@FdListener("library")
		void ready() {
		}

		@MemoryPressureListener
		void pressure() {
		}

	}

}
