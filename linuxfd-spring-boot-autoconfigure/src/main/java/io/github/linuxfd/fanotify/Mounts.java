package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Which mount and which file system a path is on. The device of {@code stat(2)} does not
 * tell: btrfs and overlayfs have several in one file system.
 *
 * @author linuxfd
 */
final class Mounts {

	private static final int O_PATH = 0x200000;

	private static final String MOUNT_ID = "mnt_id:";

	private final Syscalls syscalls;

	private final Map<Integer, String> devices = new HashMap<>();

	private Mounts(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/** Read {@code /proc/thread-self/mountinfo}: id, parent, device and so on. */
	static Mounts read(Syscalls syscalls) {
		Mounts mounts = new Mounts(syscalls);
		for (String line : lines(Path.of("/proc/thread-self/mountinfo"))) {
			String[] columns = line.split(" ", 4);
			mounts.devices.put(Integer.valueOf(columns[0]), columns[2]);
		}
		return mounts;
	}

	private static List<String> lines(Path file) {
		try {
			// bytes of paths that are not UTF-8 must not be an error
			return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
		}
		catch (IOException ex) {
			throw new IllegalStateException("The mounts cannot be found: " + ex, ex);
		}
	}

	/** Returns the file system's major and minor number. */
	String device(Path path) {
		int id = mountId(path);
		// a mount outside the root directory of this process is not listed
		return this.devices.getOrDefault(id, "mount " + id);
	}

	int mountId(Path path) {
		int result = this.syscalls.open(NativePaths.encode(path), O_PATH | Syscalls.CLOEXEC);
		OwnedFd fd = OwnedFd.adopt(this.syscalls, result, "open", "\"" + path + "\"");
		try {
			int number = fd.acquire();
			try {
				return lines(Path.of("/proc/thread-self/fdinfo", Integer.toString(number))).stream()
					.filter((line) -> line.startsWith(MOUNT_ID))
					.mapToInt((line) -> Integer.parseInt(line.substring(MOUNT_ID.length()).strip()))
					.findFirst()
					.orElseThrow();
			}
			finally {
				fd.release();
			}
		}
		finally {
			fd.close();
		}
	}

}
