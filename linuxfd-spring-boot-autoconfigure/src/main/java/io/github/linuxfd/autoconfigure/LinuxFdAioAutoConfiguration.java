package io.github.linuxfd.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioChannelProvider;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioFileTemplate;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.listener.AioServerLifecycle;
import io.github.linuxfd.listener.DispatchExecutor;

/**
 * Auto-configuration for asynchronous I/O. Nothing is opened before somebody asks for one
 * of the beans.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration(after = LinuxFdAutoConfiguration.class)
@ConditionalOnBean(Syscalls.class)
@EnableConfigurationProperties(LinuxFdAioProperties.class)
public final class LinuxFdAioAutoConfiguration {

	@Bean(destroyMethod = "close")
	@Lazy
	@ConditionalOnMissingBean
	AioEngines linuxfdAioEngines(Syscalls syscalls, LinuxFdAioProperties properties, EventLoop loop,
			DispatchExecutor executor) {
		return new AioEngines(syscalls, properties.settings(executor.executor()), loop);
	}

	@Bean(destroyMethod = "") // the engines are closed once
	@Lazy
	@ConditionalOnMissingBean
	Aio linuxfdAio(AioEngines engines) {
		return new Aio(engines);
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean
	AioChannelProvider linuxfdAioChannelProvider(AioEngines engines) {
		return new AioChannelProvider(engines);
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean
	AioFileTemplate linuxfdAioFileTemplate(Aio aio) {
		return new AioFileTemplate(aio);
	}

	@Bean
	@ConditionalOnMissingBean
	AioServerLifecycle linuxfdAioServerLifecycle(ApplicationContext context, LinuxFdAioProperties properties) {
		return new AioServerLifecycle(context, properties.shutdownTimeout());
	}

}
