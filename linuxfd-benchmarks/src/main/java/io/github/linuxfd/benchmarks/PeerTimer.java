package io.github.linuxfd.benchmarks;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * A timer through what Java and Netty have.
 *
 * @author linuxfd
 */
final class PeerTimer {

	private PeerTimer() {
	}

	static AutoCloseable scheduledExecutor(TimerRecorder recorder) {
		PeriodicTicks ticks = new PeriodicTicks(recorder);
		ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
		ticks.startAt(executor.scheduleAtFixedRate(ticks::tick, PeriodicTicks.INITIAL_DELAY_NANOS,
				recorder.periodNanos(), TimeUnit.NANOSECONDS));
		return executor::shutdownNow;
	}

	static AutoCloseable wheel(TimerRecorder recorder) {
		HashedWheelTimer wheel = new HashedWheelTimer(new DefaultThreadFactory("wheel"), 1, TimeUnit.MILLISECONDS);
		PeriodicTicks ticks = new PeriodicTicks(recorder);
		wheel.start();
		ticks.startAt(System.nanoTime() + PeriodicTicks.INITIAL_DELAY_NANOS);
		arm(wheel, ticks);
		return wheel::stop;
	}

	private static void arm(HashedWheelTimer wheel, PeriodicTicks ticks) {
		wheel.newTimeout((timeout) -> {
			ticks.tick();
			arm(wheel, ticks);
		}, ticks.dueNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
	}

}
