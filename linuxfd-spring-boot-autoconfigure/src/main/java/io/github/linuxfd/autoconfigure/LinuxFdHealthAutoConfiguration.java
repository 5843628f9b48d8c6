package io.github.linuxfd.autoconfigure;

import java.util.Optional;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.health.LinuxFdHealthIndicator;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.listener.SeccompGuard;

/**
 * Auto-configuration for the health of the listeners.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration(after = LinuxFdAutoConfiguration.class)
@ConditionalOnClass(
		name = "org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator")
@ConditionalOnBean(LinuxFdListenerEndpointRegistry.class)
public final class LinuxFdHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnEnabledHealthIndicator("linuxfd")
	LinuxFdHealthIndicator linuxfdHealthIndicator(EventLoop loop, LinuxFdListenerEndpointRegistry listeners,
			ObjectProvider<SeccompGuard> seccomp) {
		return new LinuxFdHealthIndicator(loop, listeners,
				() -> Optional.ofNullable(seccomp.getIfAvailable()).flatMap(SeccompGuard::failure));
	}

}
