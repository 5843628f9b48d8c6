package io.github.linuxfd.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link SyscallsPreloader} in JVMs of their own.
 *
 * @author linuxfd
 */
@Timeout(240)
class SyscallsPreloaderTests {

	@Test
	void libraryWhenApplicationStartsIsLoadedBesideIt() {
		assumeThat(Runtime.getRuntime().availableProcessors()).as("a processor to do it beside").isGreaterThan(1);
		// without the beans, so that nobody else can have loaded it
		try (ForkedJvm jvm = ForkedJvm.start(Application.class,
				"--spring.autoconfigure.exclude=" + LinuxFdAutoConfiguration.class.getName())) {
			jvm.awaitLine("prepared by linuxfd-preload");
			jvm.awaitLine("loaded");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	void libraryWhenLinuxfdIsOffIsNotLoadedAtAll() {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "--linuxfd.enabled=false")) {
			jvm.awaitLine("prepared by nobody");
			jvm.awaitLine("not loaded");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	void libraryWhenThisIsNotLinuxIsNotLoadedAtAll() {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "--os.name=Mac OS X")) {
			jvm.awaitLine("prepared by nobody");
			jvm.awaitLine("not loaded");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		public static void main(String[] arguments) throws IOException {
			SpringApplication application = new SpringApplication(Application.class);
			application.setBannerMode(Banner.Mode.OFF);
			// the first thing after the environment: the thread is there, or was
			application.addInitializers((context) -> System.out
				.println("prepared by " + (SyscallsPreloader.isStarted() ? "linuxfd-preload" : "nobody")));
			try (ConfigurableApplicationContext context = application.run(arguments)) {
				if (SyscallsPreloader.isStarted()) {
					Awaitility.await().until(Application::isLoaded);
				}
				System.out.println((isLoaded() ? "" : "not ") + "loaded");
			}
		}

		private static boolean isLoaded() throws IOException {
			return Files.readString(Path.of("/proc/self/maps")).contains("jffi");
		}

	}

}
