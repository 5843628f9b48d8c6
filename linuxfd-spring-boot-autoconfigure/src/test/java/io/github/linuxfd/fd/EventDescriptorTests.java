package io.github.linuxfd.fd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventfd.EventfdFlag;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link EventDescriptor}, by the facilities that build on it.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class EventDescriptorTests {

	private static final Flags<InotifyEventFlag> CREATE = Flags.of(InotifyEventFlag.CREATE);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final EventfdFactory eventfds = new EventfdFactory(this.faults.syscalls());

	private final InotifyFactory inotifies = new InotifyFactory(this.faults.syscalls());

	@TempDir
	private Path directory;

	@Test
	void pollEventWhenThereIsNoneReturnsNull() {
		try (Eventfd eventfd = this.eventfds.open()) {
			assertThat(eventfd.pollEvent()).isNull();
			assertThat(eventfd.readEvents()).isEmpty();
			assertThat(eventfd.await(Duration.ZERO)).isFalse();
			assertThat(eventfd.pollEvent(Duration.ZERO)).isNull();
			assertThat(eventfd.pollEvent(Duration.ofSeconds(-1))).isNull();
		}
	}

	@Test
	void pollEventWithTimeoutNeverReturnsEarly() {
		try (Eventfd eventfd = this.eventfds.open()) {
			for (int micros : new int[] { 1, 500, 1000, 1500, 20_500 }) {
				long startNanos = System.nanoTime();
				assertThat(eventfd.pollEvent(Duration.ofNanos(micros * 1000L))).isNull();
				assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(micros * 1000L);
			}
		}
	}

	@Test
	void waitWhenTimeoutIsAsLongAsCanBeWaits() throws Exception {
		for (Duration timeout : List.of(Duration.ofNanos(Long.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE))) {
			try (Eventfd eventfd = this.eventfds.open()) {
				AtomicReference<Object> result = new AtomicReference<>();
				Thread waiter = new Thread(() -> {
					try {
						result.set(eventfd.await(timeout) && Long.valueOf(5).equals(eventfd.pollEvent(timeout)));
					}
					catch (RuntimeException ex) {
						result.set(ex);
					}
				});
				waiter.start();
				Awaitility.await().until(() -> this.faults.count("poll") > 0 || result.get() != null);
				assertThat(result.get()).as("before anything happened, %s", timeout).isNull();
				eventfd.increment(5);
				waiter.join();
				assertThat(result.get()).as("%s", timeout).isEqualTo(true);
			}
		}
	}

	@Test
	void readEventWhenOneComesLaterWaits() throws Exception {
		try (Eventfd eventfd = this.eventfds.open()) {
			Thread later = new Thread(() -> {
				Awaitility.await().until(() -> this.faults.count("poll") == 1);
				eventfd.increment(3);
			});
			later.start();
			assertThat(eventfd.readEvent()).isEqualTo(3);
			later.join();
		}
	}

	@Test
	void readEventsReturnsCachedEventsFirst() throws Exception {
		try (Inotify inotify = this.inotifies.open()) {
			inotify.addWatch(this.directory, CREATE);
			create("a", "b", "c");
			assertThat(inotify.pollEvent()).extracting(InotifyEvent::name).isEqualTo("a");
			create("d");
			assertThat(inotify.await(Duration.ZERO)).isTrue();
			assertThat(inotify.readEvents()).extracting(InotifyEvent::name).containsExactly("b", "c", "d");
			assertThat(inotify.readEvents()).isEmpty();
		}
	}

	@Test
	void readEventsWhenCounterIsASemaphoreReturnsAllThereAre() {
		try (Eventfd eventfd = this.eventfds.open(3, Flags.of(EventfdFlag.SEMAPHORE))) {
			assertThat(eventfd.readEvents()).containsExactly(1L, 1L, 1L);
		}
	}

	@Test
	void readEventsWhenMoreThanOneBufferIsThereReadsAll() throws Exception {
		try (Inotify inotify = this.inotifies.open()) {
			inotify.addWatch(this.directory, CREATE);
			for (int i = 0; i < 600; i++) {
				create("n".repeat(240) + i);
			}
			assertThat(inotify.readEvents()).hasSize(600);
			assertThat(this.faults.count("read")).isGreaterThan(2);
		}
	}

	@Test
	void readEventsWhenAReadFailsKeepsWhatWasReadBefore() throws Exception {
		try (Inotify inotify = this.inotifies.open()) {
			inotify.addWatch(this.directory, CREATE);
			create("a", "b", "c");
			assertThat(inotify.pollEvent()).isNotNull();
			this.faults.fail("read", 1, Errno.EIO);
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(inotify::readEvents);
			assertThat(inotify.readEvents()).extracting(InotifyEvent::name).containsExactly("b", "c");
		}
	}

	@Test
	void readWhenItFailsSaysWhy() {
		try (Eventfd eventfd = this.eventfds.open()) {
			this.faults.fail("read", 1, Errno.EIO);
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(eventfd::pollEvent)
				.withMessageStartingWith("read(Eventfd[eventfd descriptor ")
				.withMessageEndingWith("failed: EIO (Input/output error)");
			this.faults.fail("read", 1, new Errno(4711));
			assertThatExceptionOfType(SyscallUnknownException.class).isThrownBy(eventfd::readEvent);
			this.faults.fail("read", 1, Errno.EAGAIN);
			assertThat(eventfd.pollEvent()).isNull();
			eventfd.increment(1);
			this.faults.shortRead(7);
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(eventfd::pollEvent);
			assertThat(eventfd.pollEvent()).as("still usable").isEqualTo(1);
		}
	}

	@Test
	void waitWhenPollFailsSaysWhyAndHoldsNothing() {
		Eventfd eventfd = this.eventfds.open();
		this.faults.fail("poll", 1, Errno.ENOMEM);
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(eventfd::readEvent)
			.withMessageContaining("ENOMEM");
		this.faults.fail("eventfd", 1, Errno.EMFILE);
		eventfd.close();
		try (Eventfd other = this.eventfds.open()) {
			this.faults.fail("eventfd", 1, Errno.EMFILE);
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(other::readEvent);
			other.increment(1);
			assertThat(other.readEvent()).isEqualTo(1);
		}
		catch (SyscallSystemException ex) {
			this.faults.heal();
		}
	}

	@Test
	void drainWhenCalledBySinkIsRefused() {
		try (Eventfd eventfd = this.eventfds.open()) {
			eventfd.increment(1);
			AtomicReference<Throwable> refusal = new AtomicReference<>();
			eventfd.drain((value) -> {
				try {
					eventfd.drain((other) -> {
					});
				}
				catch (IllegalStateException ex) {
					refusal.set(ex);
				}
			});
			assertThat(refusal.get()).hasMessageContaining("is being read by this very thread");
			eventfd.increment(2);
			assertThat(eventfd.drain((value) -> {
			})).isEqualTo(8);
		}
	}

	@Test
	void drainWhenSinkClosesFinishesTheBatchFirst() throws Exception {
		Inotify inotify = this.inotifies.open();
		inotify.addWatch(this.directory, CREATE);
		create("a", "b", "c");
		List<String> names = new ArrayList<>();
		inotify.drain((event) -> {
			if (inotify.isOpen()) {
				inotify.close();
			}
			names.add(event.name());
		});
		assertThat(names).containsExactly("a", "b", "c");
		assertThatIllegalStateException().isThrownBy(inotify::pollEvent);
	}

	@Test
	void callsWhenClosedAreRefused() {
		Eventfd eventfd = this.eventfds.open();
		eventfd.close();
		assertThat(eventfd.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(eventfd::close);
		assertThatIllegalStateException().isThrownBy(eventfd::pollEvent);
		assertThatIllegalStateException().isThrownBy(eventfd::readEvent);
		assertThatIllegalStateException().isThrownBy(eventfd::readEvents);
		assertThatIllegalStateException().isThrownBy(() -> eventfd.await(Duration.ZERO));
		assertThatIllegalStateException().isThrownBy(() -> eventfd.pollEvent(Duration.ofDays(1)));
		assertThatIllegalStateException().isThrownBy(() -> eventfd.increment(1));
		assertThat(eventfd.iterator().hasNext()).isFalse();
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> eventfd.iterator().next());
	}

	@Test
	void iteratorEndsWhenClosed() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		List<Long> values = new CopyOnWriteArrayList<>();
		Thread reader = new Thread(() -> {
			for (long value : eventfd) {
				values.add(value);
			}
		});
		reader.start();
		eventfd.increment(7);
		Awaitility.await().until(() -> values.size() == 1);
		eventfd.increment(8);
		Awaitility.await().until(() -> values.size() == 2);
		eventfd.close();
		reader.join();
		assertThat(values).containsExactly(7L, 8L);
	}

	@Test
	void iteratorWhenReadFailsThrows() {
		try (Eventfd eventfd = this.eventfds.open()) {
			this.faults.fail("read", 1, Errno.EIO);
			Iterator<Long> values = eventfd.iterator();
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(values::hasNext);
		}
	}

	@Test
	void closeWakesAllWhoWait() throws Exception {
		for (int round = 0; round < 50; round++) {
			Eventfd eventfd = this.eventfds.open();
			CountDownLatch woken = new CountDownLatch(4);
			for (int i = 0; i < 4; i++) {
				boolean timed = i % 2 == 0;
				new Thread(() -> {
					try {
						if (timed) {
							eventfd.pollEvent(Duration.ofDays(1));
						}
						else {
							eventfd.readEvent();
						}
					}
					catch (IllegalStateException ex) {
						woken.countDown();
					}
				}).start();
			}
			if (round % 2 == 0) {
				int before = round / 2 * 4;
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> this.faults.count("poll") >= Math.min(before, 4));
			}
			eventfd.close();
			assertThat(woken.await(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void eventsWhenSeveralThreadsWaitGoToOneOfThemEach() throws Exception {
		int files = 1000;
		Set<String> seen = ConcurrentHashMap.newKeySet();
		Queue<String> twice = new ConcurrentLinkedQueue<>();
		CountDownLatch ended = new CountDownLatch(4);
		Inotify inotify = this.inotifies.open();
		inotify.addWatch(this.directory, CREATE);
		for (int i = 0; i < 4; i++) {
			new Thread(() -> {
				for (InotifyEvent event : inotify) {
					if (!seen.add(String.valueOf(event.name()))) {
						twice.add(String.valueOf(event.name()));
					}
				}
				ended.countDown();
			}).start();
		}
		for (int i = 0; i < files; i++) {
			create("file" + i);
		}
		Awaitility.await().until(() -> seen.size() == files);
		inotify.close();
		assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(twice).isEmpty();
	}

	/**
	 * One thread reads a batch and takes the first event only; the others of the batch
	 * are no longer in the kernel, and a thread that waits must be told of them.
	 */
	@Test
	void waiterWhenAnotherThreadHasReadItsEventIsWoken() throws Exception {
		try (Inotify inotify = this.inotifies.open()) {
			inotify.addWatch(this.directory, CREATE);
			CountDownLatch polling = new CountDownLatch(1);
			CountDownLatch batchTaken = new CountDownLatch(1);
			AtomicReference<String> name = new AtomicReference<>();
			// the waiter has found nothing and is about to wait
			int first = this.faults.count("poll") + 1;
			this.faults.answer("poll", first, first, (poll) -> {
				polling.countDown();
				batchTaken.await(30, TimeUnit.SECONDS);
				return poll.call();
			});
			Thread waiter = new Thread(() -> {
				InotifyEvent event = inotify.pollEvent(Duration.ofDays(1));
				name.set((event != null) ? event.name() : "nothing");
			});
			waiter.start();
			assertThat(polling.await(10, TimeUnit.SECONDS)).isTrue();
			create("first", "second");
			assertThat(inotify.pollEvent()).extracting(InotifyEvent::name).isEqualTo("first");
			batchTaken.countDown();
			waiter.join(20_000);
			assertThat(name.get()).as("20 s after the event").isEqualTo("second");
			waiter.join();
		}
	}

	private void create(String... names) throws IOException {
		for (String name : names) {
			Files.createFile(this.directory.resolve(name));
		}
	}

}
