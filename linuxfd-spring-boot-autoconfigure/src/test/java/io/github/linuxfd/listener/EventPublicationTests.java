package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;

import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.signalfd.SignalEvent;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link EventPublication}.
 *
 * @author linuxfd
 */
class EventPublicationTests {

	private static final InotifyEvent EVENT = new InotifyEvent(null, 0x4000, 0, null, false);

	@Test
	void publicationWhenAWholeBootApplicationDoesNotListenIsNotWanted() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(BootApplication.class)
			.properties("spring.main.banner-mode=off")
			.run()) {
			assertThat(new EventPublication(context, InotifyEvent.class).isWanted()).isFalse();
			assertThat(new EventPublication(context, SignalEvent.class).isWanted()).isTrue();
		}
	}

	@Test
	void publicationWhenListenerIsAddedLaterIsWantedFromThenOn() {
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.refresh();
			EventPublication publication = new EventPublication(context, InotifyEvent.class);
			assertThat(publication.isWanted()).isFalse();
			List<Object> received = new ArrayList<>();
			ApplicationListener<PayloadApplicationEvent<InotifyEvent>> listener = ApplicationListener
				.forPayload(received::add);
			context.addApplicationListener(listener);
			assertThat(publication.isWanted()).isTrue();
			publication.publish(EVENT);
			assertThat(received).containsExactly(EVENT);
			context.removeApplicationListener(listener);
			assertThat(publication.isWanted()).isFalse();
		}
	}

	@Test
	void publicationWhenParentContextListensIsWanted() {
		try (GenericApplicationContext parent = new GenericApplicationContext();
				GenericApplicationContext child = new GenericApplicationContext(parent)) {
			parent.registerBean(InotifyListening.class);
			parent.refresh();
			child.refresh();
			assertThat(new EventPublication(child, InotifyEvent.class).isWanted()).isTrue();
			assertThat(new EventPublication(child, SignalEvent.class).isWanted()).isFalse();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class BootApplication {

		@EventListener
		void on(SignalEvent event) {
		}

	}

	static class InotifyListening implements ApplicationListener<PayloadApplicationEvent<InotifyEvent>> {

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<InotifyEvent> event) {
		}

	}

}
