package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Pacing}: sources that the loop leaves unread for a time.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class PacingTests {

	private final EventfdFactory eventfds = new EventfdFactory(Syscalls.system());

	private int descriptorsBefore;

	private EventLoop loop = newLoop();

	private EventLoop newLoop() {
		return new EventLoop(new EpollFactory(Syscalls.system()), this.eventfds, "linuxfd-loop");
	}

	@BeforeEach
	void count() {
		this.descriptorsBefore = OwnedFd.openCount();
	}

	@AfterEach
	void close() {
		this.loop.close();
	}

	private Eventfd eventfd() {
		return this.eventfds.open();
	}

	@Test
	void sourceWithBatchWindowReadsWhatFollowsTheFirstEventTogether() {
		Eventfd eventfd = eventfd();
		List<Long> timesNanos = new CopyOnWriteArrayList<>();
		Recorder recorder = new Recorder((value) -> {
			timesNanos.add(System.nanoTime());
			if (timesNanos.size() == 1) {
				for (int i = 0; i < 5; i++) {
					eventfd.increment(1);
				}
			}
		});
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
				Pacing.always(Duration.ofMillis(300)));
		this.loop.register(source);
		eventfd.increment(7);
		recorder.await(2);
		assertThat(recorder.values).containsExactly(7L, 5L);
		assertThat(timesNanos.get(1) - timesNanos.get(0)).isGreaterThanOrEqualTo(300_000_000);
		this.loop.cancel(source);
	}

	@Test
	void sourceWithBatchWindowReadsTheFirstEventAtOnceAndHoldsUpNobodyWhileItRests() {
		Eventfd slow = eventfd();
		Eventfd quick = eventfd();
		Recorder slowRecorder = new Recorder();
		Recorder quickRecorder = new Recorder();
		DescriptorSource<Long> slowSource = new DescriptorSource<>(this.loop, slow, slowRecorder,
				Pacing.always(Duration.ofMinutes(1)));
		DescriptorSource<Long> quickSource = new DescriptorSource<>(this.loop, quick, quickRecorder);
		this.loop.register(slowSource);
		this.loop.register(quickSource);
		slow.increment(1);
		slowRecorder.await(1);
		slow.increment(1);
		for (int i = 1; i <= 100; i++) {
			quick.increment(1);
			quickRecorder.await(i);
		}
		assertThat(slowRecorder.values).containsExactly(1L);
		// room again, or another reason to read: the rest is over
		slowSource.resume();
		slowRecorder.await(2);
		this.loop.cancel(slowSource);
		this.loop.cancel(quickSource);
	}

	/** A pause would take it out of epoll. */
	@Test
	void sourceThatPausesInFloodsDoesNotAfterWhatComesAlone() {
		FaultInjectingSyscalls calls = FaultInjectingSyscalls.ofSystem();
		Duration pause = Duration.ofMillis(100);
		try (EventLoop counted = new EventLoop(new EpollFactory(calls.syscalls()), this.eventfds, "linuxfd-loop")) {
			Eventfd eventfd = eventfd();
			Recorder recorder = new Recorder();
			counted.register(new DescriptorSource<>(counted, eventfd, recorder, Pacing.inFloods(pause)));
			int before = calls.count("epollCtl");
			for (int i = 1; i <= 2; i++) {
				// longer than three pauses after it was made or read
				Awaitility.await().pollDelay(pause.multipliedBy(4)).until(() -> true);
				eventfd.increment(1);
				recorder.await(i);
				counted.call(() -> {
				});
			}
			assertThat(calls.count("epollCtl")).isEqualTo(before);
		}
	}

	@Test
	void sourceThatPausesInFloodsReadsWhatFollowsInOneTogether() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		// so that all that comes within three hours is one
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
				Pacing.inFloods(Duration.ofHours(1)));
		this.loop.register(source);
		eventfd.increment(1);
		recorder.await(1);
		eventfd.increment(2);
		eventfd.increment(3);
		this.loop.call(() -> {
		});
		assertThat(recorder.values).containsExactly(1L);
		source.resume();
		recorder.await(2);
		assertThat(recorder.values).containsExactly(1L, 5L);
		this.loop.cancel(source);
	}

	@Test
	void sourcesThatPauseAreReadInTheOrderOfTheirTimes() {
		List<Integer> order = new CopyOnWriteArrayList<>();
		List<Integer> pauses = List.of(300, 100, 200);
		List<DescriptorSource<Long>> sources = new ArrayList<>();
		for (int millis : pauses) {
			Eventfd eventfd = eventfd();
			sources.add(new DescriptorSource<>(this.loop, eventfd, new Recorder((value) -> order.add(millis))));
			eventfd.increment(1);
		}
		// from one instant on, however long it takes
		this.loop.call(() -> {
			long nowNanos = System.nanoTime();
			for (int i = 0; i < pauses.size(); i++) {
				this.loop.register(sources.get(i));
				this.loop.pause(sources.get(i), nowNanos + Duration.ofMillis(pauses.get(i)).toNanos());
			}
		});
		Awaitility.await().until(() -> order.size() == 3);
		assertThat(order).containsExactly(100, 200, 300);
		sources.forEach(this.loop::cancel);
	}

	@Test
	void sourceWithBatchWindowWhenItsTimeIsOverWakesNobody() {
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
				Pacing.always(Duration.ofMillis(1)));
		this.loop.register(source);
		eventfd.increment(1);
		recorder.await(1);
		// one wake-up by the event, one by the end of the window
		AtomicReference<Long> wakeups = new AtomicReference<>(-1L);
		Awaitility.await()
			.pollInterval(Duration.ofMillis(500))
			.until(() -> wakeups.getAndSet(this.loop.wakeups()) == this.loop.wakeups());
		assertThat(this.loop.wakeups()).isLessThanOrEqualTo(4);
		this.loop.cancel(source);
	}

	@Test
	void sourceInAFloodIsReadAfterEachPauseWithoutAskingEpoll() {
		FaultInjectingSyscalls calls = FaultInjectingSyscalls.ofSystem();
		int reads = 50;
		try (EventLoop counted = new EventLoop(new EpollFactory(calls.syscalls()), this.eventfds, "linuxfd-loop")) {
			Eventfd eventfd = eventfd();
			AtomicInteger left = new AtomicInteger(reads);
			Recorder recorder = new Recorder((value) -> {
				if (left.decrementAndGet() > 0) {
					eventfd.increment(1);
				}
			});
			counted.register(new DescriptorSource<>(counted, eventfd, recorder, Pacing.always(Duration.ofMillis(1))));
			int before = calls.count("epollCtl");
			eventfd.increment(1);
			recorder.await(reads);
			// out of epoll for the flood, and back after it
			Awaitility.await().untilAsserted(() -> assertThat(calls.count("epollCtl") - before).isEqualTo(2));
			eventfd.increment(1);
			recorder.await(reads + 1);
		}
	}

	@Test
	void sourceWithoutRoomWhenItsPauseIsOverWaitsForRoom() {
		Eventfd eventfd = eventfd();
		AtomicBoolean room = new AtomicBoolean(true);
		AtomicInteger refusals = new AtomicInteger();
		Recorder recorder = new Recorder((value) -> room.set(false)) {

			@Override
			public boolean begin() {
				if (!room.get()) {
					refusals.incrementAndGet();
				}
				return room.get();
			}

		};
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
				Pacing.always(Duration.ofMillis(1)));
		this.loop.register(source);
		eventfd.increment(1);
		recorder.await(1);
		eventfd.increment(2);
		Awaitility.await().until(() -> refusals.get() == 1);
		// asked once, and not again by epoll or another pause
		long wakeups = this.loop.wakeups();
		this.loop.call(() -> {
		});
		assertThat(refusals).hasValue(1);
		assertThat(this.loop.wakeups() - wakeups).isLessThanOrEqualTo(2);
		room.set(true);
		source.resume();
		recorder.await(2);
		assertThat(recorder.values).containsExactly(1L, 2L);
		this.loop.cancel(source);
	}

	@Test
	void sourceWhoseReadFailsWhenItsPauseIsOverIsClosedAndTold() {
		FaultInjectingSyscalls calls = FaultInjectingSyscalls.ofSystem();
		Eventfd eventfd = new EventfdFactory(calls.syscalls()).open();
		Recorder recorder = new Recorder((value) -> calls.failAll("read", Errno.EIO));
		DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
				Pacing.always(Duration.ofMillis(1)));
		this.loop.register(source);
		eventfd.increment(1);
		Awaitility.await().until(() -> recorder.failures.size() == 1);
		assertThat(recorder.failures.get(0)).isInstanceOf(SyscallException.class).hasMessageContaining("EIO");
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(this.loop.sourceCount()).isZero();
	}

	@Test
	void sourceWithBatchWindowWhenItIsCancelledWhileItRestsIsGone() {
		for (int i = 0; i < 100; i++) {
			Eventfd eventfd = eventfd();
			Recorder recorder = new Recorder();
			DescriptorSource<Long> source = new DescriptorSource<>(this.loop, eventfd, recorder,
					Pacing.always(Duration.ofMillis(1)));
			this.loop.register(source);
			eventfd.increment(1);
			recorder.await(1);
			this.loop.cancel(source);
			assertThat(eventfd.isOpen()).isFalse();
		}
		assertThat(this.loop.sourceCount()).isZero();
		assertThat(this.loop.isOpen()).isTrue();
		assertThat(OwnedFd.openCount()).isEqualTo(this.descriptorsBefore);
	}

	@Test
	void closeWhileASourceRestsClosesItToo() {
		EventLoop other = newLoop();
		Eventfd eventfd = eventfd();
		Recorder recorder = new Recorder();
		other.register(new DescriptorSource<>(other, eventfd, recorder, Pacing.always(Duration.ofMinutes(1))));
		eventfd.increment(1);
		recorder.await(1);
		other.close();
		assertThat(eventfd.isOpen()).isFalse();
		assertThat(recorder.failures).isEmpty();
	}

}
