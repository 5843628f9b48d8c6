package io.github.linuxfd.autoconfigure;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.github.linuxfd.actuate.LinuxFdEndpoint;
import io.github.linuxfd.actuate.LinuxFdInfoContributor;
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
	LinuxFdEndpoint linuxfdEndpoint(LinuxFdListenerEndpointRegistry listeners, ObjectProvider<KernelSupport> support) {
		return new LinuxFdEndpoint(listeners, support::getObject);
	}

}
