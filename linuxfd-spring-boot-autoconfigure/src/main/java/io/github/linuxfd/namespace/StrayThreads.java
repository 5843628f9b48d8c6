package io.github.linuxfd.namespace;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.linuxfd.flags.Flags;

/**
 * The threads of this process that are in other namespaces than its first thread: those
 * that somebody started where they should not have. The threads of
 * {@link NamespaceThread} do not count.
 *
 * @author linuxfd
 */
final class StrayThreads {

	private static final Path TASKS = Path.of("/proc/self/task");

	/** As much of the name as the kernel keeps. */
	private static final String EXPECTED = NamespaceThread.THREAD_NAME.substring(0, 15);

	private final Map<String, String> names;

	private StrayThreads(Map<String, String> names) {
		this.names = names;
	}

	/** None, where there is no proc(5) to tell. */
	static StrayThreads now(Flags<CloneFlag> types) {
		Map<String, String> names = new TreeMap<>();
		try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
			List<String> first = namespaces(Path.of("/proc/self"), types);
			for (Path task : tasks) {
				String name = namespaces(task, types).equals(first) ? "" : name(task);
				if (!name.isEmpty() && !name.equals(EXPECTED)) {
					names.put(task.getFileName().toString(), name);
				}
			}
		}
		catch (IOException | DirectoryIteratorException ex) {
			return new StrayThreads(Map.of());
		}
		return new StrayThreads(names);
	}

	private static List<String> namespaces(Path task, Flags<CloneFlag> types) {
		List<String> namespaces = new ArrayList<>();
		for (CloneFlag type : CloneFlag.values()) {
			if (types.contains(type)) {
				namespaces.add(target(task.resolve("ns").resolve(type.file())));
			}
		}
		return namespaces;
	}

	/** Empty once the thread has ended. */
	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			return "";
		}
	}

	/** Empty once it has ended. */
	private static String name(Path task) {
		try {
			return Files.readString(task.resolve("comm")).strip();
		}
		catch (IOException ex) {
			return "";
		}
	}

	StrayThreads without(StrayThreads others) {
		Map<String, String> rest = new TreeMap<>(this.names);
		rest.keySet().removeAll(others.names.keySet());
		return new StrayThreads(rest);
	}

	boolean isEmpty() {
		return this.names.isEmpty();
	}

	/**
	 * Return the threads with their numbers.
	 * @return for instance {@code [process reaper (4711)]}
	 */
	@Override
	public String toString() {
		return this.names.entrySet()
			.stream()
			.map((entry) -> entry.getValue() + " (" + entry.getKey() + ")")
			.toList()
			.toString();
	}

}
