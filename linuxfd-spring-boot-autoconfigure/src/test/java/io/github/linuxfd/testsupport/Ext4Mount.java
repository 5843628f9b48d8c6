package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An ext4 file system in a file, for what a file system in memory does not do. To be
 * mounted in a mount namespace that ends with the test.
 *
 * @author linuxfd
 */
public final class Ext4Mount {

	private static final long BYTES = 8L << 20;

	private Ext4Mount() {
	}

	/**
	 * Make and mount it.
	 * @param directory takes the file, and what is mounted
	 * @return the root directory, or empty if there is no loop device, which is said on
	 * the output in a line with {@code SKIPPED}
	 * @throws IOException if the file cannot be made
	 */
	public static Optional<Path> in(Path directory) throws IOException {
		Path image = directory.resolve("ext4");
		Path root = Files.createDirectory(directory.resolve("mounted"));
		try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
			file.setLength(BYTES);
		}
		Shell.run(List.of("mkfs.ext4", "-q", image.toString())).orFail();
		Shell.Result mount = Shell
			.run(List.of("mount", "-o", "loop,errors=continue", image.toString(), root.toString()));
		if (mount.status() != 0) {
			System.out.println("SKIPPED: no ext4 can be mounted: " + mount.output().strip());
			return Optional.empty();
		}
		return Optional.of(root);
	}

	/**
	 * Find what tells a file system that it is broken, by whatever is written to it: it
	 * reports an error, and goes on.
	 * @param root its root directory
	 * @return the file, or empty if it cannot be written, which is said on the output in
	 * a line with {@code SKIPPED}
	 */
	public static Optional<Path> errorTrigger(Path root) {
		String device = Shell.run(List.of("findmnt", "--noheadings", "--output", "SOURCE", root.toString()))
			.orFail()
			.strip();
		if (!device.startsWith("/dev/loop")) {
			throw new IllegalStateException(device + " is not a device of this test");
		}
		Path trigger = Path.of("/sys/fs/ext4", device.substring("/dev/".length()), "trigger_fs_error");
		if (!Files.isWritable(trigger)) {
			System.out.println("SKIPPED: no error can be written to " + trigger);
			return Optional.empty();
		}
		return Optional.of(trigger);
	}

}
