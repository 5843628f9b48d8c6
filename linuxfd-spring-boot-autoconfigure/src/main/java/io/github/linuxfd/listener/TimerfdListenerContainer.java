package io.github.linuxfd.listener;

import java.time.Instant;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.event.ClockChangedEvent;
import io.github.linuxfd.eventloop.Pacing;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.Timerfd;

/**
 * Brings the ticks of one timer to its listener. While the handler runs one tick may
 * wait; then the timer is left unread and the kernel counts.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class TimerfdListenerContainer extends DescriptorListenerContainer<TimerEvent> {

	private static final int WAITING_TICKS = 1;

	private final Schedule schedule;

	private volatile @Nullable Timerfd timer;

	private volatile long missed;

	TimerfdListenerContainer(TimerfdScheduledEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, TimerEvent.class, WAITING_TICKS);
		this.schedule = endpoint.schedule();
	}

	@Override
	public String source() {
		return "timerfd";
	}

	/**
	 * Return how many ticks passed without a call of their own.
	 * @return the number since the context was made
	 */
	public long missed() {
		return this.missed;
	}

	@Override
	boolean open() {
		Timerfd timer = context().timerfds().open(this.schedule.clock());
		this.timer = timer;
		try {
			this.schedule.arm(timer);
		}
		catch (RuntimeException | Error ex) {
			timer.close();
			throw ex;
		}
		register(timer, Pacing.NONE);
		return true;
	}

	@Override
	@Nullable TimerEvent arrived(TimerEvent event) {
		if (event.isClockChange()) {
			publishSoon(new ClockChangedEvent(Instant.now()));
		}
		TimerEvent tick = this.schedule.expired(Objects.requireNonNull(this.timer), event);
		if (tick != null) {
			this.missed = this.missed + tick.missed();
			ListenerObserver observer = observer();
			if (observer != null) {
				observer.ticked(tick.readNanos() - tick.dueNanos());
			}
		}
		return tick;
	}

}
