package io.github.linuxfd.sample;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter.DataWithMediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import io.github.linuxfd.sample.LiveEvent.Kind;
import io.github.linuxfd.sample.LiveFeed.Message;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LiveFeed} and {@link Browser}.
 *
 * @author linuxfd
 */
@Timeout(120)
class LiveFeedTests {

	private final LiveFeed feed = new LiveFeed(new RunningTotals(new SimpleMeterRegistry()));

	@AfterEach
	void close() {
		this.feed.close();
	}

	@Test
	void connectSendsTheLatestEvents() {
		publish(LiveFeed.LINES + 20);
		TestEmitter emitter = connect();
		Awaitility.await().until(() -> emitter.texts().size() == LiveFeed.LINES);
		assertThat(emitter.texts()).startsWith("20").endsWith("119");
	}

	@Test
	void publishReachesEveryBrowser() {
		TestEmitter first = connect();
		TestEmitter second = connect();
		publish(3);
		Awaitility.await().until(() -> first.texts().size() == 3 && second.texts().size() == 3);
		assertThat(first.texts()).containsExactly("0", "1", "2");
	}

	@Test
	void publishWhenABrowserIsStuckGoesOn() {
		TestEmitter stuck = connect();
		stuck.stuck = new CountDownLatch(1);
		publish(1);
		Awaitility.await().untilTrue(stuck.sending);
		publish(10_000);
		TestEmitter other = connect();
		Awaitility.await().until(() -> other.texts().size() == LiveFeed.LINES);
		stuck.stuck.countDown();
		Awaitility.await().until(() -> stuck.messages.stream().anyMatch((message) -> message.skipped() > 0));
		long skipped = stuck.messages.stream().mapToLong(Message::skipped).sum();
		assertThat(skipped + stuck.texts().size()).isEqualTo(10_001);
		assertThat(stuck.texts()).endsWith("9999");
	}

	@Test
	void publishWhenManyEventsComeJoinsThem() {
		long startNanos = System.nanoTime();
		TestEmitter emitter = connect();
		Awaitility.await().until(() -> emitter.messages.size() == 1);
		publish(90);
		Awaitility.await().until(() -> emitter.texts().size() == 90);
		// the snapshot, and one after each pause
		long pauses = (System.nanoTime() - startNanos) / Browser.PAUSE.toNanos();
		assertThat((long) emitter.messages.size()).isLessThanOrEqualTo(1 + pauses);
	}

	@Test
	void publishWhenBrowserIsGoneForgetsIt() {
		TestEmitter emitter = connect();
		emitter.gone = true;
		publish(1);
		Awaitility.await().until(() -> this.feed.browserCount() == 0);
	}

	@Test
	void closeCompletesTheResponsesAndRefusesNewOnes() {
		TestEmitter emitter = connect();
		this.feed.close();
		Awaitility.await().untilTrue(emitter.completed);
		Awaitility.await().until(() -> this.feed.browserCount() == 0);
		assertThat(this.feed.connect(new TestEmitter())).isFalse();
	}

	private TestEmitter connect() {
		TestEmitter emitter = new TestEmitter();
		assertThat(this.feed.connect(emitter)).isTrue();
		return emitter;
	}

	private void publish(int count) {
		for (int i = 0; i < count; i++) {
			this.feed.publish(LiveEvent.of(Kind.NOTICE, null, "" + i));
		}
	}

	private static final class TestEmitter extends SseEmitter {

		private final List<Message> messages = new CopyOnWriteArrayList<>();

		private final AtomicBoolean completed = new AtomicBoolean();

		private final AtomicBoolean sending = new AtomicBoolean();

		private volatile CountDownLatch stuck = new CountDownLatch(0);

		private volatile boolean gone;

		@Override
		public void send(SseEventBuilder builder) throws IOException {
			this.sending.set(this.stuck.getCount() > 0);
			try {
				this.stuck.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			if (this.gone) {
				throw new IOException("Broken pipe");
			}
			Set<DataWithMediaType> parts = builder.build();
			parts.stream()
				.map(DataWithMediaType::getData)
				.filter(Message.class::isInstance)
				.map(Message.class::cast)
				.forEach(this.messages::add);
		}

		@Override
		public void complete() {
			this.completed.set(true);
		}

		List<String> texts() {
			return this.messages.stream().flatMap((message) -> message.events().stream()).map(LiveEvent::text).toList();
		}

	}

}
