package io.github.linuxfd.benchmarks;

import java.lang.management.ManagementFactory;
import java.time.Duration;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/**
 * Says what a start has taken as soon as the application is ready.
 *
 * @author linuxfd
 */
final class StartupReport implements ApplicationListener<ApplicationReadyEvent> {

	@Override
	public void onApplicationEvent(ApplicationReadyEvent event) {
		Duration taken = event.getTimeTaken();
		Contract.ready("started_ms=" + ((taken != null) ? taken.toMillis() : -1) + " jvm_ms="
				+ ManagementFactory.getRuntimeMXBean().getUptime() + " classes="
				+ ManagementFactory.getClassLoadingMXBean().getLoadedClassCount() + " beans="
				+ event.getApplicationContext().getBeanDefinitionCount() + " threads="
				+ ManagementFactory.getThreadMXBean().getThreadCount());
	}

}
