package io.github.linuxfd.autoconfigure;

import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.github.linuxfd.actuate.LinuxFdEndpoint;
import io.github.linuxfd.actuate.LinuxFdInfoContributor;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.kernel.KernelSupport;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;

/**
 * Auto-configuration for what the actuator shows of linuxfd.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration(after = LinuxFdAutoConfiguration.class)
@ConditionalOnClass(
		name = "org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint")
@ConditionalOnBean(LinuxFdListenerEndpointRegistry.class)
public final class LinuxFdActuatorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnEnabledInfoContributor("linuxfd")
	LinuxFdInfoContributor linuxfdInfoContributor(LinuxFdListenerEndpointRegistry listeners) {
		return new LinuxFdInfoContributor(listeners);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(LinuxFdEndpoint.class)
	LinuxFdEndpoint linuxfdEndpoint(LinuxFdListenerEndpointRegistry listeners, ObjectProvider<KernelSupport> support,
			ConfigurableListableBeanFactory beans) {
		return new LinuxFdEndpoint(listeners, support::getObject, () -> enginesInUse(beans));
	}

	/** To look must not open any. */
	private static @Nullable AioEngines enginesInUse(ConfigurableListableBeanFactory beans) {
		return Stream.of(beans.getBeanNamesForType(AioEngines.class, false, false))
			.filter(beans::containsSingleton)
			.map((name) -> beans.getBean(name, AioEngines.class))
			.findFirst()
			.orElse(null);
	}

}
