package io.github.linuxfd.listener;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.event.ShutdownRequestedEvent;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The end of an application by a signal, in JVMs of their own.
 *
 * @author linuxfd
 */
@Timeout(240)
@SuppressWarnings("sunapi")
class ShutdownIntegrationTests {

	@ParameterizedTest
	@CsvSource({ "TERM, 143", "INT, 130", "HUP, 129" })
	void applicationWithoutListenersEndsAsBeforeAndTheLogNamesTheSender(String signal, int status) throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			long sender = Shell.kill(signal, application.pid());
			assertThat(application.awaitExit()).as("%s", application.lines()).isEqualTo(status);
			assertThat(application.lines()).anyMatch((line) -> line.matches(".* INFO .*Shutdown requested by pid "
					+ sender + " \\(.*\\) uid \\d+ signal=" + signal + " origin=USER.*"));
			assertThat(application.lines()).containsSubsequence("requested " + signal + " by " + sender, "closed");
		}
	}

	@Test
	void senderWhenAliveIsNamedWithItsControlGroup() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			Process shell = new ProcessBuilder("bash", "-c", "kill -TERM " + application.pid() + "; read _", "kubelet")
				.start();
			String line = application.awaitLine((each) -> each.contains("Shutdown requested"));
			shell.getOutputStream().close();
			assertThat(line).contains("by pid " + shell.pid() + " (bash) uid ")
				.contains("cgroup=/")
				.as("arguments may be secrets")
				.doesNotContain("kubelet");
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
			Shell.kill("USR1", application.pid());
			application.awaitLine("USR1");
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	@Test
	void applicationWhenNotToldToAnnounceLeavesTheSignalsAlone() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--linuxfd.signal.shutdown.enabled=false")) {
			application.awaitLine("ready");
			Shell.kill("TERM", application.pid());
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
			Shell.kill("HUP", application.pid());
			Shell.kill("USR1", application.pid());
			application.awaitLine("USR1");
			assertThat(application.lines()).noneMatch((line) -> line.contains("requested"));
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	@Test
	void preStopDelayRefusesTrafficAndThenClosesTheContext() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class,
				"--linuxfd.signal.shutdown.pre-stop-delay=700ms")) {
			application.awaitLine("ready");
			long startNanos = System.nanoTime();
			Shell.kill("TERM", application.pid());
			application.awaitLine((line) -> line.startsWith("requested"));
			assertThat(application.lines()).contains("refusing traffic");
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
			Shell.kill("TERM", application.pid());
			application.awaitLine("refusing traffic");
			hurry("INT", application);
			assertThat(application.awaitExit()).as("of the first one").isEqualTo(143);
			assertThat(application.lines())
				.anyMatch((line) -> line.contains("Shutdown hurried by pid ") && line.contains("signal INT"));
		}
	}

	/** Its queue is full with the first one. */
	@Test
	void secondSignalEndsTheWaitForAListenerThatIsStuck() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=stuck",
				"--linuxfd.dispatch.queue-capacity=1", "--linuxfd.dispatch.shutdown-timeout=15s")) {
			application.awaitLine("ready");
			Shell.kill("TERM", application.pid());
			application.awaitLine("stuck");
			hurry("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).contains("closed");
		}
	}

	/** Of an orchestrator that sends one signal, and then kills. */
	@Test
	void listenerThatIsStuckIsWaitedForNoLongerThanTheShutdownTimeout() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=stuck",
				"--linuxfd.dispatch.shutdown-timeout=3s")) {
			application.awaitLine("ready");
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).contains("stuck", "closed")
				.anyMatch((line) -> line.contains("WARN") && line.contains("still run after PT3S"));
		}
	}

	@Test
	void applicationListenerThatIsStuckDoesNotKeepTheJvmFromEnding() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=stuck-event",
				"--linuxfd.dispatch.shutdown-timeout=3s")) {
			application.awaitLine("ready");
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).contains("stuck on the event", "closed");
		}
	}

	/** Events of other signals wait for it as well. */
	@Test
	void signalWhenAListenerHasNoRoomEndsTheJvmAllTheSame() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=full",
				"--linuxfd.dispatch.queue-capacity=1", "--linuxfd.dispatch.shutdown-timeout=300ms")) {
			application.awaitLine("ready");
			for (int i = 0; i < 5; i++) {
				Shell.kill("36", application.pid());
			}
			application.awaitLine("full");
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	/** JLine, Hadoop and others have such a one. */
	@Test
	void handlerOfTheApplicationIsCalledInsteadOfTheJdks() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=handling")) {
			application.awaitLine("ready");
			for (int i = 1; i <= 2; i++) {
				Shell.kill("HUP", application.pid());
				application.awaitLine("HUP " + i + " handled by the application itself");
			}
			assertThat(application.lines()).noneMatch((line) -> line.contains("requested"));
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	/** While the runners run, whose end is what makes an application ready. */
	@Test
	void readinessWhenTheSignalComesBeforeItStaysRefused() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=starting",
				"--linuxfd.signal.shutdown.pre-stop-delay=1h")) {
			application.awaitLine("starting");
			Shell.kill("TERM", application.pid());
			application.awaitLine("ready");
			application.awaitLine("accepting traffic");
			await().untilAsserted(() -> assertThat(application.lines()).filteredOn((line) -> line.endsWith(" traffic"))
				.last()
				.isEqualTo("refusing traffic"));
			hurry("TERM", application);
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	/** A listener on the loop may close its own application. */
	@Test
	void contextWhenClosedByAListenerOnTheLoopGivesTheSignalsBack() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=closing")) {
			application.awaitLine("ready");
			Shell.kill("USR1", application.pid());
			application.awaitLine("closed by its listener");
			assertThat(application.lines()).noneMatch((line) -> line.contains("WARN") || line.contains("ERROR"));
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
			assertThat(application.lines()).noneMatch((line) -> line.contains("requested"));
		}
	}

	/** Until it is late enough to be another request. */
	private static void hurry(String signal, ForkedJvm application) {
		await().until(() -> {
			// fails once it was hurried
			Shell.run(List.of("/bin/kill", "-s", signal, Long.toString(application.pid())));
			return application.lines().stream().anyMatch((line) -> line.contains("Shutdown hurried"));
		});
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class Application {

		private static volatile boolean refused;

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
			boolean refusing = event.getState() == ReadinessState.REFUSING_TRAFFIC;
			System.out.println((refusing ? "refusing" : "accepting") + " traffic");
			refused |= refusing;
		}

		@EventListener
		void closed(ContextClosedEvent event) {
			System.out.println("closed");
		}

		@Bean
		@Profile("full")
		Full full() {
			return new Full();
		}

		@Bean
		@Profile("closing")
		Closing closing(ConfigurableApplicationContext context) {
			return new Closing(context);
		}

		@Bean
		@Profile("stuck-event")
		ApplicationListener<PayloadApplicationEvent<ShutdownRequestedEvent>> stuckOnTheEvent() {
			return new StuckOnTheEvent();
		}

		@Bean
		@Profile("handling")
		static BeanFactoryPostProcessor handling() {
			AtomicInteger count = new AtomicInteger();
			return (factory) -> sun.misc.Signal.handle(new sun.misc.Signal("HUP"), (signal) -> System.out
				.println("HUP " + count.incrementAndGet() + " handled by the application itself"));
		}

		@Bean
		@Profile("starting")
		ApplicationRunner starting() {
			return (arguments) -> {
				System.out.println("starting");
				while (!refused) {
					Thread.onSpinWait();
				}
			};
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

	static class StuckOnTheEvent implements ApplicationListener<PayloadApplicationEvent<ShutdownRequestedEvent>> {

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<ShutdownRequestedEvent> event) {
			System.out.println("stuck on the event");
			while (true) {
				LockSupport.park();
			}
		}

	}

	static class Full {

		@SignalListener({ "RTMIN+2", "TERM" })
		void on() throws InterruptedException {
			System.out.println("full");
			new CountDownLatch(1).await();
		}

	}

	static class Closing {

		private final ConfigurableApplicationContext context;

		Closing(ConfigurableApplicationContext context) {
			this.context = context;
		}

		@SignalListener(value = "USR1", dispatch = Dispatch.LOOP)
		void on() {
			this.context.close();
			System.out.println("closed by its listener");
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
