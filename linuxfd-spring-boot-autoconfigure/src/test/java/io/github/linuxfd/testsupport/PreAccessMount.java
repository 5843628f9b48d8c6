package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A file system in a file, because {@code FAN_PRE_ACCESS} is not for every file system.
 * To be mounted in a mount namespace that ends with the test.
 *
 * @author linuxfd
 */
public final class PreAccessMount {

	private static final int FAN_CLOEXEC = 1;

	private static final int FAN_CLASS_PRE_CONTENT = 8;

	private static final int FAN_MARK_ADD = 1;

	private static final long FAN_PRE_ACCESS = 0x100000;

	private PreAccessMount() {
	}

	/**
	 * Make and mount it.
	 * @param directory takes the file, and what is mounted
	 * @return the root directory, or empty if there is no loop device or the kernel is
	 * older than 6.14, which is said on the output in a line with {@code SKIPPED}
	 * @throws IOException if the file cannot be made
	 */
	public static Optional<Path> in(Path directory) throws IOException {
		Optional<Path> root = Ext4Mount.in(directory);
		if (root.isEmpty()) {
			return root;
		}
		int result = mark(Files.writeString(root.get().resolve("probe"), ""));
		if (Errno.EINVAL.is(result) || Errno.EOPNOTSUPP.is(result)) {
			System.out.println("SKIPPED: PRE_ACCESS needs Linux 6.14: " + Errno.ofResult(result));
			return Optional.empty();
		}
		return root;
	}

	private static int mark(Path file) {
		Syscalls syscalls = Syscalls.system();
		int group = syscalls.fanotifyInit(FAN_CLOEXEC | FAN_CLASS_PRE_CONTENT, Syscalls.CLOEXEC);
		int result = syscalls.fanotifyMark(group, FAN_MARK_ADD, FAN_PRE_ACCESS, NativePaths.encode(file));
		syscalls.close(group);
		return result;
	}

}
