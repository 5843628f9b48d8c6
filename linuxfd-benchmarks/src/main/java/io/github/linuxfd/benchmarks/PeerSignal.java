package io.github.linuxfd.benchmarks;

/**
 * Signals through the JDK, which knows no real-time signals and starts a thread for each
 * one that arrives.
 *
 * @author linuxfd
 */
@SuppressWarnings("sunapi")
final class PeerSignal {

	private PeerSignal() {
	}

	static void run(SignalRecorder recorder) throws InterruptedException {
		sun.misc.Signal.handle(new sun.misc.Signal("USR1"), (signal) -> {
			synchronized (recorder) {
				recorder.arrived();
			}
		});
		recorder.run();
	}

}
