package io.github.linuxfd.listener;

import java.time.Duration;

import io.github.linuxfd.fanotify.FanotifyResponse;

/**
 * What holds for all fanotify listeners that do not say otherwise.
 *
 * @param timeout how long somebody waits for a listener's answer
 * @param timeoutResponse the answer when the listener gives none
 * @author linuxfd
 * @since 0.1.0
 */
public record FanotifySettings(Duration timeout, FanotifyResponse timeoutResponse) {

	/**
	 * Check the time and the answer.
	 */
	public FanotifySettings {
		if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(Duration.ofHours(1)) > 0) {
			throw new IllegalArgumentException(
					"The time that somebody waits for an answer is more than 0 and at most one hour, not " + timeout);
		}
		if (timeoutResponse != FanotifyResponse.ALLOW && timeoutResponse != FanotifyResponse.DENY) {
			throw new IllegalArgumentException(
					"The answer when a listener gives none is ALLOW or DENY, not " + timeoutResponse);
		}
	}

}
