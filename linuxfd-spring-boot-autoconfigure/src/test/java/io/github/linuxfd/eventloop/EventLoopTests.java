package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.Task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link EventLoop}: how it begins, waits and ends.
 *
 * @author linuxfd
 */
class EventLoopTests extends EventLoopSpecification {

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

}
