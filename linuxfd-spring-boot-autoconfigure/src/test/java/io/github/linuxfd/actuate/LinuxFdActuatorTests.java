package io.github.linuxfd.actuate;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.autoconfigure.LinuxFdActuatorAutoConfiguration;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.signalfd.SignalStrategy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what the actuator shows.
 *
 * @author linuxfd
 */
@Timeout(60)
class LinuxFdActuatorTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdActuatorAutoConfiguration.class,
				EndpointAutoConfiguration.class))
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
		this.contextRunner
			.withPropertyValues("management.endpoints.web.exposure.include=linuxfd", "linuxfd.signal.strategy=jdk")
			.run((context) -> {
				LinuxFdEndpoint.LinuxFdDescriptor shown = context.getBean(LinuxFdEndpoint.class).linuxfd();
				assertThat(shown.signals())
					.containsExactly(new LinuxFdEndpoint.SignalDescriptor("WINCH", SignalStrategy.JDK, null));
				assertThat(shown.listeners())
					.containsExactly(new LinuxFdEndpoint.ListenerDescriptor("winch.on", "signalfd", true, 0, 0, 0, 0));
			});
	}

	@Test
	void endpointWhenNotExposedIsNotThere() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(LinuxFdEndpoint.class));
	}

	@Test
	void applicationWithoutActuatorStarts() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdActuatorAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LinuxFdInfoContributor.class));
	}

	static class Winch {

		@SignalListener("WINCH")
		void on() {
		}

	}

}
