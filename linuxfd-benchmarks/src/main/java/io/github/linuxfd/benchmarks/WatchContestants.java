package io.github.linuxfd.benchmarks;

import java.nio.file.Path;
import java.util.Map;

/**
 * The ways to be told of new files in a directory.
 *
 * @author linuxfd
 */
final class WatchContestants {

	static final Benchmark BENCHMARK = new Benchmark("DIR", Map.ofEntries(
			Map.entry("handle", (arguments) -> HandleWatch.run(Path.of(arguments.get(0)))),
			Map.entry("cursor", (arguments) -> HandleWatch.runCursor(Path.of(arguments.get(0)))),
			Map.entry("boot-loop", (arguments) -> BootWatch.run(arguments.get(0), BootWatch.OnLoop.class)),
			Map.entry("boot", (arguments) -> BootWatch.run(arguments.get(0), BootWatch.OneByOne.class)),
			Map.entry("boot-list", (arguments) -> BootWatch.run(arguments.get(0), BootWatch.Lists.class)),
			Map.entry("boot-window", (arguments) -> BootWatch.run(arguments.get(0), BootWatch.Window.class)),
			Map.entry("boot-loop-window", (arguments) -> BootWatch.run(arguments.get(0), BootWatch.WindowOnLoop.class)),
			Map.entry("boot-published", (arguments) -> BootWatch.runPublished(arguments.get(0))),
			Map.entry("boot-metrics", (arguments) -> BootWatch.runMetered(arguments.get(0))),
			Map.entry("watchservice", (arguments) -> PeerWatch.watchService(Path.of(arguments.get(0)))),
			Map.entry("directory-watcher", (arguments) -> PeerWatch.directoryWatcher(Path.of(arguments.get(0))))));

	private WatchContestants() {
	}

}
