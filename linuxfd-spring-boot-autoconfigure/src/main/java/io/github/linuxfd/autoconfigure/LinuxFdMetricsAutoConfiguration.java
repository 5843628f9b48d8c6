package io.github.linuxfd.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.metrics.AioMetrics;
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

	/** Binds when the engines are opened, because a binder would open them. */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static BeanPostProcessor linuxfdAioMetricsPostProcessor(ObjectProvider<MeterRegistry> registries) {
		return new BeanPostProcessor() {

			@Override
			public Object postProcessAfterInitialization(Object bean, String beanName) {
				if (bean instanceof AioEngines engines) {
					registries.forEach(new AioMetrics(engines)::bindTo);
				}
				return bean;
			}

		};
	}

}
