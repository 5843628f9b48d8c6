package io.github.linuxfd.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The ways to take a signal. {@code signalfd-loop} and {@code boot-loop} are the same
 * application; the first is started with the signals blocked, so that they reach the
 * signalfd by themselves.
 *
 * @author linuxfd
 */
final class SignalContestants {

	static final Benchmark BENCHMARK = new Benchmark("SHM",
			Map.of("signalfd-loop", (arguments) -> BootSignal.run(recorder(arguments), BootSignal.OnLoop.class),
					"boot-loop", (arguments) -> BootSignal.run(recorder(arguments), BootSignal.OnLoop.class), "boot",
					(arguments) -> BootSignal.run(recorder(arguments), BootSignal.OnExecutor.class), "jdk",
					(arguments) -> PeerSignal.run(recorder(arguments))));

	private SignalContestants() {
	}

	private static SignalRecorder recorder(List<String> arguments) throws Exception {
		return new SignalRecorder(Path.of(arguments.get(0)));
	}

}
