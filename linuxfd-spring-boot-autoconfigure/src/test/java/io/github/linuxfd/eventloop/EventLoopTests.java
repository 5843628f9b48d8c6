package io.github.linuxfd.eventloop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link EventLoop}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class EventLoopTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final EpollFactory epolls = new EpollFactory(this.faults.syscalls());

	private final EventfdFactory eventfds = new EventfdFactory(this.faults.syscalls());

	private EventLoop loop = newLoop();

	private int descriptorsBefore;

	private long memoryBefore;

	private EventLoop newLoop() {
		return new EventLoop(this.epolls, this.eventfds, "linuxfd-loop");
	}

	@BeforeEach
	void start() {
		this.descriptorsBefore = OwnedFd.openCount();
		this.memoryBefore = NativeMemory.allocated();
	}

	@AfterEach
	void close() {
		this.loop.close();
	}

	private Eventfd eventfd() {
		return this.eventfds.open();
	}

	/** A duplicate would keep the registration alive, and the loop awake. */
	@Test
	void descriptorWhenClosedWhileItIsRegisteredIsTakenOutAgain() throws Exception {
		this.loop.call(() -> {
		});
		Eventfd eventfd = eventfd();
		int number = number(eventfd);
		OwnedFd duplicate = eventfd.fd().duplicateForChild();
		Thread closing = new Thread(eventfd::close);
		int next = this.faults.count("epollCtl") + 1;
		this.faults.answer("epollCtl", next, next, (call) -> {
			long result = call.call();
			closing.start();
			// has closed it, or waits for the loop
			Awaitility.await().until(() -> !eventfd.isOpen() || closing.getState() == Thread.State.TIMED_WAITING);
			return result;
		});
		CountDownLatch ended = new CountDownLatch(1);
		this.loop.register(DescriptorSource.borrowing(this.loop, eventfd, new Recorder() {

			@Override
			public void ended() {
				ended.countDown();
			}

		}));
		closing.join();
		assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
		assertThat(registrations(number)).isZero();
		duplicate.close();
	}

	/** As the first of them is told, the second comes. */
	@Test
	void descriptorWhenRegisteredWhileItIsClosedIsTakenOutAgain() throws Exception {
		Eventfd eventfd = eventfd();
		int number = number(eventfd);
		OwnedFd duplicate = eventfd.fd().duplicateForChild();
		eventfd.fd()
			.beforeClose(() -> this.loop.register(DescriptorSource.borrowing(this.loop, eventfd, new Recorder())));
		eventfd.close();
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
		assertThat(registrations(number)).isZero();
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.register(DescriptorSource.borrowing(this.loop, eventfd, new Recorder())))
			.withMessageContaining("is closed");
		assertThat(this.loop.sourceCount()).isZero();
		duplicate.close();
	}

	/** A duplicate would keep the registration alive in the one that is not told. */
	@Test
	void descriptorInTwoLoopsLeavesBothBeforeItIsClosed() throws Exception {
		try (EventLoop other = newLoop()) {
			Eventfd eventfd = eventfd();
			int number = number(eventfd);
			OwnedFd duplicate = eventfd.fd().duplicateForChild();
			Recorder first = new Recorder();
			Recorder second = new Recorder();
			this.loop.register(DescriptorSource.borrowing(this.loop, eventfd, first));
			DescriptorSource<Long> source = DescriptorSource.borrowing(other, eventfd, second);
			other.register(source);
			other.cancel(source);
			other.register(source);
			assertThat(registrations(number)).isEqualTo(2);
			eventfd.close();
			assertThat(this.loop.sourceCount()).isZero();
			assertThat(other.sourceCount()).isZero();
			assertThat(registrations(number)).isZero();
			assertThat(first.failures).isEmpty();
			assertThat(second.failures).isEmpty();
			duplicate.close();
		}
	}

	/** Neither waits for the other, and both descriptors leave epoll all the same. */
	@Test
	void descriptorsWhenTwoLoopsCloseEachOthersAreClosedAtOnce() throws Exception {
		try (EventLoop other = newLoop()) {
			Eventfd first = eventfd();
			Eventfd second = eventfd();
			int number = number(first);
			OwnedFd duplicate = first.fd().duplicateForChild();
			int descriptors = OwnedFd.openCount();
			this.loop.register(DescriptorSource.borrowing(this.loop, first, new Recorder()));
			other.register(DescriptorSource.borrowing(other, second, new Recorder()));
			CyclicBarrier together = new CyclicBarrier(2);
			CountDownLatch closed = new CountDownLatch(2);
			this.loop.execute(() -> closeTogether(together, second, closed));
			other.execute(() -> closeTogether(together, first, closed));
			assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
			Awaitility.await().until(() -> OwnedFd.openCount() == descriptors - 2);
			assertThat(this.loop.sourceCount() + other.sourceCount()).isZero();
			assertThat(registrations(number)).isZero();
			duplicate.close();
		}
	}

	/**
	 * The other loop's thread has said that it closes, and does not wait: whatever is
	 * done until the loop hears of it must not leave the descriptor in epoll.
	 */
	@ParameterizedTest
	@EnumSource
	void descriptorWhenAnotherLoopClosesItIsTakenOutWhateverComesBetween(Between between) throws Exception {
		try (EventLoop other = newLoop()) {
			Eventfd eventfd = eventfd();
			int number = number(eventfd);
			OwnedFd duplicate = eventfd.fd().duplicateForChild();
			int descriptors = OwnedFd.openCount();
			AtomicInteger ended = new AtomicInteger();
			Recorder recorder = new Recorder() {

				@Override
				public void ended() {
					ended.incrementAndGet();
				}

			};
			DescriptorSource<Long> source = DescriptorSource.borrowing(this.loop, eventfd, recorder);
			this.loop.register(source);
			Eventfd trigger = eventfd();
			Recorder triggered = new Recorder((value) -> {
				between.before(this.loop, source);
				other.execute(eventfd::close);
				Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> !eventfd.isOpen());
				between.after(this.loop, source);
			});
			DescriptorSource<Long> triggering = new DescriptorSource<>(this.loop, trigger, triggered);
			this.loop.register(triggering);
			trigger.increment(1);
			Awaitility.await().until(() -> OwnedFd.openCount() == descriptors);
			this.loop.cancel(triggering);
			assertThat(triggered.failures).isEmpty();
			assertThat(recorder.failures).isEmpty();
			assertThat(ended).hasValue(1);
			assertThat(this.loop.sourceCount()).isZero();
			assertThat(registrations(number)).isZero();
			duplicate.close();
		}
	}

	enum Between {

		NOTHING,

		PAUSE {

			@Override
			void after(EventLoop loop, EventSource source) {
				loop.pause(source, System.nanoTime() + Duration.ofHours(1).toNanos());
			}

		},

		/** The loop asks the source before it runs its commands. */
		END_OF_A_PAUSE {

			@Override
			void before(EventLoop loop, EventSource source) {
				loop.pause(source, System.nanoTime());
			}

		},

		RESUME {

			@Override
			void before(EventLoop loop, EventSource source) {
				loop.suspend(source);
			}

			@Override
			void after(EventLoop loop, EventSource source) {
				loop.resume(source);
			}

		},

		CANCEL {

			@Override
			void after(EventLoop loop, EventSource source) {
				loop.cancel(source);
			}

		};

		void before(EventLoop loop, EventSource source) {
		}

		void after(EventLoop loop, EventSource source) {
		}

	}

	private static void closeTogether(CyclicBarrier together, Eventfd eventfd, CountDownLatch closed) {
		try {
			together.await();
		}
		catch (InterruptedException | BrokenBarrierException ex) {
			throw new IllegalStateException(ex);
		}
		eventfd.close();
		closed.countDown();
	}

	private static int number(Eventfd eventfd) {
		int number = eventfd.fd().acquire();
		eventfd.fd().release();
		return number;
	}

	/** In how many epolls of this process the number was registered and still is. */
	private static long registrations(int number) throws IOException {
		long registrations = 0;
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
			for (Path descriptor : descriptors.toList()) {
				try (Stream<String> lines = Files.lines(descriptor)) {
					registrations += lines.filter((line) -> line.matches("tfd: *" + number + " .*")).count();
				}
				catch (NoSuchFileException ex) {
					continue; // the one that lists the directory
				}
			}
		}
		return registrations;
	}

	/** What epoll has told once is not told again. */
	@ParameterizedTest
	@EnumSource(names = { "PRI", "ET" })
	void readinessThatIsToldOnceIsKeptUntilTheSinkHasRoom(EpollFlag flag) {
		AtomicBoolean room = new AtomicBoolean();
		List<FdEvent> events = new CopyOnWriteArrayList<>();
		try (Eventfd eventfd = eventfd()) {
			ReadinessSource source = new ReadinessSource(this.loop, eventfd.fd(), Flags.of(flag), new EventSink<>() {

				@Override
				public boolean begin() {
					return room.get();
				}

				@Override
				public void accept(FdEvent event) {
					events.add(event);
				}

				@Override
				public void failed(Throwable failure) {
					throw new AssertionError(failure);
				}

			});
			this.loop.register(source);
			this.loop.call(() -> source.ready((int) EpollFlag.PRI.bit()));
			source.resume();
			this.loop.call(() -> source.ready((int) EpollFlag.ERR.bit()));
			assertThat(events).isEmpty();
			room.set(true);
			source.resume();
			Awaitility.await().until(() -> events.size() == 1);
			assertThat(events.get(0).isPriority()).isTrue();
			assertThat(events.get(0).isError()).isTrue();
			this.loop.cancel(source);
		}
	}

	@Test
	void priorityIsOneEventAtATimeAndNoneIsLost() {
		List<FdEvent> events = new CopyOnWriteArrayList<>();
		try (Eventfd eventfd = eventfd()) {
			ReadinessSource source = new ReadinessSource(this.loop, eventfd.fd(), Flags.of(EpollFlag.PRI),
					new EventSink<>() {

						@Override
						public void accept(FdEvent event) {
							events.add(event);
						}

						@Override
						public void failed(Throwable failure) {
							throw new AssertionError(failure);
						}

					});
			this.loop.register(source);
			for (int i = 0; i < 3; i++) {
				this.loop.call(() -> source.ready((int) EpollFlag.PRI.bit()));
			}
			assertThat(events).hasSize(1);
			source.resume();
			Awaitility.await().until(() -> events.size() == 2);
			source.resume();
			this.loop.call(() -> {
			});
			assertThat(events).hasSize(2);
			this.loop.cancel(source);
		}
	}

	@Test
	void eventsAreReadByTheLoopThread() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		assertThat(this.loop.sourceCount()).isEqualTo(1);
		eventfd.increment(3);
		recorder.await(1);
		eventfd.increment(4);
		recorder.await(2);
		assertThat(recorder.values).containsExactly(3L, 4L);
		assertThat(recorder.threads).containsOnly("linuxfd-loop");
		this.loop.cancel(source);
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
		this.loop.cancel(source);
	}

	@Test
	void registerAndCancelFromManyThreads() throws Exception {
		LongAdder received = new LongAdder();
		Thread[] threads = new Thread[8];
		Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> {
				try {
					for (int n = 0; n < 100; n++) {
						Eventfd eventfd = eventfd();
						CountDownLatch arrived = new CountDownLatch(1);
						DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, new Recorder((v) -> {
							received.add(v);
							arrived.countDown();
						}));
						this.loop.register(source);
						eventfd.increment(1);
						if (!arrived.await(10, TimeUnit.SECONDS)) {
							failures.add(new AssertionError("an event is missing"));
						}
						this.loop.cancel(source);
					}
				}
				catch (InterruptedException | RuntimeException ex) {
					failures.add(ex);
				}
			});
			threads[i].start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(failures).isEmpty();
		assertThat(received.sum()).isEqualTo(800);
		assertThat(OwnedFd.openCount()).isEqualTo(this.descriptorsBefore);
	}

	@Test
	void sourceWhenItCancelsItselfInItsCallbackIsClosed() {
		Eventfd eventfd = eventfd();
		AtomicReference<DescriptorSource<Long>> self = new AtomicReference<>();
		Recorder recorder = new Recorder((value) -> this.loop.cancel(source(self)));
		self.set(new DescriptorSource<>(this.loop, eventfd, recorder));
		this.loop.register(source(self));
		eventfd.increment(1);
		Awaitility.await().until(() -> !eventfd.isOpen() && this.loop.sourceCount() == 0);
		assertThat(recorder.failures).isEmpty();
		assertThat(this.loop.isOpen()).isTrue();
		Awaitility.await().until(() -> NativeMemory.allocated() == this.memoryBefore);
	}

	private static DescriptorSource<Long> source(AtomicReference<DescriptorSource<Long>> reference) {
		DescriptorSource<Long> source = reference.get();
		assertThat(source).isNotNull();
		return Objects.requireNonNull(source);
	}

	/**
	 * Both are reported by one epoll_wait(2); whichever comes first cancels the other,
	 * whose report is stale then, even if its number belongs to somebody else by now.
	 */
	@Test
	void sourceWhenCancelledByAnotherOfTheSameBatchIsNotCalled() throws Exception {
		for (int round = 0; round < 50; round++) {
			Eventfd first = eventfd();
			Eventfd second = eventfd();
			List<DescriptorSource<Long>> sources = new ArrayList<>();
			List<DescriptorSource<Long>> replacements = new CopyOnWriteArrayList<>();
			AtomicInteger calls = new AtomicInteger();
			Recorder strangers = new Recorder();
			Recorder recorder = new Recorder((value) -> {
				calls.incrementAndGet();
				int other = first.isOpen() && value == 1 ? 1 : 0;
				this.loop.cancel(sources.get(other));
				// takes the slot and the number that have just become free
				DescriptorSource<Long> replacement = new DescriptorSource<>(this.loop, eventfd(), strangers);
				this.loop.register(replacement);
				replacements.add(replacement);
			});
			sources.add(new DescriptorSource<>(this.loop, first, recorder));
			sources.add(new DescriptorSource<>(this.loop, second, recorder));
			this.loop.call(() -> {
				sources.forEach(this.loop::register);
				first.increment(1);
				second.increment(2);
			});
			Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> calls.get() > 0);
			this.loop.call(() -> {
			});
			assertThat(calls).hasValue(1);
			assertThat(strangers.values).isEmpty();
			assertThat(recorder.failures).isEmpty();
			this.loop.call(() -> {
				sources.forEach(this.loop::cancel);
				replacements.forEach(this.loop::cancel);
			});
			assertThat(this.loop.sourceCount()).isZero();
		}
	}

	@Test
	void sourceWhenSinkHasNoRoomIsNotReadUntilResumed() {
		Eventfd eventfd = eventfd();
		AtomicBoolean room = new AtomicBoolean();
		AtomicInteger asked = new AtomicInteger();
		Recorder recorder = new Recorder() {

			@Override
			public boolean begin() {
				asked.incrementAndGet();
				return room.get();
			}

		};
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		eventfd.increment(1);
		Awaitility.await().until(() -> asked.get() == 1);
		long wakeups = this.loop.wakeups();
		eventfd.increment(1);
		this.loop.call(() -> {
		});
		assertThat(asked).hasValue(1);
		assertThat(this.loop.wakeups() - wakeups).as("no spinning").isLessThan(5);
		source.resume();
		Awaitility.await().until(() -> asked.get() == 2);
		room.set(true);
		source.resume();
		source.resume();
		recorder.await(1);
		assertThat(recorder.values).containsExactly(2L);
		eventfd.increment(5);
		recorder.await(2);
		this.loop.cancel(source);
	}

	@Test
	void sourceWhenCancelledWhileSuspendedIsClosedAndResumeDoesNothing() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder() {

			@Override
			public boolean begin() {
				return false;
			}

		};
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		eventfd.increment(1);
		Awaitility.await().until(() -> this.faults.count("epollCtl") == 3);
		this.loop.cancel(source);
		source.resume();
		this.loop.call(() -> {
		});
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
		assertThat(recorder.failures).isEmpty();
	}

	@Test
	void sourceWhenItsReadFailsIsClosedAndToldAndTheLoopGoesOn() {
		Eventfd broken = eventfd();
		Eventfd good = eventfd();
		Recorder told = new Recorder();
		Recorder other = new Recorder();
		this.loop.register(new DescriptorSource<>(this.loop, broken, told));
		DescriptorSource<Long> goodSource = new DescriptorSource<>(this.loop, good, other);
		this.loop.register(goodSource);
		this.faults.fail("read", 1, Errno.EIO);
		broken.increment(1);
		Awaitility.await().until(() -> told.failures.size() == 1);
		assertThat(told.failures.get(0)).isInstanceOf(SyscallSystemException.class);
		assertThat(broken.isOpen()).isFalse();
		assertThat(told.values).isEmpty();
		good.increment(1);
		other.await(1);
		assertThat(this.loop.sourceCount()).isEqualTo(1);
		this.loop.cancel(goodSource);
	}

	@Test
	void sourceWhenItThrowsAnErrorIsClosedAndToldAndTheLoopGoesOn() {
		Eventfd eventfd = eventfd();
		Recorder told = new Recorder((value) -> {
			throw new StackOverflowError("a sink must not throw");
		});
		this.loop.register(new DescriptorSource<>(this.loop, eventfd, told));
		eventfd.increment(1);
		Awaitility.await().until(() -> told.failures.size() == 1);
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.isOpen()).isTrue();
	}

	@Test
	void sourceWhenBeingToldThrowsAnErrorDoesNotEndTheLoop() {
		Eventfd eventfd = eventfd();
		Recorder told = new Recorder() {

			@Override
			public void failed(Throwable failure) {
				super.failed(failure);
				throw new StackOverflowError("worse and worse");
			}

		};
		this.loop.register(new DescriptorSource<>(this.loop, eventfd, told));
		this.faults.fail("read", 1, Errno.EIO);
		eventfd.increment(1);
		Awaitility.await().until(() -> told.failures.size() == 1);
		AtomicBoolean ran = new AtomicBoolean();
		this.loop.call(() -> ran.set(true));
		assertThat(ran).isTrue();
	}

	/** Whoever keeps the log may fail at the worst moment. */
	@Test
	void sourceWhenItsFailureCannotBeLoggedIsClosedAndToldAndTheLoopGoesOn() {
		Logger logger = Logger.getLogger(EventLoop.class.getName());
		List<String> logged = new CopyOnWriteArrayList<>();
		Handler throwing = new Handler() {

			@Override
			public void publish(LogRecord record) {
				logged.add(record.getThrown().getMessage());
				throw new IllegalStateException("the log is full");
			}

			@Override
			public void flush() {
			}

			@Override
			public void close() {
			}

		};
		Eventfd broken = eventfd();
		Recorder told = new Recorder((value) -> {
			throw new IllegalStateException("on purpose");
		});
		this.loop.register(new DescriptorSource<>(this.loop, broken, told));
		logger.addHandler(throwing);
		try {
			broken.increment(1);
			Awaitility.await().dontCatchUncaughtExceptions().until(() -> logged.contains("on purpose"));
			assertThat(broken.isOpen()).isFalse();
			assertThat(told.failures).hasSize(1);
			this.loop.execute(() -> {
				throw new IllegalStateException("in a command");
			});
			Awaitility.await().dontCatchUncaughtExceptions().until(() -> logged.contains("in a command"));
			AtomicBoolean ran = new AtomicBoolean();
			this.loop.call(() -> ran.set(true));
			assertThat(ran).isTrue();
		}
		finally {
			logger.removeHandler(throwing);
		}
	}

	@Test
	void sourceWhenItCannotBeTakenOutOfEpollIsClosedAllTheSame() {
		Eventfd eventfd = eventfd();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, new Recorder());
		this.loop.register(source);
		this.faults.fail("epollCtl", 1, Errno.ENOMEM);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.loop.cancel(source));
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
		assertThat(OwnedFd.openCount()).isEqualTo(this.descriptorsBefore);
	}

	@Test
	void registerWhenEpollRefusesLeavesTheSourceToTheCaller() {
		Eventfd eventfd = eventfd();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, new Recorder());
		this.faults.fail("epollCtl", 1, Errno.ENOSPC);
		assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> this.loop.register(source));
		assertThat(eventfd.isOpen()).isTrue();
		assertThat(this.loop.sourceCount()).isZero();
		this.loop.register(source);
		assertThatIllegalStateException().isThrownBy(() -> this.loop.register(source));
		this.loop.cancel(source);
	}

	@Test
	void resumeWhenEpollRefusesFailsTheSource() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder() {

			@Override
			public boolean begin() {
				return false;
			}

		};
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		eventfd.increment(1);
		Awaitility.await().until(() -> this.faults.count("epollCtl") == 3);
		this.faults.fail("epollCtl", 1, Errno.ENOSPC);
		source.resume();
		Awaitility.await().until(() -> recorder.failures.size() == 1);
		assertThat(eventfd.isOpen()).isFalse();
	}

	@Test
	void sourceWhenItHangsUpWithoutBeingReadableFailsAndDoesNotSpin() {
		HangingUp source = new HangingUp(eventfd());
		this.loop.register(source);
		Awaitility.await().until(() -> source.failure.get() != null);
		assertThat(source.eventfd.isOpen()).isFalse();
		assertThat(source.readies).hasValue(1);
	}

	@Test
	void commandsOfManyThreadsAllRun() throws Exception {
		LongAdder ran = new LongAdder();
		Thread[] threads = new Thread[8];
		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> {
				for (int n = 0; n < 100_000 / 8; n++) {
					this.loop.execute(ran::increment);
				}
			});
			threads[i].start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
		Awaitility.await().until(() -> ran.sum() == 100_000);
		assertThat(this.faults.count("write")).as("rung once for many").isLessThan(100_000);
	}

	@Test
	void commandsOfOneThreadRunInOrderAndThoseThatThrowAreSkipped() {
		List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
		for (int i = 0; i < 1000; i++) {
			int number = i;
			this.loop.execute(() -> {
				ran.add(number);
				if (number % 100 == 50) {
					throw new AssertionError("on purpose");
				}
			});
		}
		this.loop.call(() -> {
		});
		assertThat(ran).hasSize(1000).isSorted();
	}

	/** A storm of commands must not keep the sources from being read. */
	@Test
	void commandWhenItSubmitsItselfAgainAndAgainStarvesNobody() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		AtomicBoolean ended = new AtomicBoolean();
		Runnable again = new Runnable() {

			private boolean started;

			@Override
			public void run() {
				if (!ended.get()) {
					// not before the loop is among its commands
					if (!this.started) {
						this.started = true;
						eventfd.increment(1);
					}
					EventLoopTests.this.loop.execute(this);
				}
			}

		};
		this.loop.execute(again);
		try {
			recorder.await(1);
		}
		finally {
			ended.set(true);
		}
		this.loop.cancel(source);
	}

	@Test
	void callWhenCommandThrowsThrowsTheSame() {
		IllegalArgumentException failure = new IllegalArgumentException("on purpose");
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.loop.call(() -> {
			throw failure;
		})).isSameAs(failure);
		AtomicInteger depth = new AtomicInteger();
		this.loop.call(() -> this.loop.call(() -> {
			assertThat(this.loop.inLoop()).isTrue();
			depth.incrementAndGet();
		}));
		assertThat(depth).hasValue(1);
		assertThat(this.loop.inLoop()).isFalse();
	}

	@Test
	void executeWhenClosedIsRejected() {
		for (boolean used : new boolean[] { false, true }) {
			EventLoop other = newLoop();
			if (used) {
				other.call(() -> {
				});
			}
			other.close();
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> other.execute(() -> {
			}));
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> other.call(() -> {
			}));
			other.close();
		}
	}

	@Test
	void commandsWhileClosingEitherRunOrAreRejected() throws Exception {
		for (int round = 0; round < 200; round++) {
			EventLoop other = newLoop();
			AtomicInteger ran = new AtomicInteger();
			AtomicInteger accepted = new AtomicInteger();
			AtomicInteger rejectedButRan = new AtomicInteger();
			CountDownLatch busy = new CountDownLatch(4);
			Thread[] threads = new Thread[4];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					for (int n = 0;; n++) {
						AtomicBoolean mine = new AtomicBoolean();
						try {
							other.execute(() -> {
								mine.set(true);
								ran.incrementAndGet();
							});
							accepted.incrementAndGet();
						}
						catch (RejectedExecutionException ex) {
							if (mine.get()) {
								rejectedButRan.incrementAndGet();
							}
							return;
						}
						if (n == 5) {
							busy.countDown();
						}
						Thread.yield();
					}
				});
				threads[i].start();
			}
			busy.await();
			other.close();
			for (Thread thread : threads) {
				thread.join();
			}
			assertThat(ran).hasValue(accepted.get());
			assertThat(rejectedButRan).hasValue(0);
		}
	}

	/** Whoever is told that a source is registered must not be left with an open one. */
	@Test
	void registrationsWhileClosingAreClosedOrRejected() throws Exception {
		for (int round = 0; round < 200; round++) {
			EventLoop other = newLoop();
			Queue<Eventfd> registered = new ConcurrentLinkedQueue<>();
			CountDownLatch busy = new CountDownLatch(3);
			Thread[] threads = new Thread[3];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					for (int n = 0;; n++) {
						Eventfd eventfd = eventfd();
						try {
							other.register(new DescriptorSource<>(other, eventfd, new Recorder()));
							registered.add(eventfd);
						}
						catch (RejectedExecutionException ex) {
							eventfd.close();
							return;
						}
						if (n == 2) {
							busy.countDown();
						}
					}
				});
				threads[i].start();
			}
			busy.await();
			other.close();
			for (Thread thread : threads) {
				thread.join();
			}
			assertThat(registered).noneMatch(Eventfd::isOpen);
		}
	}

	/**
	 * The loop fails while a registration is on its way: it runs when the sources have
	 * been closed already.
	 */
	@Test
	void registrationWhenTheLoopHasJustEndedIsRejected() throws Exception {
		FaultInjectingSyscalls own = FaultInjectingSyscalls.ofSystem();
		EventLoop other = new EventLoop(new EpollFactory(own.syscalls()), new EventfdFactory(own.syscalls()),
				"failing");
		Eventfd eventfd = eventfd();
		AtomicReference<Throwable> outcome = new AtomicReference<>();
		Thread registering = new Thread(() -> {
			try {
				other.register(new DescriptorSource<>(other, eventfd, new Recorder()));
			}
			catch (RuntimeException ex) {
				outcome.set(ex);
			}
		});
		own.answer("epollWait", 1, 1, (wait) -> {
			registering.start();
			Awaitility.await().until(() -> registering.getState() == Thread.State.TIMED_WAITING);
			return -Errno.EBADF.number();
		});
		other.execute(() -> {
		});
		Awaitility.await().until(() -> registering.getState() == Thread.State.TERMINATED);
		other.close();
		assertThat(outcome.get()).isInstanceOf(RejectedExecutionException.class);
		assertThat(eventfd.isOpen()).as("still the caller's").isTrue();
		eventfd.close();
	}

	@Test
	void loopWhenItsWaitFailsTellsAllSourcesAndEnds() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		this.loop.register(new DescriptorSource<>(this.loop, eventfd, recorder));
		// by the loop itself, so that it is the next wait that fails
		this.loop.execute(() -> this.faults.failAll("epollWait", Errno.EINVAL));
		Awaitility.await().until(() -> recorder.failures.size() == 1);
		Awaitility.await().until(() -> !this.loop.isOpen() && !eventfd.isOpen());
		assertThat(recorder.failures.get(0)).hasMessageContaining("epoll_wait");
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> this.loop.execute(() -> {
		}));
		this.loop.close();
		assertThat(OwnedFd.openCount()).isEqualTo(this.descriptorsBefore - 2);
	}

	@Test
	void threadWhenNothingHappensSleeps() throws Exception {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder);
		this.loop.register(source);
		eventfd.increment(1);
		recorder.await(1);
		Task task = Task.named("linuxfd-loop");
		Awaitility.await().until(task::isWaitingInEpoll);
		long wakeups = this.loop.wakeups();
		task.awaitSleep(Duration.ofSeconds(3));
		assertThat(this.loop.wakeups()).isEqualTo(wakeups);
		this.loop.cancel(source);
	}

	@Test
	void closeReturnsAllDescriptorsAndMemory() {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		EventLoop other = newLoop();
		for (int i = 0; i < 100; i++) {
			other.register(new DescriptorSource<>(other, eventfd(), new Recorder()));
		}
		assertThat(other.sourceCount()).isEqualTo(100);
		other.close();
		other.close();
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
		assertThat(NativeMemory.allocated()).isEqualTo(memory);
		assertThat(other.isOpen()).isFalse();
	}

	@Test
	void closeOnItsOwnThreadReturnsAndTheLoopEnds() {
		int descriptors = OwnedFd.openCount();
		EventLoop other = newLoop();
		other.register(new DescriptorSource<>(other, eventfd(), new Recorder()));
		other.execute(other::close);
		Awaitility.await().until(() -> OwnedFd.openCount() == descriptors);
		other.close();
	}

	@Test
	void closeByManyThreadsReturnsWhenItIsDone() throws Exception {
		for (int round = 0; round < 50; round++) {
			EventLoop other = newLoop();
			Eventfd eventfd = eventfd();
			other.register(new DescriptorSource<>(other, eventfd, new Recorder()));
			AtomicInteger tooEarly = new AtomicInteger();
			Thread[] threads = new Thread[4];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					other.close();
					tooEarly.addAndGet(eventfd.isOpen() ? 1 : 0);
				});
				threads[i].start();
			}
			for (Thread thread : threads) {
				thread.join();
			}
			assertThat(tooEarly).hasValue(0);
		}
	}

	@Test
	void closeWhenASourceCannotBeClosedClosesTheOthers() {
		int descriptors = OwnedFd.openCount();
		EventLoop other = newLoop();
		for (int i = 0; i < 5; i++) {
			other.register(new DescriptorSource<>(other, eventfd(), new Recorder()));
		}
		this.faults.fail("epollCtl", 3, Errno.ENOMEM);
		other.close();
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	@Test
	void openWhenItFailsHalfWayClosesWhatItOpened() {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		for (String method : List.of("epollCreate1", "eventfd", "epollCtl")) {
			this.faults.fail(method, 1, Errno.EMFILE);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(this::newLoop);
			assertThat(OwnedFd.openCount()).as(method).isEqualTo(descriptors);
			assertThat(NativeMemory.allocated()).as(method).isEqualTo(memory);
		}
	}

	@Test
	void registerAndCancelAgainAndAgainKeepsNothing() {
		Eventfd kept = eventfd();
		DescriptorSource<Long> keptSource = new DescriptorSource<>(this.loop, kept, new Recorder());
		this.loop.register(keptSource);
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		this.loop.call(() -> {
			for (int i = 0; i < 10_000; i++) {
				DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd(), new Recorder());
				this.loop.register(source);
				this.loop.cancel(source);
			}
		});
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
		assertThat(NativeMemory.allocated()).isEqualTo(memory);
		assertThat(this.loop.sourceCount()).isEqualTo(1);
		this.loop.cancel(keptSource);
	}

	@Test
	void busyTimeGrowsOnlyWhileThereIsWork() {
		this.loop.call(() -> {
		});
		this.loop.call(() -> {
			long startNanos = System.nanoTime();
			while (System.nanoTime() - startNanos < 5_000_000) {
				Thread.onSpinWait();
			}
		});
		Awaitility.await().until(() -> this.loop.busyNanos() >= 5_000_000);
		assertThat(this.loop).hasToString("EventLoop[linuxfd-loop, RUNNING, 0 sources]");
	}

	/** An eventfd is always writable. */
	private static final class HangingUp extends EventSource {

		final Eventfd eventfd;

		final AtomicInteger readies = new AtomicInteger();

		final AtomicReference<Throwable> failure = new AtomicReference<>();

		HangingUp(Eventfd eventfd) {
			this.eventfd = eventfd;
		}

		@Override
		protected OwnedFd fd() {
			return this.eventfd.fd();
		}

		@Override
		protected Flags<EpollFlag> interest() {
			return Flags.of(EpollFlag.OUT);
		}

		@Override
		protected void ready(int events) {
			this.readies.incrementAndGet();
			throw new IllegalStateException("not readable");
		}

		@Override
		protected void failed(Throwable failure) {
			this.failure.set(failure);
		}

		@Override
		protected void close() {
			this.eventfd.close();
		}

	}

}
