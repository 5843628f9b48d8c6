package io.github.linuxfd.listener;

import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.EventfdListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.event.EventfdEvent;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventfd.EventfdFlag;
import io.github.linuxfd.eventloop.AsyncEventQueue;
import io.github.linuxfd.eventloop.AsyncEvents;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link EventfdListener @EventfdListener} on eventfds that beans offer.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class EventfdListenerIntegrationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	@Test
	void listenerIsCalledWithWhatWasAdded() {
		this.runner.withUserConfiguration(TwoEventfds.class, Named.class)
			.withPropertyValues("the.eventfd=second")
			.run((context) -> {
				Named bean = context.getBean(Named.class);
				Eventfd first = context.getBean("first", Eventfd.class);
				Eventfd second = context.getBean("second", Eventfd.class);
				first.increment(3);
				await().until(() -> bean.first.size() == 1);
				assertThat(bean.first.get(0).value()).isEqualTo(3);
				assertThat(bean.first.get(0).eventfd()).isEqualTo("first");
				second.increment(4);
				await().until(() -> bean.second.size() == 4);
				assertThat(bean.second).as("one by one, from a semaphore").containsOnly(new EventfdEvent("second", 1));
				first.increment(Eventfd.MAX_VALUE);
				await().until(() -> bean.first.size() == 2);
				assertThat(bean.first.get(1)).hasToString("EventfdEvent[first, 18446744073709551614]");
				assertThat(bean.first.get(1).toBigInteger()).isEqualTo(new BigInteger("18446744073709551614"));
				await().until(() -> bean.published.size() == 6);
			});
	}

	@Test
	void listenerOfTheOnlyEventfdNeedsNoName() {
		this.runner.withUserConfiguration(OneEventfd.class, Unnamed.class).run((context) -> {
			context.getBean(Eventfd.class).increment();
			await().until(() -> context.getBean(Unnamed.class).calls.size() == 1);
			assertThat(context.getBean(Unnamed.class).calls).containsExactly("linuxfd-loop");
		});
	}

	@Test
	void eventfdIsClosedByItsBeanAfterTheListenerHasLetGo() {
		Eventfd[] eventfd = new Eventfd[1];
		this.runner.withUserConfiguration(OneEventfd.class, Unnamed.class).run((context) -> {
			eventfd[0] = context.getBean(Eventfd.class);
			ConfigurableApplicationContext closeable = context.getSourceApplicationContext();
			closeable.stop();
			assertThat(eventfd[0].isOpen()).isTrue();
			eventfd[0].increment();
			closeable.start();
			await().until(() -> !context.getBean(Unnamed.class).calls.isEmpty());
		});
		assertThat(eventfd[0].isOpen()).isFalse();
	}

	@Test
	void eventfdWhenClosedWhileListenedToEndsTheListenerWithAnEvent() {
		this.runner.withUserConfiguration(OneEventfd.class, Unnamed.class).run((context) -> {
			context.getBean(Eventfd.class).close();
			Unnamed bean = context.getBean(Unnamed.class);
			await().until(() -> bean.failures.size() == 1);
			assertThat(bean.failures.get(0).reason()).contains("was closed");
		});
	}

	@Test
	void contextWhenTheBeanIsMissingOrAmbiguousFails() {
		this.runner.withUserConfiguration(TwoEventfds.class, Unnamed.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasStackTraceContaining("@EventfdListener")
				.hasStackTraceContaining("first, second");
		});
		this.runner.withUserConfiguration(OneEventfd.class, Missing.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasStackTraceContaining("Missing.changed")
				.hasStackTraceContaining("nobodysBean");
		});
	}

	@Test
	void contextWhenTwoListenToOneEventfdFails() {
		this.runner.withUserConfiguration(OneEventfd.class, Unnamed.class, Unnamed2.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasStackTraceContaining("another listener has");
		});
	}

	@Test
	void asyncEventsAreABean() {
		this.runner.run((context) -> {
			EventfdFactory factory = context.getBean(EventfdFactory.class);
			Eventfd eventfd = factory.open();
			try (AsyncEventQueue<Long> queue = context.getBean(AsyncEvents.class).queue(eventfd)) {
				eventfd.increment(2);
				assertThat(queue.take()).isEqualTo(2);
				StringBuilder thread = new StringBuilder();
				var next = queue.next()
					.thenAccept((value) -> thread.append(Thread.currentThread().getName()))
					.toCompletableFuture();
				eventfd.increment(2);
				next.join();
				assertThat(thread.toString()).startsWith("linuxfd-dispatch-");
			}
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class OneEventfd {

		@Bean
		Eventfd only(EventfdFactory eventfds) {
			return eventfds.open();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoEventfds {

		@Bean
		Eventfd first(EventfdFactory eventfds) {
			return eventfds.open();
		}

		@Bean
		Eventfd second(EventfdFactory eventfds) {
			return eventfds.open(0, Flags.of(EventfdFlag.SEMAPHORE));
		}

	}

	static class Named {

		final List<EventfdEvent> first = new CopyOnWriteArrayList<>();

		final List<EventfdEvent> second = new CopyOnWriteArrayList<>();

		final List<EventfdEvent> published = new CopyOnWriteArrayList<>();

		@EventfdListener("first")
		void first(EventfdEvent event) {
			this.first.add(event);
		}

		@EventfdListener(eventfd = "${the.eventfd}")
		void second(List<EventfdEvent> events) {
			this.second.addAll(events);
		}

		@EventListener
		void published(EventfdEvent event) {
			this.published.add(event);
		}

	}

	static class Unnamed {

		final List<String> calls = new CopyOnWriteArrayList<>();

		final List<EventSourceFailedEvent> failures = new CopyOnWriteArrayList<>();

		@EventfdListener(dispatch = Dispatch.LOOP)
		void changed() {
			this.calls.add(Thread.currentThread().getName());
		}

		@EventListener
		void failed(EventSourceFailedEvent event) {
			this.failures.add(event);
		}

	}

	static class Unnamed2 {

		@EventfdListener
		void changed() {
		}

	}

	static class Missing {

		@EventfdListener("nobodysBean")
		void changed() {
		}

	}

}
