package io.github.linuxfd.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Reads the limits that make system calls fail. Each look reads the current value.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class Limits {

	private static final Path SYSCTLS = Path.of("/proc/sys");

	private Limits() {
	}

	/**
	 * Return a sysctl.
	 * @param name the name, for instance {@code fs.inotify.max_user_watches}
	 * @return its value, or empty if it is not there or not a number
	 */
	public static OptionalLong sysctl(String name) {
		// with a buffer: only the first read(2) gives something, and the first of
		// Files.readString() is of one byte
		try (BufferedReader reader = Files.newBufferedReader(SYSCTLS.resolve(name.replace('.', '/')))) {
			String value = reader.readLine();
			return (value != null) ? OptionalLong.of(Long.parseLong(value.strip())) : OptionalLong.empty();
		}
		catch (IOException | NumberFormatException ex) {
			return OptionalLong.empty();
		}
	}

	/**
	 * Return how many descriptors this process may have: {@code RLIMIT_NOFILE}.
	 * @return the soft limit, or empty if there is none
	 */
	public static OptionalLong maxOpenFiles() {
		return limit("Max open files");
	}

	/**
	 * Return how much memory this process may lock: {@code RLIMIT_MEMLOCK}.
	 * @return the soft limit in bytes, or empty if there is none
	 */
	public static OptionalLong maxLockedMemory() {
		return limit("Max locked memory");
	}

	private static OptionalLong limit(String name) {
		try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
			return lines.filter((line) -> line.startsWith(name))
				.map((line) -> line.substring(name.length()).strip().split("\\s+")[0])
				.filter((soft) -> !soft.equals("unlimited"))
				.mapToLong(Long::parseLong)
				.findFirst();
		}
		catch (IOException ex) {
			return OptionalLong.empty();
		}
	}

	/**
	 * Return how many descriptors this process has.
	 * @return the number, or empty if not even this can be opened
	 */
	public static OptionalLong openFiles() {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return OptionalLong.of(descriptors.count());
		}
		catch (IOException ex) {
			return OptionalLong.empty();
		}
	}

}
