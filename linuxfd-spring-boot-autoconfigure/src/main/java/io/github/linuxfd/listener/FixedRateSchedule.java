package io.github.linuxfd.listener;

import java.time.Duration;

import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdClock;

/**
 * Ticks again and again after the same time; the kernel arms the timer itself.
 *
 * @author linuxfd
 */
final class FixedRateSchedule implements Schedule {

	/** More often, a loop would do nothing but read timers. */
	static final Duration MIN_PERIOD = Duration.ofNanos(100_000);

	private final TimerfdClock clock;

	private final Duration initialDelay;

	private final Duration period;

	FixedRateSchedule(TimerfdClock clock, Duration initialDelay, Duration period) {
		if (clock.isSettable()) {
			throw new IllegalStateException("a fixed rate cannot follow clock " + clock
					+ ", which can be set; use MONOTONIC or BOOTTIME, or a cron expression");
		}
		if (period.compareTo(MIN_PERIOD) < 0) {
			throw new IllegalStateException("fixedRate is " + period + ", and has to be at least 100us");
		}
		if (initialDelay.isNegative()) {
			throw new IllegalStateException("initialDelay is " + initialDelay + ", and cannot be negative");
		}
		this.clock = clock;
		this.initialDelay = initialDelay;
		this.period = period;
	}

	@Override
	public TimerfdClock clock() {
		return this.clock;
	}

	@Override
	public void arm(Timerfd timer) {
		timer.setTimeAt(timer.now() + this.initialDelay.toNanos(), this.period);
	}

	@Override
	public TimerEvent expired(Timerfd timer, TimerEvent event) {
		return event;
	}

}
