package io.github.linuxfd.listener;

import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.event.ClockChangedEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.timerfd.TimerEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

/**
 * {@link TimerfdScheduled @TimerfdScheduled} in an application context.
 *
 * @author linuxfd
 */
@Timeout(120)
class TimerfdScheduledIntegrationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class));

	@Test
	void handlerWhenRateIsFixedTicksAndNeverEarly() {
		this.runner.withUserConfiguration(FixedRate.class).withPropertyValues("test.rate=20ms").run((context) -> {
			FixedRate fixedRate = context.getBean(FixedRate.class);
			await().untilAsserted(() -> assertThat(fixedRate.ticks).hasSizeGreaterThan(10));
			assertThat(fixedRate.ticks).allMatch((tick) -> !tick.lateness().isNegative());
			await().untilAsserted(() -> assertThat(fixedRate.loopTicks).hasValueGreaterThan(0));
			List<TimerEvent> ticks = List.copyOf(fixedRate.ticks);
			for (int i = 1; i < ticks.size(); i++) {
				assertThat(ticks.get(i).dueNanos() - ticks.get(i - 1).dueNanos())
					.isEqualTo(20_000_000 * ticks.get(i).expirations());
			}
			await().untilAsserted(() -> assertThat(fixedRate.published).isNotEmpty());
		});
	}

	@Test
	void handlerWhenSlowerThanItsRateIsToldByTheNextTickWhatItMissed() {
		this.runner.withUserConfiguration(Slow.class).run((context) -> {
			Slow slow = context.getBean(Slow.class);
			assertThat(slow.entered.await(10, TimeUnit.SECONDS)).isTrue();
			Instant blockedSince = Instant.now();
			await().until(() -> Instant.now().isAfter(blockedSince.plusMillis(100)));
			slow.gate.countDown();
			await().untilAsserted(() -> assertThat(slow.ticks).hasSizeGreaterThan(2));
			assertThat(slow.ticks).element(1).satisfies((tick) -> assertThat(tick.missed()).isGreaterThan(50));
			TimerfdListenerContainer container = (TimerfdListenerContainer) context
				.getBean(LinuxFdListenerEndpointRegistry.class)
				.container("slow")
				.orElseThrow();
			assertThat(container.missed()).isGreaterThan(50);
		});
	}

	@Test
	void handlerWhenExecutorRejectsItOnceGoesOn() {
		AtomicInteger rejections = new AtomicInteger();
		DispatchExecutor executor = DispatchExecutor.of((task) -> {
			if (rejections.getAndIncrement() == 0) {
				throw new RejectedExecutionException("once");
			}
			new Thread(task).start();
		});
		this.runner.withUserConfiguration(FixedRate.class)
			.withPropertyValues("test.rate=20ms")
			.withBean(DispatchExecutor.class, () -> executor)
			.run((context) -> {
				await().untilAsserted(() -> assertThat(context.getBean(FixedRate.class).ticks).hasSizeGreaterThan(2));
				assertThat(rejections).hasValueGreaterThan(1);
			});
	}

	@Test
	void handlerWhenCronIsGivenTicksOnTheSecond() {
		this.runner.withUserConfiguration(Cron.class).run((context) -> {
			Cron cron = context.getBean(Cron.class);
			await().untilAsserted(() -> assertThat(cron.ticks).hasSizeGreaterThan(1));
			assertThat(cron.ticks).allSatisfy((tick) -> {
				assertThat(tick.due().getNano()).isZero();
				assertThat(tick.lateness()).isPositive();
			});
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("disabled")).isEmpty();
		});
	}

	@Test
	void cronWhenClockIsSetIsArmedAgainAndTheApplicationTold() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		this.runner.withUserConfiguration(Cron.class).withBean(Syscalls.class, faults::syscalls).run((context) -> {
			Cron cron = context.getBean(Cron.class);
			// the next read is that of the timer: nothing else is being read
			faults.fail("read", 1, Errno.ECANCELED);
			await().untilAsserted(() -> assertThat(cron.clockChanges).hasSize(1));
			int before = cron.ticks.size();
			await().untilAsserted(() -> assertThat(cron.ticks).hasSizeGreaterThan(before));
		});
	}

	@Test
	void listenersWhenTheLoopHasFailedAreStoppedAllTheSame() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		this.runner.withUserConfiguration(FixedRate.class)
			.withPropertyValues("test.rate=10ms")
			.withBean(Syscalls.class, faults::syscalls)
			.run((context) -> {
				faults.failAll("epollWait", Errno.EBADF);
				await().until(() -> !context.getBean(EventLoop.class).isOpen());
				assertThatNoException().isThrownBy(context.getBean(LinuxFdListenerEndpointRegistry.class)::stop);
			});
	}

	static class FixedRate {

		final Queue<TimerEvent> ticks = new ConcurrentLinkedQueue<>();

		final AtomicInteger loopTicks = new AtomicInteger();

		final Queue<TimerEvent> published = new ConcurrentLinkedQueue<>();

		@TimerfdScheduled(fixedRate = "${test.rate}", initialDelay = "1ms")
		void tick(TimerEvent tick) {
			this.ticks.add(tick);
		}

		@TimerfdScheduled(fixedRate = "PT0.02S", dispatch = Dispatch.LOOP)
		void onLoop() {
			this.loopTicks.incrementAndGet();
		}

		@EventListener
		void on(TimerEvent tick) {
			this.published.add(tick);
		}

	}

	static class Slow {

		final Queue<TimerEvent> ticks = new ConcurrentLinkedQueue<>();

		final CountDownLatch entered = new CountDownLatch(1);

		final CountDownLatch gate = new CountDownLatch(1);

		@TimerfdScheduled(id = "slow", fixedRate = "1ms")
		void tick(TimerEvent tick) throws InterruptedException {
			this.entered.countDown();
			this.gate.await();
			this.ticks.add(tick);
		}

	}

	static class Cron {

		final Queue<TimerEvent> ticks = new ConcurrentLinkedQueue<>();

		final Queue<ClockChangedEvent> clockChanges = new ConcurrentLinkedQueue<>();

		@TimerfdScheduled(cron = "* * * * * *", zone = "Europe/Berlin")
		void tick(TimerEvent tick) {
			this.ticks.add(tick);
		}

		@TimerfdScheduled(id = "disabled", cron = TimerfdScheduled.CRON_DISABLED)
		void never() {
		}

		@EventListener
		void on(ClockChangedEvent event) {
			this.clockChanges.add(event);
		}

	}

}
