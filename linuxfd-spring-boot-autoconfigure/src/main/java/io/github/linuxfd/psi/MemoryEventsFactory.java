package io.github.linuxfd.psi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens the {@link MemoryEvents} of a control group. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class MemoryEventsFactory {

	private static final String FILE = "memory.events";

	/** In {@code /proc/self/cgroup}, the group in the hierarchy of version 2. */
	private static final String UNIFIED = "0::";

	/** A space, for instance, is written so in {@code /proc/self/mountinfo}. */
	private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public MemoryEventsFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code open(2)} of a control group's {@code memory.events}, whose counters are read
	 * for the first time. Linux 4.5, with the memory controller in the hierarchy of
	 * version 2.
	 * @param file the file; the group of a process has it unless it is the root
	 * @return the counters, to be closed by the caller
	 * @throws SyscallException {@code ENOENT} - the group has no such file, because the
	 * memory controller is not enabled for it
	 */
	public MemoryEvents open(Path file) {
		OwnedFd fd = OwnedFd.adopt(this.syscalls,
				this.syscalls.open(NativePaths.encode(file), Syscalls.CLOEXEC | Syscalls.NONBLOCK), "open",
				file.toString());
		try {
			MemoryEvents events = new MemoryEvents(this.syscalls, fd, file);
			events.risen();
			return events;
		}
		catch (RuntimeException | Error ex) {
			fd.close();
			throw ex;
		}
	}

	/**
	 * Find the {@code memory.events} of the control group that this process is in, by
	 * {@code /proc/self/cgroup} and {@code /proc/self/mountinfo}.
	 * @return the path, whether or not there is such a file, or empty if no control group
	 * of version 2 is mounted that has this process
	 */
	public Optional<Path> ownFile() {
		return ownFile(lines("/proc/self/cgroup"), lines("/proc/self/mountinfo"));
	}

	static Optional<Path> ownFile(List<String> groups, List<String> mounts) {
		return groups.stream()
			.filter((line) -> line.startsWith(UNIFIED))
			.map((line) -> Path.of(line.substring(UNIFIED.length())))
			.flatMap((group) -> mounts.stream().flatMap((line) -> mounted(line, group).stream()))
			.findFirst();
	}

	/** The group's file in a mount, which may show a part of the hierarchy only. */
	private static Optional<Path> mounted(String line, Path group) {
		String[] halves = line.split(" - ", 2);
		if (!halves[1].startsWith("cgroup2 ")) {
			return Optional.empty();
		}
		String[] columns = halves[0].split(" ");
		Path root = Path.of(unescaped(columns[3]));
		return Optional.of(group)
			.filter((path) -> path.startsWith(root))
			.map((path) -> Path.of(unescaped(columns[4])).resolve(root.relativize(path)).resolve(FILE));
	}

	private static String unescaped(String path) {
		return OCTAL.matcher(path)
			.replaceAll((match) -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 8))));
	}

	private static List<String> lines(String file) {
		try {
			// bytes of other mounts' paths that are not UTF-8 must not be an error
			return List.of(new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8).split("\n"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
