package io.github.linuxfd.autoconfigure;

import java.util.Optional;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.listener.SeccompAbsence;
import io.github.linuxfd.listener.SeccompGuard;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Auto-configuration for filters of system calls.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration(after = LinuxFdAutoConfiguration.class)
@EnableConfigurationProperties(LinuxFdSeccompProperties.class)
public final class LinuxFdSeccompAutoConfiguration {

	private static final Log logger = LogFactory.getLog(LinuxFdSeccompAutoConfiguration.class);

	private static final ErrorHandler LOG_AND_GO_ON = (failure) -> logger.error(failure.getMessage(), failure);

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(Syscalls.class)
	static class Guarded {

		@Bean
		@ConditionalOnMissingBean
		@Conditional(OnLibseccompCondition.class)
		Libseccomp linuxfdLibseccomp() {
			return Libseccomp.find().orElseThrow();
		}

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnBean(Libseccomp.class)
		SeccompFactory seccompFactory(Syscalls syscalls, Libseccomp library) {
			return new SeccompFactory(syscalls, library);
		}

		@Bean
		@ConditionalOnMissingBean
		SeccompGuard linuxfdSeccompGuard(ObjectProvider<SeccompFactory> filters, LinuxFdSeccompProperties properties,
				ObjectProvider<SeccompNotifyListener> listeners, ApplicationContext context,
				ObjectProvider<ErrorHandler> errorHandler, EpollFactory epolls, EventfdFactory eventfds,
				TimerfdFactory timerfds) {
			return new SeccompGuard(Optional.ofNullable(filters.getIfAvailable()), properties.settings(), listeners,
					context, errorHandler.getIfUnique(() -> LOG_AND_GO_ON), epolls, eventfds, timerfds);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(Syscalls.class)
	static class Unguarded {

		@Bean
		SeccompAbsence linuxfdSeccompAbsence(LinuxFdSeccompProperties properties, Environment environment) {
			return new SeccompAbsence(properties.settings(),
					environment.getProperty("linuxfd.enabled", Boolean.class, true),
					environment.getProperty("os.name") + " on " + environment.getProperty("os.arch"));
		}

	}

}
