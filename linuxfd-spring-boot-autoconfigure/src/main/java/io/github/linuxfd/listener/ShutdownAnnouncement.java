package io.github.linuxfd.listener;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;

import io.github.linuxfd.event.ShutdownRequestedEvent;
import io.github.linuxfd.signalfd.SignalEvent;

/**
 * Tells an application context that a signal asks for the end.
 *
 * @author linuxfd
 */
final class ShutdownAnnouncement {

	private static final Log logger = LogFactory.getLog(ShutdownAnnouncement.class);

	private final ApplicationContext context;

	private final Duration preStopDelay;

	ShutdownAnnouncement(ApplicationContext context, Duration preStopDelay) {
		this.context = context;
		this.preStopDelay = preStopDelay;
	}

	/**
	 * Tell the application.
	 * @param signal the signal
	 * @return how long it wants to go on
	 */
	Duration announce(SignalEvent signal) {
		try {
			if (!this.preStopDelay.isZero()) {
				AvailabilityChangeEvent.publish(this.context, this, ReadinessState.REFUSING_TRAFFIC);
			}
			this.context.publishEvent(new ShutdownRequestedEvent(signal, this.preStopDelay));
		}
		catch (Throwable ex) {
			logger.error("An application listener has failed on the requested shutdown, which goes on", ex);
		}
		return this.preStopDelay;
	}

}
