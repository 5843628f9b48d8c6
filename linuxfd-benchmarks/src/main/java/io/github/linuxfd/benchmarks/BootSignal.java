package io.github.linuxfd.benchmarks;

import java.util.Map;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;

/**
 * Our signals in a Boot application.
 *
 * @author linuxfd
 */
final class BootSignal {

	private static final int TIMED = Signal.of("USR1").number();

	private BootSignal() {
	}

	static void run(SignalRecorder recorder, Class<?> handler) throws InterruptedException {
		BootApplication.start(recorder, Map.of(), handler);
		recorder.run();
	}

	private static void record(SignalRecorder recorder, SignalEvent signal) {
		if (signal.signal().number() == TIMED) {
			recorder.timed();
		}
		else {
			recorder.counted();
		}
	}

	/**
	 * Takes signals on the loop's thread.
	 */
	static class OnLoop {

		private final SignalRecorder recorder;

		OnLoop(SignalRecorder recorder) {
			this.recorder = recorder;
		}

		@SignalListener(signals = { "USR1", "RTMIN+1" }, dispatch = Dispatch.LOOP)
		void on(SignalEvent signal) {
			record(this.recorder, signal);
		}

	}

	/**
	 * Takes signals on a thread of the executor.
	 */
	static class OnExecutor {

		private final SignalRecorder recorder;

		OnExecutor(SignalRecorder recorder) {
			this.recorder = recorder;
		}

		@SignalListener({ "USR1", "RTMIN+1" })
		void on(SignalEvent signal) {
			record(this.recorder, signal);
		}

	}

}
