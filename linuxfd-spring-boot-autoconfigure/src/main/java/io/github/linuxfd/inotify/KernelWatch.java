package io.github.linuxfd.inotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.linuxfd.flags.Flags;

/**
 * A watch as the kernel has it: a line of proc_pid_fdinfo(5).
 *
 * @param wd the kernel's watch descriptor
 * @param inode the inode's number
 * @param device the number of its file system's device
 * @param events the events that are reported
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html">proc_pid_fdinfo.5</a>
 */
public record KernelWatch(int wd, long inode, long device, Flags<InotifyEventFlag> events) {

	/** A line is {@code inotify wd:1 ino:7d3 sdev:800013 mask:100 ignored_mask:0 …}. */
	static List<KernelWatch> read(Path fdinfo) throws IOException {
		List<KernelWatch> watches = new ArrayList<>();
		for (String line : Files.readAllLines(fdinfo)) {
			if (line.startsWith("inotify ")) {
				watches.add(parse(line));
			}
		}
		return watches;
	}

	private static KernelWatch parse(String line) {
		Map<String, Long> fields = new HashMap<>();
		for (String field : line.split(" ")) {
			String[] parts = field.split(":", 2);
			// the file handle at the end is longer than a number
			if (parts.length == 2 && !parts[0].startsWith("f_") && !parts[0].startsWith("fhandle")) {
				fields.put(parts[0], Long.parseUnsignedLong(parts[1], 16));
			}
		}
		return new KernelWatch(fields.getOrDefault("wd", -1L).intValue(), fields.getOrDefault("ino", 0L),
				fields.getOrDefault("sdev", 0L), Flags.ofBits(InotifyEventFlag.class, fields.getOrDefault("mask", 0L)));
	}

}
