package io.github.linuxfd.eventloop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.fanotify.Fanotify;
import io.github.linuxfd.fanotify.FanotifyClass;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.fanotify.FanotifyInitFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.testsupport.EnabledIfCapability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link AsyncEventPublisher}, by the rules of reactive streams.
 *
 * @author linuxfd
 */
class AsyncEventPublisherTests extends AsyncEventsTestSupport {

	@Test
	void eventsComeAsFarAsTheyAreAskedForAndTheKernelHoldsTheRest() throws Exception {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		Recording<Long> subscriber = new Recording<>(0);
		try (AsyncEventPublisher<Long> publisher = this.async.publisher(eventfd)) {
			publisher.subscribe(subscriber);
			assertThat(AsyncEventQueueTests.counter(eventfd)).as("nothing was asked for").isEqualTo(10);
			subscriber.subscription.request(3);
			await().until(() -> subscriber.events.size() == 3);
			this.loop.call(() -> {
			});
			assertThat(AsyncEventQueueTests.counter(eventfd)).isEqualTo(7);
			subscriber.subscription.request(1);
			subscriber.subscription.request(2);
			await().until(() -> subscriber.events.size() == 6);
			assertThat(AsyncEventQueueTests.counter(eventfd)).isEqualTo(4);
			subscriber.subscription.request(Long.MAX_VALUE);
			subscriber.subscription.request(Long.MAX_VALUE);
			await().until(() -> subscriber.events.size() == 10);
			eventfd.increment(5);
			await().until(() -> subscriber.events.size() == 15);
			assertThat(subscriber.signals).as("no end yet").containsExactly("onSubscribe");
			assertThat(subscriber.threads).isNotEmpty().doesNotContain("linuxfd-loop");
		}
		await().until(() -> subscriber.signals.contains("onComplete"));
	}

	@Test
	void loopWhenNothingIsAskedForSleeps() {
		Recording<Long> subscriber = new Recording<>(0);
		try (AsyncEventPublisher<Long> publisher = this.async.publisher(this.eventfds.open(10, SEMAPHORE))) {
			publisher.subscribe(subscriber);
			this.loop.call(() -> {
			});
			long before = this.loop.wakeups();
			await().during(Duration.ofMillis(50)).until(() -> this.loop.wakeups() <= before + 1);
		}
	}

	@Test
	void eventsWhenAskedForOneByOneAreAllThereInOrder(@TempDir Path directory) throws Exception {
		int files = 2000;
		Inotify inotify = new InotifyFactory(this.faults.syscalls()).open();
		inotify.addWatch(directory, Flags.of(InotifyEventFlag.CREATE));
		Recording<InotifyEvent> subscriber = new Recording<>(1);
		subscriber.afterEach = (event) -> subscriber.subscription.request(1);
		try (AsyncEventPublisher<InotifyEvent> publisher = this.async.publisher(inotify)) {
			publisher.subscribe(subscriber);
			for (int i = 0; i < files; i++) {
				Files.createFile(directory.resolve("f" + i));
			}
			await().until(() -> subscriber.events.size() == files);
		}
		assertThat(subscriber.events).extracting(InotifyEvent::name)
			.containsExactlyElementsOf(IntStream.range(0, files).mapToObj((i) -> "f" + i).toList());
		assertThat(subscriber.atOnce.get()).as("signals at the same time").isEqualTo(1);
	}

	@Test
	void closeCompletesAfterWhatWasReadHasBeenAskedFor(@TempDir Path directory) throws Exception {
		Inotify inotify = new InotifyFactory(this.faults.syscalls()).open();
		inotify.addWatch(directory, Flags.of(InotifyEventFlag.CREATE));
		for (String name : List.of("a", "b", "c")) {
			Files.createFile(directory.resolve(name));
		}
		Recording<InotifyEvent> subscriber = new Recording<>(1);
		AsyncEventPublisher<InotifyEvent> publisher = this.async.publisher(inotify);
		publisher.subscribe(subscriber);
		await().until(() -> subscriber.events.size() == 1);
		publisher.close();
		await().until(() -> !inotify.isOpen());
		assertThat(subscriber.signals).containsExactly("onSubscribe");
		subscriber.subscription.request(5);
		await().until(() -> subscriber.signals.contains("onComplete"));
		assertThat(subscriber.events).extracting(InotifyEvent::name).containsExactly("a", "b", "c");
		publisher.close();
		subscriber.subscription.request(1);
		subscriber.subscription.cancel();
		assertThat(subscriber.signals).containsExactly("onSubscribe", "onComplete");
	}

	@Test
	void closeBeforeThereIsASubscriberClosesTheDescriptorAndCompletes() {
		Eventfd eventfd = this.eventfds.open();
		AsyncEventPublisher<Long> publisher = this.async.publisher(eventfd);
		publisher.close();
		publisher.close();
		assertThat(eventfd.isOpen()).isFalse();
		Recording<Long> subscriber = new Recording<>(1);
		publisher.subscribe(subscriber);
		assertThat(subscriber.signals).containsExactly("onSubscribe", "onComplete");
	}

	@Test
	void descriptorWhenClosedByItsOwnerCompletes() {
		Eventfd eventfd = this.eventfds.open();
		Recording<Long> subscriber = new Recording<>(1);
		this.async.publisher(eventfd).subscribe(subscriber);
		eventfd.close();
		await().until(() -> subscriber.signals.contains("onComplete"));
		assertThat(this.loop.sourceCount()).isZero();
	}

	@Test
	void loopWhenClosedCompletes() {
		Recording<Long> subscriber = new Recording<>(1);
		this.async.publisher(this.eventfds.open()).subscribe(subscriber);
		this.loop.close();
		await().until(() -> subscriber.signals.contains("onComplete"));
		subscriber.subscription.cancel();
	}

	@Test
	void readWhenItFailsIsAnError() {
		Eventfd eventfd = this.eventfds.open();
		Recording<Long> subscriber = new Recording<>(1);
		this.async.publisher(eventfd).subscribe(subscriber);
		this.faults.fail("read", 1, Errno.EIO);
		eventfd.increment(1);
		await().until(() -> subscriber.signals.contains("onError"));
		assertThat(subscriber.failures).singleElement().isInstanceOf(SyscallSystemException.class);
		assertThat(eventfd.isOpen()).isFalse();
	}

	@Test
	void loopWhenItDoesNotTakeTheDescriptorIsAnError() {
		Eventfd eventfd = this.eventfds.open();
		this.faults.fail("epollCtl", 1, Errno.ENOSPC);
		Recording<Long> subscriber = new Recording<>(1);
		this.async.publisher(eventfd).subscribe(subscriber);
		await().until(() -> subscriber.signals.contains("onError"));
		assertThat(subscriber.signals).containsExactly("onSubscribe", "onError");
		assertThat(subscriber.failures).singleElement().asString().contains("epoll_ctl").contains("ENOSPC");
		assertThat(eventfd.isOpen()).isFalse();
	}

	@Test
	void cancelEndsTheSignalsAndClosesTheDescriptor() {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		Recording<Long> subscriber = new Recording<>(5);
		subscriber.afterEach = (event) -> {
			if (subscriber.events.size() == 2) {
				subscriber.subscription.cancel();
			}
		};
		this.async.publisher(eventfd).subscribe(subscriber);
		await().until(() -> !eventfd.isOpen());
		subscriber.subscription.cancel();
		subscriber.subscription.request(5);
		subscriber.subscription.request(-1);
		this.loop.call(() -> {
		});
		assertThat(subscriber.events).hasSize(2);
		assertThat(subscriber.signals).containsExactly("onSubscribe");
	}

	@Test
	void cancelInOnSubscribeClosesTheDescriptor() {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		Recording<Long> subscriber = new Recording<>(0) {

			@Override
			public void onSubscribe(Flow.Subscription subscription) {
				super.onSubscribe(subscription);
				subscription.request(1);
				subscription.cancel();
			}

		};
		this.async.publisher(eventfd).subscribe(subscriber);
		await().until(() -> !eventfd.isOpen());
		assertThat(subscriber.events).isEmpty();
		assertThat(subscriber.signals).containsExactly("onSubscribe");
	}

	/** Rule 3.9. */
	@Test
	void requestForNothingIsAnError() {
		for (long count : new long[] { 0, -1, Long.MIN_VALUE }) {
			Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
			Recording<Long> subscriber = new Recording<>(0);
			this.async.publisher(eventfd).subscribe(subscriber);
			subscriber.subscription.request(count);
			await().until(() -> subscriber.signals.contains("onError") && !eventfd.isOpen());
			assertThat(subscriber.failures).singleElement()
				.isInstanceOf(IllegalArgumentException.class)
				.asString()
				.contains("3.9");
			assertThat(subscriber.events).isEmpty();
		}
	}

	/** Rules 1.9 and 1.11. */
	@Test
	void subscriberWhenItIsNotTheFirstIsRefusedAndDisturbsNobody() {
		Eventfd eventfd = this.eventfds.open();
		Recording<Long> first = new Recording<>(1);
		Recording<Long> second = new Recording<>(1);
		try (AsyncEventPublisher<Long> publisher = this.async.publisher(eventfd)) {
			assertThatNullPointerException().isThrownBy(() -> publisher.subscribe(null));
			publisher.subscribe(first);
			publisher.subscribe(second);
			assertThat(second.signals).containsExactly("onSubscribe", "onError");
			assertThat(second.failures).singleElement().isInstanceOf(IllegalStateException.class);
			second.subscription.cancel();
			eventfd.increment(8);
			await().until(() -> first.events.contains(8L));
		}
	}

	/** Rule 2.13. */
	@Test
	void subscriberWhenItThrowsIsCancelled() {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		Recording<Long> subscriber = new Recording<>(5);
		subscriber.afterEach = (event) -> {
			throw new IllegalStateException("on purpose");
		};
		this.async.publisher(eventfd).subscribe(subscriber);
		await().until(() -> !eventfd.isOpen());
		this.loop.call(() -> {
		});
		assertThat(subscriber.events).hasSize(1);
		assertThat(subscriber.signals).containsExactly("onSubscribe");
	}

	/** Rule 3.3: the stack must not grow with each request out of onNext. */
	@Test
	void requestOutOfOnNextDoesNotRecurseEvenOnTheCallersThread() {
		int events = 20_000;
		AsyncEvents direct = new AsyncEvents(this.loop, Runnable::run, 16);
		Eventfd eventfd = this.eventfds.open(events, SEMAPHORE);
		AtomicInteger count = new AtomicInteger();
		Recording<Long> subscriber = new Recording<>(1) {

			@Override
			public void onNext(Long event) {
				count.incrementAndGet();
				this.subscription.request(1);
			}

		};
		try (AsyncEventPublisher<Long> publisher = direct.publisher(eventfd)) {
			publisher.subscribe(subscriber);
			await().until(() -> count.get() == events);
		}
		await().until(() -> subscriber.signals.contains("onComplete"));
		assertThat(subscriber.failures).isEmpty();
	}

	@Test
	void executorWhenItTakesNoMoreCancels() {
		Eventfd eventfd = this.eventfds.open();
		Recording<Long> subscriber = new Recording<>(1);
		this.async.publisher(eventfd).subscribe(subscriber);
		this.executor.shutdown();
		eventfd.increment(1);
		await().until(() -> !eventfd.isOpen());
		assertThat(subscriber.signals).containsExactly("onSubscribe");
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void eventsWhenCancelledBeforeTheyWereAskedForLeaveNoDescriptorOpen(@TempDir Path directory) throws Exception {
		this.loop.call(() -> {
		});
		int before = OwnedFd.openCount();
		Fanotify fanotify = new FanotifyFactory(this.faults.syscalls()).open(FanotifyClass.NOTIF,
				Flags.none(FanotifyInitFlag.class));
		fanotify.addMark(FanotifyMark.INODE, directory,
				Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
		for (int i = 0; i < 10; i++) {
			Files.writeString(directory.resolve("f" + i), "");
		}
		Recording<FanotifyEvent> subscriber = new Recording<>(1);
		this.async.publisher(fanotify).subscribe(subscriber);
		await().until(() -> subscriber.events.size() == 1);
		assertThat(OwnedFd.openCount() - before).as("one read has brought all").isEqualTo(11);
		subscriber.subscription.cancel();
		subscriber.events.get(0).close();
		await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
	}

	@Test
	void reactorTakesThePublisherThroughItsAdapter() {
		Eventfd eventfd = this.eventfds.open(100, SEMAPHORE);
		Flux<Long> flux = JdkFlowAdapter.flowPublisherToFlux(this.async.publisher(eventfd));
		List<Long> values = flux.map((value) -> value * 3).limitRate(4).take(10).collectList().block();
		assertThat(values).hasSize(10).containsOnly(3L);
		await().until(() -> !eventfd.isOpen());
	}

	/** Remembers all signals; what it does in one is counted. */
	private static class Recording<E> implements Flow.Subscriber<E> {

		final List<E> events = new CopyOnWriteArrayList<>();

		final List<String> signals = new CopyOnWriteArrayList<>();

		final List<Throwable> failures = new CopyOnWriteArrayList<>();

		final List<String> threads = new CopyOnWriteArrayList<>();

		final AtomicInteger inSignals = new AtomicInteger();

		final AtomicInteger atOnce = new AtomicInteger();

		final long first;

		volatile Consumer<E> afterEach = (event) -> {
		};

		volatile Flow.Subscription subscription;

		Recording(long first) {
			this.first = first;
		}

		@Override
		public void onSubscribe(Flow.Subscription subscription) {
			this.subscription = subscription;
			this.signals.add("onSubscribe");
			if (this.first > 0) {
				subscription.request(this.first);
			}
		}

		@Override
		public void onNext(E event) {
			this.atOnce.accumulateAndGet(this.inSignals.incrementAndGet(), Math::max);
			try {
				this.events.add(event);
				this.threads.add(Thread.currentThread().getName());
				this.afterEach.accept(event);
			}
			finally {
				this.inSignals.decrementAndGet();
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.failures.add(failure);
			this.signals.add("onError");
		}

		@Override
		public void onComplete() {
			this.signals.add("onComplete");
		}

	}

}
