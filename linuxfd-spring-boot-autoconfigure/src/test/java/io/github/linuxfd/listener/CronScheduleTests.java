package io.github.linuxfd.listener;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.support.CronExpression;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdClock;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@link CronSchedule} does when its clock jumps. The timer is real; only the time
 * that the schedule sees is set by hand, because a test must not set the machine's clock.
 *
 * @author linuxfd
 */
class CronScheduleTests {

	private static final TimerEvent EXPIRED = new TimerEvent(1, 0, 0);

	private static final TimerEvent CLOCK_CHANGED = new TimerEvent(0, 0, 0);

	private final SettableClock clock = new SettableClock(Instant.parse("2040-03-01T01:59:00Z"));

	private final CronSchedule schedule = new CronSchedule(CronExpression.parse("0 0 2 * * *"), ZoneOffset.UTC,
			this.clock);

	private final Timerfd timer = new TimerfdFactory(Syscalls.system()).open(TimerfdClock.REALTIME);

	@AfterEach
	void close() {
		this.timer.close();
	}

	@Test
	void tickWhenDueIsDeliveredAndTheNextOneArmed() {
		this.schedule.arm(this.timer);
		assertArmedFor("2040-03-01T02:00:00Z");
		this.clock.set("2040-03-01T02:00:00.001Z");
		TimerEvent tick = this.schedule.expired(this.timer, EXPIRED);
		assertThat(tick).isNotNull();
		assertThat(tick.due()).isEqualTo("2040-03-01T02:00:00Z");
		assertThat(tick.missed()).isZero();
		assertThat(tick.lateness()).isEqualTo(Duration.ofMillis(1));
		assertArmedFor("2040-03-02T02:00:00Z");
	}

	@Test
	void tickWhenClockStepsOverItComesAtOnce() {
		this.schedule.arm(this.timer);
		this.clock.set("2040-03-01T02:30:00Z");
		TimerEvent tick = this.schedule.expired(this.timer, CLOCK_CHANGED);
		assertThat(tick).isNotNull();
		assertThat(tick.lateness()).isEqualTo(Duration.ofMinutes(30));
		assertArmedFor("2040-03-02T02:00:00Z");
	}

	@Test
	void ticksWhenClockStepsOverSeveralAreCounted() {
		this.schedule.arm(this.timer);
		this.clock.set("2040-03-04T03:00:00Z");
		TimerEvent tick = this.schedule.expired(this.timer, CLOCK_CHANGED);
		assertThat(tick).isNotNull();
		assertThat(tick.missed()).isEqualTo(3);
		assertThat(tick.due()).isEqualTo("2040-03-04T02:00:00Z");
		assertArmedFor("2040-03-05T02:00:00Z");
	}

	@Test
	void tickWhenClockStepsBackALittleDoesNotComeTwice() {
		this.schedule.arm(this.timer);
		this.clock.set("2040-03-01T02:00:00Z");
		this.schedule.expired(this.timer, EXPIRED);
		this.clock.set("2040-03-01T01:30:00Z");
		assertThat(this.schedule.expired(this.timer, CLOCK_CHANGED)).isNull();
		assertArmedFor("2040-03-02T02:00:00Z");
	}

	@Test
	void clockWhenItStepsBackFarIsBelieved() {
		this.schedule.arm(this.timer);
		this.clock.set("2040-03-01T02:00:00Z");
		this.schedule.expired(this.timer, EXPIRED);
		this.clock.set("2039-01-01T00:00:00Z");
		assertThat(this.schedule.expired(this.timer, CLOCK_CHANGED)).isNull();
		assertArmedFor("2039-01-01T02:00:00Z");
	}

	@Test
	void timerWhenExpressionNeverMatchesAgainIsDisarmed() {
		CronSchedule never = new CronSchedule(CronExpression.parse("0 0 0 30 2 *"), ZoneOffset.UTC, this.clock);
		never.arm(this.timer);
		assertThat(this.timer.getTime().isArmed()).isFalse();
	}

	private void assertArmedFor(String time) {
		Duration left = this.timer.getTime().value();
		Duration expected = Duration.between(Instant.now(), Instant.parse(time));
		assertThat(left).isCloseTo(expected, Duration.ofMinutes(1));
	}

	private static final class SettableClock extends Clock {

		private Instant now;

		SettableClock(Instant now) {
			this.now = now;
		}

		void set(String now) {
			this.now = Instant.parse(now);
		}

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			throw new IllegalStateException("The schedule has a zone of its own");
		}

	}

}
