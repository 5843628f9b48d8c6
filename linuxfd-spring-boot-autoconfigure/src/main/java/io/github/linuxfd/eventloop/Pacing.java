package io.github.linuxfd.eventloop;

import java.time.Duration;

/**
 * How long a source is left unread after a read, while the kernel collects: a wake-up
 * costs more than the events that it is for, and serves many as well as one.
 *
 * @param pause the time, to the nanosecond; before Linux 5.11 rounded up to milliseconds
 * @param floodsOnly whether there is no pause after a read that came alone: the one
 * before it was longer ago than three times the pause
 * @author linuxfd
 * @since 0.1.0
 */
public record Pacing(Duration pause, boolean floodsOnly) {

	/** Everything is read as soon as it is there. */
	public static final Pacing NONE = new Pacing(Duration.ZERO, false);

	/**
	 * Pause after every read.
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
