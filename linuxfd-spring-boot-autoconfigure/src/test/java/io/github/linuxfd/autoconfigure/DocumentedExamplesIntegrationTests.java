package io.github.linuxfd.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.PreDestroy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.annotation.EventfdListener;
import io.github.linuxfd.annotation.FdListener;
import io.github.linuxfd.event.EventfdEvent;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.AsyncEventQueue;
import io.github.linuxfd.eventloop.AsyncEvents;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The examples of {@code docs/async.md} and {@code docs/descriptors.md}, word by word
 * where they stand alone.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class DocumentedExamplesIntegrationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	@Test
	void queueOfArrivals(@TempDir Path inbox) {
		this.runner.withPropertyValues("inbox=" + inbox).withUserConfiguration(Arrivals.class).run((context) -> {
			Arrivals arrivals = context.getBean(Arrivals.class);
			Files.writeString(inbox.resolve("a"), "a");
			assertThat(arrivals.next()).isEqualTo(inbox.resolve("a"));
			CompletionStage<Path> soon = arrivals.soon();
			Files.writeString(inbox.resolve("b"), "b");
			assertThat(soon.toCompletableFuture().get(10, TimeUnit.SECONDS)).isEqualTo(inbox.resolve("b"));
		});
	}

	@Test
	void fluxOfTicks() {
		this.runner.run((context) -> {
			Flux<Long> ticks = ticks(context.getBean(TimerfdFactory.class), context.getBean(AsyncEvents.class));
			assertThat(ticks.take(3).collectList().block(Duration.ofSeconds(10))).hasSize(3)
				.allSatisfy((count) -> assertThat(count).isPositive());
		});
	}

	private static Flux<Long> ticks(TimerfdFactory timers, AsyncEvents async) {
		Timerfd timer = timers.open();
		timer.setTime(TimerSetting.every(Duration.ofMillis(10)));
		return JdkFlowAdapter.flowPublisherToFlux(async.publisher(timer)).map(TimerEvent::expirations);
	}

	@Test
	void doorbellAndLibrary() {
		this.runner.withUserConfiguration(Doorbell.class).run((context) -> {
			Doorbell bean = context.getBean(Doorbell.class);
			Library library = context.getBean(Library.class);
			try (FdLoan lent = context.getBean("doorbell", Eventfd.class).fd().lend()) {
				library.ring(lent.number());
			}
			await().until(() -> bean.rings.size() == 1);
			assertThat(bean.rings.get(0).value()).isEqualTo(1);
			library.ring(library.eventFd);
			await().until(() -> library.dispatched == 1);
			assertThat(context.getBean("events", OwnedFd.class).isOpen()).isTrue();
		});
	}

	static class Arrivals {

		private final AsyncEventQueue<InotifyEvent> queue;

		Arrivals(InotifyFactory inotifies, AsyncEvents async, @Value("${inbox}") Path inbox) {
			Inotify inotify = inotifies.open();
			inotify.addWatch(inbox, Flags.of(InotifyEventFlag.CLOSE_WRITE));
			this.queue = async.queue(inotify);
		}

		Path next() throws InterruptedException {
			return this.queue.take().path();
		}

		CompletionStage<Path> soon() {
			return this.queue.next().thenApply(InotifyEvent::path);
		}

		@PreDestroy
		void close() {
			this.queue.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Doorbell {

		private final List<EventfdEvent> rings = new CopyOnWriteArrayList<>();

		@Bean
		Eventfd doorbell(EventfdFactory eventfds) {
			return eventfds.open();
		}

		@Bean
		static Library library() {
			return new Library();
		}

		@Bean
		OwnedFd events(Syscalls syscalls, Library library) {
			return OwnedFd.duplicateOf(syscalls, library.eventFd, "library");
		}

		@EventfdListener("doorbell")
		void rung(EventfdEvent event) {
			this.rings.add(event);
		}

		@Bean
		Dispatching dispatching(Library library) {
			return new Dispatching(library);
		}

	}

	static class Dispatching {

		private final Library library;

		Dispatching(Library library) {
			this.library = library;
		}

		@FdListener("events")
		void ready(FdEvent event) {
			assertThat(event.isReadable()).isTrue();
			this.library.dispatch();
		}

	}

	/** Stands for a native one, with a descriptor that is not ours. */
	static class Library implements AutoCloseable {

		private final Syscalls nativeCode = Syscalls.system();

		private final int eventFd = this.nativeCode.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK);

		private volatile int dispatched;

		void ring(int number) {
			try (NativeMemory one = NativeMemory.allocate(Long.BYTES)) {
				one.bytes().putLong(0, 1);
				this.nativeCode.write(number, one.address(), Long.BYTES);
			}
		}

		void dispatch() {
			try (NativeMemory value = NativeMemory.allocate(Long.BYTES)) {
				this.nativeCode.read(this.eventFd, value.address(), Long.BYTES);
				this.dispatched += (int) value.bytes().getLong(0);
			}
		}

		@Override
		public void close() {
			this.nativeCode.close(this.eventFd);
		}

	}

}
