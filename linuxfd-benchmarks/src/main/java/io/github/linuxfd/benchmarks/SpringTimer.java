package io.github.linuxfd.benchmarks;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * Spring's own scheduling in a Boot application.
 *
 * @author linuxfd
 */
final class SpringTimer {

	private static final String PERIOD = "benchmark.period-nanos";

	private SpringTimer() {
	}

	static AutoCloseable start(TimerRecorder recorder) {
		return BootApplication.start(recorder, Map.of(PERIOD, recorder.periodNanos()), Application.class,
				Handler.class);
	}

	/**
	 * Switches scheduling on.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Application {

		@Bean
		PeriodicTicks ticks(TimerRecorder recorder) {
			return new PeriodicTicks(recorder);
		}

		@Bean
		Scheduler taskScheduler(PeriodicTicks ticks) {
			return new Scheduler(ticks);
		}

	}

	/**
	 * Boot's scheduler, that asks when the first tick is due.
	 */
	static class Scheduler extends ThreadPoolTaskScheduler {

		private static final long serialVersionUID = 1;

		private final transient PeriodicTicks ticks;

		Scheduler(PeriodicTicks ticks) {
			this.ticks = ticks;
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant start, Duration period) {
			ScheduledFuture<?> scheduled = super.scheduleAtFixedRate(task, start, period);
			this.ticks.startAt(scheduled);
			return scheduled;
		}

	}

	/**
	 * Takes the ticks.
	 */
	static class Handler {

		private final PeriodicTicks ticks;

		Handler(PeriodicTicks ticks) {
			this.ticks = ticks;
		}

		@Scheduled(initialDelay = PeriodicTicks.INITIAL_DELAY_NANOS, fixedRateString = "${" + PERIOD + "}",
				timeUnit = TimeUnit.NANOSECONDS)
		void on() {
			this.ticks.tick();
		}

	}

}
