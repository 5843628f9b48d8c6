package io.github.linuxfd.timerfd;

import java.time.Duration;
import java.time.Instant;

/**
 * One read of a timer.
 *
 * @param expirations how often the timer expired since the last read; 0 if its wait was
 * cancelled because the clock was set
 * @param dueNanos the time of the last of these expirations, in nanoseconds of the
 * timer's clock
 * @param readNanos the time of the read, in nanoseconds of the timer's clock
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create.2</a>
 */
public record TimerEvent(long expirations, long dueNanos, long readNanos) {

	/**
	 * Return how many expirations nobody was told of, because they passed while the one
	 * before was still being handled, the process was stopped or the clock was set.
	 * @return the number of ticks this one stands for beside itself
	 */
	public long missed() {
		return Math.max(0, this.expirations - 1);
	}

	/**
	 * Whether the wait was cancelled because somebody set the clock, and nothing expired.
	 * @return {@code true} if read(2) said {@code ECANCELED}
	 */
	public boolean isClockChange() {
		return this.expirations == 0;
	}

	/**
	 * Return how long after its time the tick was read.
	 * @return the lateness; the kernel never expires a timer early
	 */
	public Duration lateness() {
		return Duration.ofNanos(this.readNanos - this.dueNanos);
	}

	/**
	 * Return when the tick was due, if the timer follows the wall clock.
	 * @return the time of the last expiration as a point of wall-clock time; without
	 * meaning for the other clocks
	 */
	public Instant due() {
		return Instant.ofEpochSecond(0, this.dueNanos);
	}

}
