package io.github.linuxfd.listener;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.util.ReflectionUtils;

import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Restarts by spring-boot-devtools, which loads the classes of this module anew: those
 * before have to give back what belongs to the process.
 *
 * @author linuxfd
 */
@Timeout(240)
class DevtoolsRestartIntegrationTests {

	private static final Path DEVTOOLS = Path.of("target", "devtools", "spring-boot-devtools.jar").toAbsolutePath();

	@Test
	void signalsWhenTheApplicationRestartsComeToTheNewContextAlone() {
		try (ForkedJvm application = ForkedJvm.startWith(DEVTOOLS, Application.class)) {
			for (int start = 1; start <= 3; start++) {
				application.awaitLine("ready " + start + ", loops 1");
				long sender = Shell.kill("USR1", application.pid());
				application.awaitLine("USR1 from " + sender + " to " + start);
				Shell.kill((start < 3) ? "WINCH" : "TERM", application.pid());
			}
			assertThat(application.awaitExit()).as("%s", application.lines()).isEqualTo(143);
			List<String> lines = application.lines();
			assertThat(lines).filteredOn((line) -> line.startsWith("USR1 from ")).hasSize(3);
			assertThat(lines).filteredOn((line) -> line.contains("Shutdown requested by pid ")).hasSize(1);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class Application {

		/** Not static: this class is loaded anew, too. */
		private final int start = Integer.getInteger("starts", 0) + 1;

		public static void main(String[] arguments) {
			SpringApplication.run(Application.class, arguments);
		}

		@EventListener(ApplicationReadyEvent.class)
		void ready() {
			System.setProperty("starts", Integer.toString(this.start));
			// the thread is gone a moment after the loop is closed
			await().until(() -> loops() == 1);
			System.out.println("ready " + this.start + ", loops " + loops());
		}

		private static long loops() {
			return Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter((thread) -> thread.getName().equals("linuxfd-loop"))
				.count();
		}

		@SignalListener("USR1")
		void usr1(SignalEvent signal) {
			System.out.println("USR1 from " + signal.pid() + " to " + this.start);
		}

		@SignalListener("WINCH")
		void restart() throws ReflectiveOperationException {
			Class<?> type = Class.forName("org.springframework.boot.devtools.restart.Restarter");
			Object restarter = ReflectionUtils.invokeMethod(type.getMethod("getInstance"), null);
			ReflectionUtils.invokeMethod(type.getMethod("restart"), restarter);
		}

	}

}
