package io.github.linuxfd.timerfd;

/**
 * The clocks a timer can follow.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create.2</a>
 */
public enum TimerfdClock {

	/**
	 * {@code CLOCK_REALTIME}: wall-clock time, which can be set.
	 */
	REALTIME(0),

	/**
	 * {@code CLOCK_MONOTONIC}: never set; stands still while the system is suspended.
	 */
	MONOTONIC(1),

	/**
	 * {@code CLOCK_BOOTTIME}: like {@link #MONOTONIC}, and counts while suspended.
	 */
	BOOTTIME(7),

	/**
	 * {@code CLOCK_REALTIME_ALARM}: like {@link #REALTIME}, and wakes a suspended system;
	 * needs {@code CAP_WAKE_ALARM}.
	 */
	REALTIME_ALARM(8),

	/**
	 * {@code CLOCK_BOOTTIME_ALARM}: like {@link #BOOTTIME}, and wakes a suspended system;
	 * needs {@code CAP_WAKE_ALARM}.
	 */
	BOOTTIME_ALARM(9);

	private final int id;

	TimerfdClock(int id) {
		this.id = id;
	}

	/**
	 * Return the kernel's {@code clockid_t}.
	 * @return the number
	 */
	public int id() {
		return this.id;
	}

	/**
	 * Return the clock that tells the time this one wakes by: the alarm clocks can be
	 * read only where there is a real-time clock device.
	 * @return the number of a clock that can always be read
	 */
	int readableId() {
		return switch (this) {
			case REALTIME_ALARM -> REALTIME.id;
			case BOOTTIME_ALARM -> BOOTTIME.id;
			default -> this.id;
		};
	}

	/**
	 * Whether this clock can be set, so that a wait for one of its times can be
	 * cancelled.
	 * @return {@code true} for the wall clocks
	 */
	public boolean isSettable() {
		return this == REALTIME || this == REALTIME_ALARM;
	}

}
