package io.github.linuxfd.listener;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

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

	private final Duration timeout;

	ShutdownAnnouncement(ApplicationContext context, Duration preStopDelay, Duration timeout) {
		this.context = context;
		this.preStopDelay = preStopDelay;
		this.timeout = timeout;
	}

	/** How long the application goes on. */
	Duration preStopDelay() {
		return this.preStopDelay;
	}

	/** How long its listeners may take. */
	Duration timeout() {
		return this.timeout;
	}

	void announce(SignalEvent signal) {
		try {
			if (!this.preStopDelay.isZero()) {
				if (this.context instanceof ConfigurableApplicationContext configurable) {
					configurable.addApplicationListener(new Refusal(this.context));
				}
				refuseTraffic(this.context);
			}
			this.context.publishEvent(new ShutdownRequestedEvent(signal, this.preStopDelay));
		}
		catch (Throwable ex) {
			logger.error("An application listener has failed on the requested shutdown, which goes on", ex);
		}
	}

	private static void refuseTraffic(ApplicationContext context) {
		AvailabilityChangeEvent.publish(context, context, ReadinessState.REFUSING_TRAFFIC);
	}

	/** An application that was still starting says later that it accepts traffic. */
	private record Refusal(
			ApplicationContext context) implements ApplicationListener<AvailabilityChangeEvent<ReadinessState>> {

		@Override
		public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
			if (event.getState() == ReadinessState.ACCEPTING_TRAFFIC) {
				refuseTraffic(this.context);
			}
		}

	}

}
