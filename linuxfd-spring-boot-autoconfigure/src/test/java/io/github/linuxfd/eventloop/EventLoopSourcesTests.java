package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.flags.Flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link EventLoop}: sources, their events and their failures.
 *
 * @author linuxfd
 */
class EventLoopSourcesTests extends EventLoopSpecification {

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
