package io.github.linuxfd.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The ways to be called at a fixed rate.
 *
 * @author linuxfd
 */
final class TimerContestants {

	static final Benchmark BENCHMARK = new Benchmark("PERIOD_NS N", Map.of("boot-loop",
			(arguments) -> run(arguments, (recorder) -> BootTimer.start(recorder, BootTimer.OnLoop.class)), "boot",
			(arguments) -> run(arguments, (recorder) -> BootTimer.start(recorder, BootTimer.OnExecutor.class)),
			"spring", (arguments) -> run(arguments, SpringTimer::start), "scheduled-executor",
			(arguments) -> run(arguments, PeerTimer::scheduledExecutor), "wheel",
			(arguments) -> run(arguments, PeerTimer::wheel)));

	private static final long WARM_UP_PERIOD_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	private static final int WARM_UP_TICKS = 30_000;

	private TimerContestants() {
	}

	/** First with a shorter period: a JVM compiles what has been called often. */
	private static void run(List<String> arguments, Timer timer) throws Exception {
		long periodNanos = Long.parseLong(arguments.get(0));
		TimerRecorder warmUp = new TimerRecorder(Math.min(WARM_UP_PERIOD_NANOS, periodNanos), WARM_UP_TICKS);
		try (AutoCloseable started = timer.start(warmUp)) {
			warmUp.awaitWarm();
			warmUp.awaitEnd(WARM_UP_TICKS * WARM_UP_PERIOD_NANOS);
		}
		TimerRecorder recorder = new TimerRecorder(periodNanos, Long.parseLong(arguments.get(1)));
		timer.start(recorder);
		recorder.awaitWarm();
		Contract.ready();
		recorder.awaitEnd(Long.MAX_VALUE);
		Contract.result(recorder.result());
	}

	/**
	 * Ticks from its start until it is closed.
	 */
	@FunctionalInterface
	private interface Timer {

		AutoCloseable start(TimerRecorder recorder);

	}

}
