package io.github.linuxfd.timerfd;

import java.time.Duration;

/**
 * When a timer expires: {@code struct itimerspec}.
 *
 * @param value the time to the first expiration, or zero for a timer that is not armed
 * @param interval the time between later ones, or zero for a timer that expires once
 * @author linuxfd
 * @since 0.1.0
 */
public record TimerSetting(Duration value, Duration interval) {

	/**
	 * A timer that is not armed.
	 */
	public static final TimerSetting DISARMED = new TimerSetting(Duration.ZERO, Duration.ZERO);

	public TimerSetting {
		if (value.isNegative() || interval.isNegative()) {
			throw new IllegalArgumentException(
					"A timer takes no negative time: value " + value + ", interval " + interval);
		}
	}

	/**
	 * Return the setting of a timer that expires once.
	 * @param value the time to that
	 * @return the setting
	 */
	public static TimerSetting once(Duration value) {
		return new TimerSetting(value, Duration.ZERO);
	}

	/**
	 * Return the setting of a timer that expires again and again, after one interval for
	 * the first time.
	 * @param interval the time between expirations
	 * @return the setting
	 */
	public static TimerSetting every(Duration interval) {
		return new TimerSetting(interval, interval);
	}

	/**
	 * Return this setting with another time to the first expiration.
	 * @param value the time to the first expiration
	 * @return the setting
	 */
	public TimerSetting after(Duration value) {
		return new TimerSetting(value, this.interval);
	}

	/**
	 * Whether the timer will expire.
	 * @return {@code false} if it is not armed
	 */
	public boolean isArmed() {
		return !this.value.isZero();
	}

}
