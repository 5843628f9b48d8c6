package io.github.linuxfd.listener;

import java.time.Duration;

import org.springframework.util.Assert;

import io.github.linuxfd.signalfd.SignalStrategy;

/**
 * How signals come, and what happens when one of them asks for the end.
 *
 * @param strategy the way that signals come
 * @param announceShutdown whether {@code TERM}, {@code INT} and {@code HUP} are listened
 * to even without a listener, so that the log and the application know who asks
 * @param preStopDelay how long the application goes on while it refuses new traffic,
 * before its context is closed
 * @author linuxfd
 * @since 0.1.0
 */
public record SignalSettings(SignalStrategy strategy, boolean announceShutdown, Duration preStopDelay) {

	public SignalSettings {
		Assert.isTrue(!preStopDelay.isNegative(), () -> "preStopDelay is " + preStopDelay + ", and cannot be negative");
	}

}
