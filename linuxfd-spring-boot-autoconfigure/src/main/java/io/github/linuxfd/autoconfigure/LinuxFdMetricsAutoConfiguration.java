package io.github.linuxfd.autoconfigure;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.metrics.AioMetricsPostProcessor;
import io.github.linuxfd.metrics.LinuxFdMetrics;

/**
 * Auto-configuration for the meters of the loop and the listeners.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration(after = LinuxFdAutoConfiguration.class)
@ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
@ConditionalOnBean(LinuxFdListenerEndpointRegistry.class)
public final class LinuxFdMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LinuxFdMetrics linuxfdMetrics(EventLoop loop, LinuxFdListenerEndpointRegistry listeners) {
		return new LinuxFdMetrics(loop, listeners);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static AioMetricsPostProcessor linuxfdAioMetricsPostProcessor() {
		return new AioMetricsPostProcessor();
	}

}
