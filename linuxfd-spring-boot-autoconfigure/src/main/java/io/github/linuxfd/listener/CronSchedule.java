package io.github.linuxfd.listener;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;

import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdClock;

/**
 * Ticks by a cron expression, and stays right when somebody sets the clock. As cron(8)
 * has it: a tick that a step forward has jumped over comes at once; after a step back of
 * up to three hours no tick comes again, after a longer one the clock is believed.
 *
 * @author linuxfd
 */
final class CronSchedule implements Schedule {

	private static final Duration CORRECTION = Duration.ofHours(3);

	/** How many jumped-over times are counted one by one. */
	private static final int MAX_COUNTED = 10_000;

	private final CronExpression expression;

	private final ZoneId zone;

	private final Clock clock;

	/** What the timer is armed for, or null for never again. */
	private @Nullable Instant due;

	/** The latest time that a tick has been delivered for. */
	private Instant ticked = Instant.MIN;

	CronSchedule(CronExpression expression, ZoneId zone, Clock clock) {
		this.expression = expression;
		this.zone = zone;
		this.clock = clock;
	}

	@Override
	public TimerfdClock clock() {
		return TimerfdClock.REALTIME;
	}

	@Override
	public void arm(Timerfd timer) {
		armAfter(timer, this.clock.instant());
	}

	private void armAfter(Timerfd timer, Instant time) {
		this.due = next(time);
		if (this.due != null) {
			timer.setTimeAt(this.due);
		}
		else {
			timer.disarm();
		}
	}

	private @Nullable Instant next(Instant time) {
		ZonedDateTime next = this.expression.next(ZonedDateTime.ofInstant(time, this.zone));
		return (next != null) ? next.toInstant() : null;
	}

	@Override
	public @Nullable TimerEvent expired(Timerfd timer, TimerEvent event) {
		Instant now = this.clock.instant();
		if (this.due == null || this.due.isAfter(now)) {
			// only a set clock gets here: the timer itself is never early
			armAfter(timer, base(now));
			return null;
		}
		Instant last = this.due;
		long expirations = 1;
		Instant next = next(last);
		while (next != null && !next.isAfter(now) && expirations < MAX_COUNTED) {
			last = next;
			next = next(last);
			expirations++;
		}
		this.ticked = last;
		armAfter(timer, (next != null && !next.isAfter(now)) ? now : last);
		return new TimerEvent(expirations, nanos(last), nanos(now));
	}

	private Instant base(Instant now) {
		boolean small = this.ticked.isAfter(now) && Duration.between(now, this.ticked).compareTo(CORRECTION) <= 0;
		return small ? this.ticked : now;
	}

	private static long nanos(Instant time) {
		return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
	}

}
