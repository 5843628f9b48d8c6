package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Anonymous memory of this process that work leaves behind.
 *
 * @author linuxfd
 */
public final class ResidentMemory {

	/** Heap and JIT compiler take theirs in one of them; what leaks, leaks in each. */
	private static final int WINDOWS = 3;

	private ResidentMemory() {
	}

	/**
	 * Repeats the work until it once leaves less than the limit.
	 * @return what it left then, or the last time, in KiB
	 */
	public static long grownKib(long limitKib, Work work) throws Exception {
		long grown = limitKib;
		for (int i = 0; i < WINDOWS && grown >= limitKib; i++) {
			long before = residentKib();
			work.run();
			grown = residentKib() - before;
		}
		return grown;
	}

	private static long residentKib() throws IOException {
		System.gc();
		return Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((line) -> line.startsWith("RssAnon:"))
			.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")))
			.findFirst()
			.orElseThrow();
	}

	/** What is to leave nothing. */
	@FunctionalInterface
	public interface Work {

		/** Do it once. */
		void run() throws Exception;

	}

}
