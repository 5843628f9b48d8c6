package io.github.linuxfd.eventloop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.github.linuxfd.eventfd.Eventfd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link EventLoop}: commands.
 *
 * @author linuxfd
 */
class EventLoopCommandsTests extends EventLoopSpecification {

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
					EventLoopCommandsTests.this.loop.execute(this);
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

}
