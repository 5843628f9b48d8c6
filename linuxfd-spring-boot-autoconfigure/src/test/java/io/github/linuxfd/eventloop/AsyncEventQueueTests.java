package io.github.linuxfd.eventloop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFlag;
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
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link AsyncEventQueue}.
 *
 * @author linuxfd
 */
class AsyncEventQueueTests extends AsyncEventsTestSupport {

	/** What the kernel still holds. */
	static long counter(Eventfd eventfd) throws Exception {
		int number = eventfd.fd().acquire();
		try {
			return Files.readAllLines(Path.of("/proc/self/fdinfo/" + number))
				.stream()
				.filter((line) -> line.startsWith("eventfd-count:"))
				.mapToLong((line) -> Long.parseUnsignedLong(line.substring("eventfd-count:".length()).strip(), 16))
				.findFirst()
				.orElseThrow();
		}
		finally {
			eventfd.fd().release();
		}
	}

	@Test
	void takeWaitsForTheNextEvent() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			CompletableFuture<Long> taken = CompletableFuture.supplyAsync(() -> take(queue), this.executor);
			eventfd.increment(7);
			assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo(7);
			assertThat(queue.poll()).isNull();
			assertThat(queue.size()).isZero();
		}
		assertThat(eventfd.isOpen()).isFalse();
	}

	private static <E> E take(AsyncEventQueue<E> queue) {
		try {
			return queue.take();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void pollWithTimeoutIsNeverEarlyAndEndsWithTheTime() throws Exception {
		try (AsyncEventQueue<Long> queue = this.async.queue(this.eventfds.open())) {
			for (Duration timeout : List.of(Duration.ofMillis(20), Duration.ZERO, Duration.ofSeconds(-1))) {
				long startNanos = System.nanoTime();
				assertThat(queue.poll(timeout)).isNull();
				assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
			}
		}
	}

	@Test
	void pollWithTimeoutAsLongAsCanBeWaits() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			CompletableFuture<Long> polled = CompletableFuture.supplyAsync(() -> {
				try {
					return queue.poll(Duration.ofSeconds(Long.MAX_VALUE));
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}, this.executor);
			eventfd.increment(1);
			assertThat(polled.get(10, TimeUnit.SECONDS)).isEqualTo(1);
		}
	}

	@Test
	void takeWhenInterruptedLosesNothing() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			CountDownLatch interrupted = new CountDownLatch(1);
			Thread waiter = new Thread(() -> {
				try {
					queue.take();
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
				}
			});
			waiter.start();
			waiter.interrupt();
			assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
			eventfd.increment(3);
			assertThat(queue.take()).isEqualTo(3);
		}
	}

	@Test
	void queueWhenFullLeavesTheRestToTheKernelUntilHalfIsTaken() throws Exception {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd, 4)) {
			await().until(() -> queue.size() == 4);
			// the loop is done with what it does when its answer comes
			this.loop.call(() -> {
			});
			assertThat(queue.size()).isEqualTo(4);
			assertThat(counter(eventfd)).as("in the kernel").isEqualTo(6);
			queue.take();
			this.loop.call(() -> {
			});
			assertThat(counter(eventfd)).as("more than half is still there").isEqualTo(6);
			queue.take();
			await().until(() -> queue.size() == 4);
			assertThat(counter(eventfd)).isEqualTo(4);
			for (int i = 0; i < 8; i++) {
				assertThat(queue.take()).isEqualTo(1);
			}
			assertThat(queue.poll(Duration.ofMillis(10))).as("an eleventh").isNull();
		}
	}

	@Test
	void loopWhenQueueIsFullSleeps() throws Exception {
		Eventfd eventfd = this.eventfds.open(10, SEMAPHORE);
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd, 1)) {
			await().until(() -> queue.size() == 1);
			this.loop.call(() -> {
			});
			long before = this.loop.wakeups();
			await().during(Duration.ofMillis(50)).until(() -> this.loop.wakeups() <= before + 1);
		}
	}

	@Test
	void nextCompletesOnTheExecutorAndNotOnTheLoop() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			AtomicReference<Thread> thread = new AtomicReference<>();
			CompletableFuture<Long> doubled = queue.next().thenApply((value) -> {
				thread.set(Thread.currentThread());
				return value * 2;
			}).toCompletableFuture();
			assertThat(doubled).isNotDone();
			eventfd.increment(21);
			assertThat(doubled.get(10, TimeUnit.SECONDS)).isEqualTo(42);
			assertThat(thread.get().getName()).isNotEqualTo("linuxfd-loop");
		}
	}

	@Test
	void nextIsAnsweredInTheOrderOfAsking() throws Exception {
		Eventfd eventfd = this.eventfds.open(0, SEMAPHORE);
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			List<CompletableFuture<Long>> asked = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				asked.add(queue.next().toCompletableFuture());
			}
			eventfd.increment(2);
			assertThat(asked.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(1);
			assertThat(asked.get(1).get(10, TimeUnit.SECONDS)).isEqualTo(1);
			assertThat(asked.get(2)).isNotDone();
			eventfd.increment(1);
			assertThat(asked.get(2).get(10, TimeUnit.SECONDS)).isEqualTo(1);
			eventfd.increment(1);
			await().until(() -> queue.size() == 1);
			assertThat(queue.next().toCompletableFuture()).isCompletedWithValue(1L);
		}
	}

	/**
	 * Each cancelled request leaves its event to the next one; one whose event is on its
	 * way can be cancelled no more.
	 */
	@Test
	void nextWhenCancelledLosesNoEvent() throws Exception {
		int rounds = 3000;
		Eventfd eventfd = this.eventfds.open(0, SEMAPHORE);
		int got = 0;
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			for (int i = 0; i < rounds; i++) {
				CompletableFuture<Long> asked = queue.next().toCompletableFuture();
				eventfd.increment(1);
				if (i % 3 == 0) {
					Thread.onSpinWait();
				}
				if (!asked.cancel(false)) {
					assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(1);
					got++;
				}
				if (i % 64 == 0) {
					await().until(() -> counter(eventfd) == 0 || queue.size() > 0);
				}
				while (queue.poll() != null) {
					got++;
				}
			}
			while (got < rounds && queue.poll(Duration.ofSeconds(20)) != null) {
				got++;
			}
			assertThat(queue.poll(Duration.ofMillis(10))).isNull();
		}
		assertThat(got).isEqualTo(rounds);
	}

	@Test
	void nextWhenItsTimeIsOverIsWithdrawn() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			CompletableFuture<Long> asked = queue.next().toCompletableFuture();
			asked.orTimeout(1, TimeUnit.MILLISECONDS);
			await().until(asked::isCompletedExceptionally);
			eventfd.increment(5);
			assertThat(queue.take()).isEqualTo(5);
		}
	}

	@Test
	void eventsWhenSeveralTakeGoToOneOfThemEach(@TempDir Path directory) throws Exception {
		int files = 1000;
		Inotify inotify = new InotifyFactory(this.faults.syscalls()).open();
		inotify.addWatch(directory, Flags.of(InotifyEventFlag.CREATE));
		Set<String> seen = ConcurrentHashMap.newKeySet();
		CountDownLatch ended = new CountDownLatch(4);
		AsyncEventQueue<InotifyEvent> queue = this.async.queue(inotify);
		for (int i = 0; i < 4; i++) {
			this.executor.execute(() -> {
				try {
					while (seen.add(String.valueOf(take(queue).name()))) {
						Thread.onSpinWait();
					}
				}
				catch (IllegalStateException ex) {
					ended.countDown();
				}
			});
		}
		for (int i = 0; i < files; i++) {
			Files.createFile(directory.resolve("file" + i));
		}
		await().until(() -> seen.size() == files);
		queue.close();
		assertThat(ended.await(10, TimeUnit.SECONDS)).as("no event came twice, and all were told of the end").isTrue();
	}

	@Test
	void closeTellsAllWhoWaitAndGivesUpWhatWasRead() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		AsyncEventQueue<Long> queue = this.async.queue(eventfd);
		CompletableFuture<Long> taking = CompletableFuture.supplyAsync(() -> take(queue), this.executor);
		CompletableFuture<Long> asked = queue.next().toCompletableFuture();
		queue.close();
		for (CompletableFuture<Long> waiting : List.of(taking, asked)) {
			assertThatExceptionOfType(CompletionException.class).isThrownBy(waiting::join)
				.withCauseInstanceOf(IllegalStateException.class)
				.withMessageContaining("is closed");
		}
		assertThat(queue.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(queue::poll);
		assertThatIllegalStateException().isThrownBy(queue::close);
		assertThat(queue.next().toCompletableFuture()).isCompletedExceptionally();
		AsyncEventQueue<Long> other = this.async.queue(this.eventfds.open(9, Flags.none(EventfdFlag.class)));
		await().until(() -> other.size() == 1);
		other.close();
		assertThat(other.size()).isZero();
		assertThatIllegalStateException().isThrownBy(other::take);
	}

	@Test
	void eventsReadBeforeTheDescriptorWasClosedCanBeTakenUntilTheQueueIs() throws Exception {
		Eventfd eventfd = this.eventfds.open(2, SEMAPHORE);
		AsyncEventQueue<Long> queue = this.async.queue(eventfd);
		await().until(() -> queue.size() == 2);
		eventfd.close();
		assertThat(queue.take()).isEqualTo(1);
		queue.close();
		assertThatIllegalStateException().isThrownBy(queue::take);
	}

	/** Those of fanotify(7) hold the file that they are about. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void eventsWhenTheQueueIsClosedBeforeTheyAreTakenLeaveNoDescriptorOpen(@TempDir Path directory) throws Exception {
		this.loop.call(() -> {
		});
		int before = OwnedFd.openCount();
		Fanotify fanotify = new FanotifyFactory(this.faults.syscalls()).open(FanotifyClass.NOTIF,
				Flags.none(FanotifyInitFlag.class));
		fanotify.addMark(FanotifyMark.INODE, directory,
				Flags.of(FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD));
		AsyncEventQueue<FanotifyEvent> queue = this.async.queue(fanotify);
		for (int i = 0; i < 10; i++) {
			Files.writeString(directory.resolve("f" + i), "");
		}
		await().until(() -> queue.size() == 10);
		FanotifyEvent taken = queue.take();
		assertThat(OwnedFd.openCount() - before).as("the group, and a file for each event").isEqualTo(11);
		queue.close();
		assertThat(OwnedFd.openCount() - before).as("the taker's").isEqualTo(1);
		taken.close();
	}

	@Test
	void descriptorWhenClosedByItsOwnerLeavesTheLoopFirst() {
		Eventfd eventfd = this.eventfds.open();
		AsyncEventQueue<Long> queue = this.async.queue(eventfd);
		assertThat(this.loop.sourceCount()).isEqualTo(1);
		eventfd.close();
		assertThat(this.loop.sourceCount()).isZero();
		assertThatIllegalStateException().isThrownBy(queue::take).withMessageContaining("is closed");
		queue.close();
	}

	@Test
	void readWhenItFailsIsTheCauseForAllWhoWait() {
		Eventfd eventfd = this.eventfds.open();
		AsyncEventQueue<Long> queue = this.async.queue(eventfd);
		CompletableFuture<Long> asked = queue.next().toCompletableFuture();
		this.faults.fail("read", 1, Errno.EIO);
		eventfd.increment(1);
		assertThatExceptionOfType(CompletionException.class).isThrownBy(asked::join)
			.havingRootCause()
			.isInstanceOf(SyscallSystemException.class);
		assertThatIllegalStateException().isThrownBy(queue::take)
			.withMessageContaining("has failed")
			.withCauseInstanceOf(SyscallSystemException.class);
		assertThat(eventfd.isOpen()).isFalse();
		queue.close();
	}

	@Test
	void loopWhenClosedEndsTheQueue() {
		AsyncEventQueue<Long> queue = this.async.queue(this.eventfds.open());
		this.loop.close();
		assertThatIllegalStateException().isThrownBy(queue::take).withMessageContaining("is closed");
		queue.close();
		try (Eventfd eventfd = this.eventfds.open()) {
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> this.async.queue(eventfd));
			assertThat(eventfd.isOpen()).as("still the caller's").isTrue();
		}
	}

	@Test
	void takeOnTheLoopItselfIsRefused() {
		try (AsyncEventQueue<Long> queue = this.async.queue(this.eventfds.open())) {
			assertThatIllegalStateException().isThrownBy(() -> this.loop.call(() -> take(queue)))
				.withMessageContaining("cannot wait");
		}
	}

	@Test
	void openWhenRefusedLeavesTheDescriptorToTheCaller() {
		Eventfd eventfd = this.eventfds.open();
		assertThatIllegalArgumentException().isThrownBy(() -> this.async.queue(eventfd, 0));
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.async.queue(eventfd))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EEXIST));
			assertThat(queue.isOpen()).isTrue();
		}
	}

	@Test
	void executorWhenItTakesNoMoreLosesNoEvent() throws Exception {
		Eventfd eventfd = this.eventfds.open();
		try (AsyncEventQueue<Long> queue = this.async.queue(eventfd)) {
			CompletableFuture<Long> asked = queue.next().toCompletableFuture();
			this.executor.shutdown();
			eventfd.increment(4);
			assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(4);
		}
	}

}
