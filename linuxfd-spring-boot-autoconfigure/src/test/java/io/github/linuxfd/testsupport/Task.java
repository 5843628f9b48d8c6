package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.awaitility.Awaitility;

/**
 * A thread of this JVM as proc(5) sees it.
 *
 * @author linuxfd
 */
public final class Task {

	private final Path directory;

	private Task(Path directory) {
		this.directory = directory;
	}

	/**
	 * Return the only thread of a name, once its predecessors have ended: the kernel
	 * shows them for a moment after {@link Thread#join()}.
	 * @param name the name, of which the kernel knows 15 characters
	 * @return the thread
	 */
	public static Task named(String name) {
		return Awaitility.await("the only thread " + name).until(() -> all(name), (tasks) -> tasks.size() == 1).get(0);
	}

	/**
	 * Return the numbers of the threads there are whose names begin like that.
	 * @param prefix at most 15 characters
	 * @return the numbers, possibly of some that have ended meanwhile
	 */
	public static List<Integer> idsOf(String prefix) {
		try (Stream<Path> directories = Files.list(Path.of("/proc/self/task"))) {
			return directories.map(Task::new)
				.filter((task) -> task.name().startsWith(prefix))
				.map((task) -> Integer.valueOf(task.directory.getFileName().toString()))
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<Task> all(String name) throws IOException {
		try (Stream<Path> directories = Files.list(Path.of("/proc/self/task"))) {
			return directories.map(Task::new).filter((task) -> task.name().equals(name)).toList();
		}
	}

	private String name() {
		try {
			return Files.readString(this.directory.resolve("comm")).strip();
		}
		catch (IOException ex) {
			return ""; // has ended
		}
	}

	/**
	 * Whether the thread sleeps in epoll_wait(2), and not somewhere else, as it does for
	 * a moment when the JVM collects garbage.
	 * @return {@code true} if it does, or if this kernel does not say
	 */
	public boolean isWaitingInEpoll() {
		String function = read("wchan");
		return status("State:").startsWith("S") && (function.equals("0") || function.contains("poll"));
	}

	/**
	 * Wait for a time in which the thread does not wake up. It may do so once before: the
	 * kernel may interrupt any call of any thread, for instance to freeze the process.
	 * @param duration how long the thread has to sleep
	 */
	public void awaitSleep(Duration duration) {
		AtomicLong switches = new AtomicLong(-1);
		Awaitility.await("sleep of " + duration)
			.during(duration)
			.atMost(duration.multipliedBy(4))
			.until(() -> switches.getAndSet(voluntarySwitches()) == switches.get());
	}

	private long voluntarySwitches() {
		return Long.parseLong(status("voluntary_ctxt_switches:"));
	}

	private String status(String field) {
		return read("status").lines()
			.filter((line) -> line.startsWith(field))
			.map((line) -> line.substring(field.length()).strip())
			.findFirst()
			.orElseThrow();
	}

	private String read(String file) {
		try {
			return Files.readString(this.directory.resolve(file));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
