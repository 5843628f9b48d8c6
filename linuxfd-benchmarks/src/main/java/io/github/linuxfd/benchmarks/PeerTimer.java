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

	static void scheduledExecutor(TimerRecorder recorder) throws InterruptedException {
		PeriodicTicks ticks = new PeriodicTicks(recorder);
		ticks.startAt(new ScheduledThreadPoolExecutor(1).scheduleAtFixedRate(ticks::tick,
				PeriodicTicks.INITIAL_DELAY_NANOS, recorder.periodNanos(), TimeUnit.NANOSECONDS));
		recorder.run();
	}

	static void wheel(TimerRecorder recorder) throws InterruptedException {
		HashedWheelTimer wheel = new HashedWheelTimer(new DefaultThreadFactory("wheel"), 1, TimeUnit.MILLISECONDS);
		PeriodicTicks ticks = new PeriodicTicks(recorder);
		wheel.start();
		ticks.startAt(System.nanoTime() + PeriodicTicks.INITIAL_DELAY_NANOS);
		arm(wheel, ticks);
		recorder.run();
	}

	private static void arm(HashedWheelTimer wheel, PeriodicTicks ticks) {
		wheel.newTimeout((timeout) -> {
			ticks.tick();
			arm(wheel, ticks);
		}, ticks.dueNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
	}

}
