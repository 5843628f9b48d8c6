package io.github.linuxfd.listener;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.event.ShutdownRequestedEvent;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The end of an application by a signal, in JVMs of their own.
 *
 * @author linuxfd
 */
@Timeout(90)
class ShutdownIntegrationTests {

	@ParameterizedTest
	@CsvSource({ "TERM, 143", "INT, 130", "HUP, 129" })
	void applicationWithoutListenersEndsAsBeforeAndTheLogNamesTheSender(String signal, int status) throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			long sender = kill(signal, application);
			assertThat(application.awaitExit()).as("%s", application.lines()).isEqualTo(status);
			assertThat(application.lines()).anyMatch((line) -> line.matches(".* INFO .*Shutdown requested by pid "
					+ sender + " \\(.*\\) uid \\d+ signal=" + signal + " origin=USER.*"));
			assertThat(application.lines()).containsSubsequence("requested " + signal + " by " + sender, "closed");
		}
	}

	@Test
	void senderWhenAliveIsNamedWithCommandLineAndControlGroup() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			Process shell = new ProcessBuilder("bash", "-c", "kill -TERM " + application.pid() + "; read _", "kubelet")
				.start();
			String line = application.awaitLine((each) -> each.contains("Shutdown requested"));
			shell.getOutputStream().close();
			assertThat(line).contains("by pid " + shell.pid() + " (bash) uid ")
				.contains("commandLine=[bash, -c, kill -TERM ")
				.contains("cgroup=/");
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	/** A program that ends when its main method returns, which is what it did before. */
	@Test
	void applicationWithoutListenersDoesNotKeepTheJvmAlive() {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=ending")) {
			assertThat(application.awaitExit()).as("%s", application.lines()).isZero();
			assertThat(application.lines()).contains("ready", "closed");
		}
	}

	@Test
	void applicationWithAListenerIsKeptAlive() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=ending,listening")) {
			application.awaitLine("ready");
			kill("USR1", application);
			application.awaitLine("USR1");
			kill("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	@Test
	void applicationWhenNotToldToAnnounceLeavesTheSignalsAlone() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--linuxfd.signal.shutdown.enabled=false")) {
			application.awaitLine("ready");
			kill("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).contains("closed").noneMatch((line) -> line.startsWith("requested"));
		}
	}

	/** As nohup(1) does. */
	@Test
	void signalWhenIgnoredBeforeIsIgnored() throws Exception {
		try (ForkedJvm application = ForkedJvm.startBy(List.of("env", "--ignore-signal=HUP"), Application.class,
				"--spring.profiles.active=listening")) {
			application.awaitLine("ready");
			kill("HUP", application);
			kill("USR1", application);
			application.awaitLine("USR1");
			assertThat(application.lines()).noneMatch((line) -> line.contains("requested"));
			kill("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	@Test
	void preStopDelayRefusesTrafficAndThenClosesTheContext() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class,
				"--linuxfd.signal.shutdown.pre-stop-delay=700ms")) {
			application.awaitLine("ready");
			long startNanos = System.nanoTime();
			kill("TERM", application);
			application.awaitLine((line) -> line.startsWith("requested"));
			assertThat(application.lines()).contains("refusing traffic").doesNotContain("closed");
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(System.nanoTime() - startNanos).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(700));
			assertThat(application.lines()).containsSubsequence("refusing traffic", "closed");
		}
	}

	@Test
	void secondSignalEndsTheDelay() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class,
				"--linuxfd.signal.shutdown.pre-stop-delay=1h")) {
			application.awaitLine("ready");
			kill("TERM", application);
			application.awaitLine("refusing traffic");
			long second = kill("INT", application);
			assertThat(application.awaitExit()).as("of the first one").isEqualTo(143);
			assertThat(application.lines())
				.anyMatch((line) -> line.contains("Shutdown hurried by pid " + second) && line.contains("signal INT"));
		}
	}

	/** Its queue is full with the first one. */
	@Test
	void secondSignalEndsTheWaitForAListenerThatIsStuck() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=stuck",
				"--linuxfd.dispatch.queue-capacity=1", "--linuxfd.dispatch.shutdown-timeout=100ms")) {
			application.awaitLine("ready");
			kill("TERM", application);
			application.awaitLine("stuck");
			kill("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).contains("closed");
		}
	}

	private static long kill(String signal, ForkedJvm application) throws IOException, InterruptedException {
		// exec, so that the shell's pid is the sender's
		Process kill = new ProcessBuilder("sh", "-c", "exec /bin/kill -s " + signal + " " + application.pid()).start();
		assertThat(kill.waitFor()).isZero();
		return kill.pid();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class Application {

		public static void main(String[] arguments) throws InterruptedException {
			if (!SpringApplication.run(Application.class, arguments).getEnvironment().matchesProfiles("ending")) {
				new CountDownLatch(1).await();
			}
		}

		@EventListener
		void ready(ApplicationReadyEvent event) {
			System.out.println("ready");
		}

		@EventListener
		void requested(ShutdownRequestedEvent event) {
			System.out.println("requested " + event.signal().signal() + " by " + event.signal().pid());
		}

		@EventListener
		void refusing(AvailabilityChangeEvent<ReadinessState> event) {
			if (event.getState() == ReadinessState.REFUSING_TRAFFIC) {
				System.out.println("refusing traffic");
			}
		}

		@EventListener
		void closed(ContextClosedEvent event) {
			System.out.println("closed");
		}

		@Bean
		@Profile("stuck")
		Stuck stuck() {
			return new Stuck();
		}

		@Bean
		@Profile("listening")
		Listening listening() {
			return new Listening();
		}

	}

	static class Stuck {

		@SignalListener("TERM")
		void on() throws InterruptedException {
			System.out.println("stuck");
			new CountDownLatch(1).await();
		}

	}

	static class Listening {

		@SignalListener("USR1")
		void on() {
			System.out.println("USR1");
		}

	}

}
