package io.github.linuxfd.listener;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
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
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link SignalListener @SignalListener} in applications of their own, started plainly.
 *
 * @author linuxfd
 */
@Timeout(240)
class SignalListenerIntegrationTests {

	@Test
	void listenersWhenSignalArrivesKnowItsSender() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			for (String signal : new String[] { "HUP", "USR1", "34", "HUP" }) {
				String sender = " from " + Shell.kill(signal, application.pid());
				switch (signal) {
					case "USR1" -> application.awaitLine("on linuxfd-loop USR1" + sender);
					case "34" -> application.awaitLine("batch RTMIN" + sender);
					default -> {
						application.awaitLine("consumed HUP" + sender);
						application.awaitLine("published HUP" + sender);
					}
				}
			}
			assertThat(application.lines()).filteredOn((line) -> line.startsWith("consumed HUP")).hasSize(2);
			assertThat(application.lines()).filteredOn((line) -> line.startsWith("published HUP")).hasSize(2);
		}
	}

	@Test
	void termWhenListenedToRunsTheListenerAndThenEndsTheJvmAsBefore() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			long sender = Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(128 + 15);
			assertThat(application.lines()).contains("term from " + sender, "closed");
		}
	}

	@Test
	void intWhenNobodyListensEndsTheJvmAsBefore() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			Shell.kill("INT", application.pid());
			assertThat(application.awaitExit()).isEqualTo(128 + 2);
			assertThat(application.lines()).contains("closed");
		}
	}

	@Test
	void listenersWhenExecutableMemoryIsRefusedAreCalledThroughTheJdkAndTheLogSaysSo() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=refused")) {
			application.awaitLine("ready");
			Shell.kill("HUP", application.pid());
			application.awaitLine("consumed HUP from -1");
			assertThat(application.lines())
				.anyMatch((line) -> line.contains("WARN") && line.contains("Signal HUP comes through the JDK")
						&& line.contains("mprotect(PROT_READ|PROT_EXEC) failed: EACCES"));
		}
	}

	@Test
	void signalsWhenContextIsClosedHaveTheirOldMeaning() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(ClosingApplication.class)) {
			application.awaitLine("open again");
			long sender = Shell.kill("HUP", application.pid());
			application.awaitLine("consumed HUP from " + sender);
			application.awaitLine("closed twice");
			Shell.kill("HUP", application.pid());
			assertThat(application.awaitExit()).isEqualTo(128 + 1);
		}
	}

	/** WINCH, which does no harm to the JVM of the tests if it is not listened to. */
	@Test
	void listenerWhenAnotherOneWithAFullQueueIsDestroyedGetsItsSignals() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withBean("blocked", Blocked.class)
			.withBean("free", Free.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=1", "linuxfd.dispatch.shutdown-timeout=100ms")
			.run((context) -> {
				Free free = context.getBean(Free.class);
				raise("WINCH");
				assertThat(context.getBean(Blocked.class).entered.await(10, TimeUnit.SECONDS)).isTrue();
				await().untilAsserted(() -> assertThat(free.calls).hasValue(1));
				raise("WINCH"); // stays in the kernel: the blocked listener has no room
				((DefaultListableBeanFactory) context.getBeanFactory()).destroySingleton("blocked");
				await().untilAsserted(() -> assertThat(free.calls).hasValue(2));
			});
	}

	/** The old disposition of a real-time signal would end this JVM. */
	@Test
	void signalsWhenContextIsClosedBeforeTheyAreReadAreCountedAsLost() {
		AtomicReference<ListenerContainer<?>> closed = new AtomicReference<>();
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withBean("blocked", BlockedRealTime.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=1", "linuxfd.dispatch.shutdown-timeout=100ms")
			.run((context) -> {
				closed.set(context.getBean(LinuxFdListenerEndpointRegistry.class).containers().iterator().next());
				raise("39");
				assertThat(context.getBean(BlockedRealTime.class).entered.await(10, TimeUnit.SECONDS)).isTrue();
				raise("39");
				raise("39");
			});
		assertThat(closed.get().lost()).isEqualTo(2);
	}

	private static void raise(String signal) {
		Shell.kill(signal, ProcessHandle.current().pid());
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class Application {

		public static void main(String[] args) {
			SpringApplication.run(Application.class, args);
		}

		@SignalListener(signals = { "SIGHUP" }, consume = true)
		void consumed(SignalEvent event) {
			System.out.println("consumed " + event.signal() + " from " + event.pid());
		}

		@SignalListener("HUP")
		void hup() {
		}

		@SignalListener("TERM")
		void term(SignalEvent event) {
			System.out.println("term from " + event.pid());
		}

		@EventListener
		void published(SignalEvent event) {
			System.out.println("published " + event.signal() + " from " + event.pid());
		}

		@EventListener
		void ready(ApplicationReadyEvent event) {
			System.out.println("ready");
		}

		@EventListener
		void closed(ContextClosedEvent event) {
			System.out.println("closed");
		}

		@Bean
		@Profile("!refused")
		SignalfdOnly signalfdOnly() {
			return new SignalfdOnly();
		}

		@Bean
		@Profile("refused")
		Syscalls syscalls() {
			return FaultInjectingSyscalls.ofSystem().failAll("mprotect", Errno.EACCES).syscalls();
		}

	}

	static class Blocked {

		final CountDownLatch entered = new CountDownLatch(1);

		@SignalListener("WINCH")
		void on() throws InterruptedException {
			this.entered.countDown();
			new CountDownLatch(1).await();
		}

	}

	static class BlockedRealTime {

		final CountDownLatch entered = new CountDownLatch(1);

		@SignalListener("RTMIN+5")
		void on() throws InterruptedException {
			this.entered.countDown();
			new CountDownLatch(1).await();
		}

	}

	static class Free {

		final AtomicInteger calls = new AtomicInteger();

		@SignalListener("WINCH")
		void on() {
			this.calls.incrementAndGet();
		}

	}

	/** What the JDK's own handling does not offer. */
	static class SignalfdOnly {

		@SignalListener(value = "USR1", dispatch = Dispatch.LOOP)
		void usr1(SignalEvent event) {
			System.out.println("on " + Thread.currentThread().getName() + " USR1 from " + event.pid());
		}

		@SignalListener("RTMIN")
		void realTime(List<SignalEvent> events) {
			events.forEach((event) -> System.out.println("batch " + event.signal() + " from " + event.pid()));
		}

	}

	/** Closes its first context at once and its second one after a signal. */
	static class ClosingApplication {

		public static void main(String[] args) throws InterruptedException {
			SpringApplication.run(Application.class, args).close();
			System.out.println("closed once");
			CountDownLatch published = new CountDownLatch(1);
			SpringApplication application = new SpringApplication(Application.class);
			application.addInitializers((context) -> context.addApplicationListener((event) -> {
				if (event instanceof PayloadApplicationEvent<?> payload
						&& payload.getPayload() instanceof SignalEvent) {
					published.countDown();
				}
			}));
			ConfigurableApplicationContext context = application.run(args);
			System.out.println("open again");
			published.await();
			context.close();
			System.out.println("closed twice");
			new CountDownLatch(1).await();
		}

	}

}
