package io.github.linuxfd.benchmarks;

import java.util.List;
import java.util.Map;

import org.springframework.boot.SpringApplication;

/**
 * Boot applications that start and stay. What {@code plain} lacks is not on its class
 * path, so this class must not need it.
 *
 * @author linuxfd
 */
final class StartupContestants {

	static final Benchmark BENCHMARK = new Benchmark("[DIR]",
			Map.of("plain", (arguments) -> start(PlainApplication.class, arguments), "starter",
					(arguments) -> start(StarterApplication.class, arguments), "listener",
					(arguments) -> start(ListenerApplication.class, arguments)));

	private StartupContestants() {
	}

	private static void start(Class<?> source, List<String> arguments) {
		SpringApplication application = new SpringApplication(source);
		application.setKeepAlive(true);
		application.addListeners(new StartupReport());
		if (!arguments.isEmpty()) {
			application.setDefaultProperties(Map.of("benchmark.directory", arguments.get(0)));
		}
		application.run();
	}

}
