package io.github.linuxfd.eventloop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.fd.OwnedFd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link EventLoop}: descriptors that are closed while they are registered.
 *
 * @author linuxfd
 */
class EventLoopDescriptorsTests extends EventLoopSpecification {

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

}
