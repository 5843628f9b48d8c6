package io.github.linuxfd.eventloop;

import java.time.Duration;

/**
 * How long a source is left unread after it was read empty, while the kernel collects: a
 * wake-up costs more than the events that it is for, and serves many as well as one.
 *
 * @param pause the time, to the nanosecond; before Linux 5.11 and glibc 2.35 rounded up
 * to milliseconds
 * @param floodsOnly whether there is no pause after a read that came alone: the one
 * before it was longer ago than three times the pause
 * @author linuxfd
 * @since 0.1.0
 */
public record Pacing(Duration pause, boolean floodsOnly) {

	private static final Duration LONGEST = Duration.ofHours(1);

	/** Everything is read as soon as it is there. */
	public static final Pacing NONE = new Pacing(Duration.ZERO, false);

	/**
	 * Check the time.
	 */
	public Pacing {
		if (pause.isNegative() || pause.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("A pause is from 0 to one hour, not " + pause);
		}
	}

	/**
	 * Pause after every read that took all there was.
	 * @param pause the time; zero for none
	 * @return the pacing
	 */
	public static Pacing always(Duration pause) {
		return new Pacing(pause, false);
	}

	/**
	 * Pause in floods of events, and take what comes now and then at once.
	 * @param pause the time
	 * @return the pacing
	 */
	public static Pacing inFloods(Duration pause) {
		return new Pacing(pause, true);
	}

}
