package io.github.linuxfd.seccomp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which threads have filters of their own, which libseccomp does not tell.
 *
 * @author linuxfd
 */
final class ThreadFilters {

	private static final Path TASKS = Path.of("/proc/self/task");

	private ThreadFilters() {
	}

	/** Return those that have not as many filters as the calling thread. */
	static List<String> diverging() {
		String own = filters(status(Path.of("/proc/thread-self")));
		try (Stream<Path> tasks = Files.list(TASKS)) {
			return tasks.map((task) -> Map.entry(task.getFileName(), status(task)))
				.filter((task) -> !task.getValue().isEmpty() && !filters(task.getValue()).equals(own))
				.map((task) -> "thread " + task.getKey() + " (" + task.getValue().get("Name") + ")")
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The number of filters is told since Linux 5.9. */
	private static String filters(Map<String, String> status) {
		return status.get("Seccomp") + " " + status.get("Seccomp_filters");
	}

	private static Map<String, String> status(Path task) {
		try {
			return Files.readAllLines(task.resolve("status"))
				.stream()
				.map((line) -> line.split(":\\s*", 2))
				.collect(Collectors.toMap((field) -> field[0], (field) -> field[1], (first, second) -> first));
		}
		catch (IOException ex) {
			return Map.of(); // has ended
		}
	}

}
