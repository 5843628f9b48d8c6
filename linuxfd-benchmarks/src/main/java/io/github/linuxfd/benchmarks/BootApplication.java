package io.github.linuxfd.benchmarks;

import java.util.Map;
import java.util.stream.Stream;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The application around the handlers: a Boot application as anybody has it, with the
 * defaults.
 *
 * @author linuxfd
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class BootApplication {

	/**
	 * Start an application.
	 * @param recorder a bean for the handlers
	 * @param properties what the handlers' annotations refer to
	 * @param handlers the classes of the handlers and their configuration
	 * @return the running application
	 */
	static ConfigurableApplicationContext start(Object recorder, Map<String, Object> properties, Class<?>... handlers) {
		SpringApplication application = new SpringApplication(
				Stream.concat(Stream.of(BootApplication.class), Stream.of(handlers)).toArray(Class<?>[]::new));
		application.setDefaultProperties(properties);
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("recorder", recorder));
		return application.run();
	}

}
