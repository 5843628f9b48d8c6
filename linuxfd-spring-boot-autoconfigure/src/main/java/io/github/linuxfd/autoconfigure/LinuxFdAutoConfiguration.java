package io.github.linuxfd.autoconfigure;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnThreading;
import org.springframework.boot.thread.Threading;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.AsyncEvents;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.hostname.Hostname;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.kernel.KernelSupport;
import io.github.linuxfd.listener.ChildProcesses;
import io.github.linuxfd.listener.DispatchExecutor;
import io.github.linuxfd.listener.FanotifySettings;
import io.github.linuxfd.listener.InotifyWatchDefinitions;
import io.github.linuxfd.listener.LinuxFdListenerAnnotationBeanPostProcessor;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.mount.Mounts;
import io.github.linuxfd.namespace.Namespaces;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.process.ProcessIds;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.pipe.Transfers;
import io.github.linuxfd.psi.MemoryEventsFactory;
import io.github.linuxfd.psi.PressureTriggerFactory;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Auto-configuration for handlers of Linux kernel events.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnLinux
@ConditionalOnBooleanProperty(name = "linuxfd.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LinuxFdProperties.class)
public final class LinuxFdAutoConfiguration {

	private static final Log logger = LogFactory.getLog(LinuxFdAutoConfiguration.class);

	private static final ErrorHandler LOG_AND_GO_ON = (failure) -> logger.error(failure.getMessage(), failure);

	@Bean
	@ConditionalOnMissingBean
	Syscalls linuxfdSyscalls() {
		return Syscalls.system();
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean
	KernelSupport linuxfdKernelSupport(Syscalls syscalls) {
		return KernelSupport.probe(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	EpollFactory epollFactory(Syscalls syscalls) {
		return new EpollFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	EventfdFactory eventfdFactory(Syscalls syscalls) {
		return new EventfdFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	TimerfdFactory timerfdFactory(Syscalls syscalls) {
		return new TimerfdFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	SignalfdFactory signalfdFactory(Syscalls syscalls) {
		return new SignalfdFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Signals linuxfdSignals(Syscalls syscalls) {
		return new Signals(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	InotifyFactory inotifyFactory(Syscalls syscalls) {
		return new InotifyFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	PidfdFactory pidfdFactory(Syscalls syscalls) {
		return new PidfdFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	ProcessIds linuxfdProcessIds(Syscalls syscalls) {
		return new ProcessIds(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	FanotifyFactory fanotifyFactory(Syscalls syscalls) {
		return new FanotifyFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	PipeFactory pipeFactory(Syscalls syscalls) {
		return new PipeFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Hostname linuxfdHostname(Syscalls syscalls) {
		return new Hostname(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Splicer linuxfdSplicer(Syscalls syscalls) {
		return new Splicer(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Mounts linuxfdMounts(Syscalls syscalls) {
		return new Mounts(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Namespaces linuxfdNamespaces(Syscalls syscalls) {
		return new Namespaces(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	Transfers linuxfdTransfers(Syscalls syscalls, PipeFactory pipes, Splicer splicer) {
		return new Transfers(syscalls, pipes, splicer);
	}

	@Bean
	@ConditionalOnMissingBean
	PressureTriggerFactory pressureTriggerFactory(Syscalls syscalls) {
		return new PressureTriggerFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	MemoryEventsFactory memoryEventsFactory(Syscalls syscalls) {
		return new MemoryEventsFactory(syscalls);
	}

	@Bean
	@ConditionalOnMissingBean
	FanotifySettings linuxfdFanotifySettings(LinuxFdProperties properties) {
		return properties.fanotify().settings();
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	EventLoop linuxfdEventLoop(EpollFactory epolls, EventfdFactory eventfds) {
		return new EventLoop(epolls, eventfds, "linuxfd-loop");
	}

	@Bean(name = "linuxfdDispatchExecutor", destroyMethod = "close")
	@ConditionalOnMissingBean
	@ConditionalOnThreading(Threading.PLATFORM)
	DispatchExecutor linuxfdPlatformDispatchExecutor() {
		return DispatchExecutor.ofPlatformThreads();
	}

	@Bean(name = "linuxfdDispatchExecutor", destroyMethod = "close")
	@ConditionalOnMissingBean
	@ConditionalOnThreading(Threading.VIRTUAL)
	DispatchExecutor linuxfdVirtualDispatchExecutor() {
		return DispatchExecutor.ofVirtualThreads();
	}

	@Bean
	@ConditionalOnMissingBean
	InotifyWatchDefinitions linuxfdInotifyWatches(LinuxFdProperties properties) {
		return properties.inotify().definitions();
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	ChildProcesses linuxfdChildProcesses(EventLoop loop, PidfdFactory pidfds) {
		return new ChildProcesses(loop, pidfds);
	}

	@Bean
	@ConditionalOnMissingBean
	AsyncEvents linuxfdAsyncEvents(EventLoop loop, DispatchExecutor executor, LinuxFdProperties properties) {
		return new AsyncEvents(loop, executor.executor(), properties.dispatch().settings().queueCapacity());
	}

	@Bean
	@ConditionalOnMissingBean
	LinuxFdListenerEndpointRegistry linuxfdListenerEndpointRegistry(ApplicationContext context, EventLoop loop,
			DispatchExecutor executor, ObjectProvider<ErrorHandler> errorHandler, LinuxFdProperties properties,
			InotifyWatchDefinitions watches, InotifyFactory inotifies, TimerfdFactory timerfds,
			SignalfdFactory signalfds, Signals signals, ChildProcesses children) {
		return new LinuxFdListenerEndpointRegistry(context, loop, executor.executor(),
				errorHandler.getIfUnique(() -> LOG_AND_GO_ON), properties.dispatch().settings(), watches, inotifies,
				timerfds, signalfds, signals, properties.signal().settings(), children);
	}

	@Bean
	static LazyInitializationExcludeFilter linuxfdListenerLazyInitializationExcludeFilter() {
		return new ListenerLazyInitializationExcludeFilter();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static LinuxFdListenerAnnotationBeanPostProcessor linuxfdListenerAnnotationBeanPostProcessor() {
		return new LinuxFdListenerAnnotationBeanPostProcessor();
	}

}
