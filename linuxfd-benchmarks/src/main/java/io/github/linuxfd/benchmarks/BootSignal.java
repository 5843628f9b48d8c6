package io.github.linuxfd.benchmarks;

import java.util.Map;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.signalfd.SignalEvent;

/**
 * Our signals in a Boot application.
 *
 * @author linuxfd
 */
final class BootSignal {

	private BootSignal() {
	}

	static void run(SignalRecorder recorder, Class<?> handler) throws InterruptedException {
		BootApplication.start(recorder, Map.of(), handler);
		recorder.run();
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
			this.recorder.arrived();
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
			this.recorder.arrived();
		}

	}

}
