package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The descriptors of this process that stand for no file: what linuxfd opens. Those that
 * the JVM opens for itself are files, sockets and the pipes of child processes.
 *
 * @param byTarget how many there are of each kind, for instance
 * {@code anon_inode:[timerfd]}
 * @author linuxfd
 */
public record OpenFiles(Map<String, Integer> byTarget) {

	/**
	 * Look at the descriptors there are.
	 * @return the anonymous ones
	 */
	public static OpenFiles now() {
		Map<String, Integer> byTarget = new TreeMap<>();
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors) {
				String target = target(descriptor);
				if (target.startsWith("anon_inode:")) {
					byTarget.merge(target, 1, Integer::sum);
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new OpenFiles(byTarget);
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			return "gone";
		}
	}

}
