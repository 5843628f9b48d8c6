package io.github.linuxfd.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link SyscallsPreloader} in JVMs of their own.
 *
 * @author linuxfd
 */
@Timeout(60)
class SyscallsPreloaderTests {

	@Test
	void libraryWhenApplicationStartsIsLoadedBesideIt() {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class)) {
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
				boolean loaded = Files.readString(Path.of("/proc/self/maps")).contains("jffi");
				System.out.println((loaded ? "" : "not ") + "loaded");
			}
		}

	}

}
