package io.github.linuxfd.benchmarks;

import java.util.Map;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.timerfd.TimerEvent;

/**
 * Our timer in a Boot application. When each tick was due is known from its event.
 *
 * @author linuxfd
 */
final class BootTimer {

	private static final String PERIOD = "benchmark.period-nanos";

	private static final String RATE = "${" + PERIOD + "}ns";

	private BootTimer() {
	}

	static AutoCloseable start(TimerRecorder recorder, Class<?> handler) {
		return BootApplication.start(recorder, Map.of(PERIOD, recorder.periodNanos()), handler);
	}

	private static void record(TimerRecorder recorder, TimerEvent tick) {
		recorder.tick(tick.dueNanos() - tick.missed() * recorder.periodNanos(), tick.expirations());
	}

	/**
	 * Takes ticks on the loop's thread.
	 */
	static class OnLoop {

		private final TimerRecorder recorder;

		OnLoop(TimerRecorder recorder) {
			this.recorder = recorder;
		}

		@TimerfdScheduled(fixedRate = RATE, dispatch = Dispatch.LOOP)
		void on(TimerEvent tick) {
			record(this.recorder, tick);
		}

	}

	/**
	 * Takes ticks on a thread of the executor.
	 */
	static class OnExecutor {

		private final TimerRecorder recorder;

		OnExecutor(TimerRecorder recorder) {
			this.recorder = recorder;
		}

		@TimerfdScheduled(fixedRate = RATE)
		void on(TimerEvent tick) {
			record(this.recorder, tick);
		}

	}

}
