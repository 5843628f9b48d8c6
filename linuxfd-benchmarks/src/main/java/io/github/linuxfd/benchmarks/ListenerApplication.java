package io.github.linuxfd.benchmarks;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.inotify.InotifyEvent;

/**
 * An application with one listener.
 *
 * @author linuxfd
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ListenerApplication {

	@InotifyListener(path = "${benchmark.directory}")
	void on(InotifyEvent event) {
	}

}
