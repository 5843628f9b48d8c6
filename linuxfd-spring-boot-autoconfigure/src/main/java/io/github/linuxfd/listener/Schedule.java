package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdClock;

/**
 * When a timer ticks.
 *
 * @author linuxfd
 */
interface Schedule {

	/** The clock that the timer follows. */
	TimerfdClock clock();

	/** Arm the timer for the first tick, before it is registered with the loop. */
	void arm(Timerfd timer);

	/**
	 * On the loop's thread: arm the timer for the next tick, if the kernel does not do so
	 * itself.
	 * @return the tick for the handler, or null if this expiration is none
	 */
	@Nullable TimerEvent expired(Timerfd timer, TimerEvent event);

}
