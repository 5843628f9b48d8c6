package io.github.linuxfd.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * The ways to be called at a fixed rate.
 *
 * @author linuxfd
 */
final class TimerContestants {

	static final Benchmark BENCHMARK = new Benchmark("PERIOD_NS N",
			Map.of("boot-loop", (arguments) -> BootTimer.run(recorder(arguments), BootTimer.OnLoop.class), "boot",
					(arguments) -> BootTimer.run(recorder(arguments), BootTimer.OnExecutor.class), "spring",
					(arguments) -> SpringTimer.run(recorder(arguments)), "scheduled-executor",
					(arguments) -> PeerTimer.scheduledExecutor(recorder(arguments)), "wheel",
					(arguments) -> PeerTimer.wheel(recorder(arguments))));

	private TimerContestants() {
	}

	private static TimerRecorder recorder(List<String> arguments) {
		return new TimerRecorder(Long.parseLong(arguments.get(0)), Long.parseLong(arguments.get(1)));
	}

}
