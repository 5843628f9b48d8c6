package io.github.linuxfd.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Runs the contestant that the command line names. Nothing of the other contestants is
 * loaded, so that none pays for another's libraries.
 *
 * @author linuxfd
 */
public final class Benchmarks {

	private static final Map<String, Supplier<Benchmark>> BENCHMARKS = new TreeMap<>(
			Map.of("watch", () -> WatchContestants.BENCHMARK, "timer", () -> TimerContestants.BENCHMARK, "signal",
					() -> SignalContestants.BENCHMARK, "pingpong", () -> PingPong.BENCHMARK, "calls",
					() -> Calls.BENCHMARK, "copy", () -> Copies.BENCHMARK, "read", () -> FileReads.BENCHMARK, "echo",
					() -> Echoes.BENCHMARK, "startup", () -> StartupContestants.BENCHMARK));

	private static final String JMH = "jmh";

	private Benchmarks() {
	}

	/**
	 * Run a contestant.
	 * @param arguments the benchmark, the kind, and what the contestant needs
	 */
	public static void main(String[] arguments) {
		try {
			run(List.of(arguments));
		}
		catch (Exception ex) {
			ex.printStackTrace();
			System.exit(1);
		}
	}

	private static void run(List<String> arguments) throws Exception {
		if (!arguments.isEmpty() && arguments.get(0).equals(JMH)) {
			Microbenchmarks.run(arguments.subList(1, arguments.size()));
			return;
		}
		Supplier<Benchmark> benchmark = arguments.isEmpty() ? null : BENCHMARKS.get(arguments.get(0));
		if (benchmark == null || arguments.size() < 2) {
			refuse();
			return;
		}
		Contestant contestant = benchmark.get().kinds().get(arguments.get(1));
		List<String> rest = arguments.subList(2, arguments.size());
		if (contestant == null || rest.size() < benchmark.get().required()) {
			refuse();
			return;
		}
		contestant.run(rest);
	}

	private static void refuse() {
		System.err.println("usage:");
		BENCHMARKS.forEach((name, benchmark) -> System.err.println("  " + name + " "
				+ String.join("|", benchmark.get().kinds().keySet()) + " " + benchmark.get().arguments()));
		System.err.println("  " + JMH + " [ARGUMENTS OF JMH]");
		System.exit(2);
	}

}
