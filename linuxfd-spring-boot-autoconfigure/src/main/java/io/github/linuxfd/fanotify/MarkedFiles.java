package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fd.OwnedFd;

/**
 * The files and directories with a mark of their own, and where they are. Only the kernel
 * knows when a mark is gone, for it also goes with its file: whenever these have become
 * twice as many, its list of marks tells which of them to forget.
 *
 * @author linuxfd
 */
final class MarkedFiles {

	private static final int FEW = 64;

	private static final String MARK = "fanotify ino:";

	private static final Pattern HANDLE = Pattern.compile("fhandle-type:([0-9a-f]+) f_handle:([0-9a-f]+)");

	private final OwnedFd group;

	/** The directory that events of the file name. */
	private final Map<FileHandle, FileHandle> directories = new HashMap<>();

	private final Map<FileHandle, Path> paths = new HashMap<>();

	private int many = FEW;

	MarkedFiles(OwnedFd group) {
		this.group = group;
	}

	void add(FileHandle file, FileHandle directory, Path path) {
		this.directories.put(file.onAnyFileSystem(), directory);
		this.paths.put(directory, path);
		if (this.directories.size() > this.many) {
			forgetUnmarked();
			this.many = Math.max(FEW, 2 * this.directories.size());
		}
	}

	/** Where the directory was when it, or a file in it, was marked. */
	@Nullable Path path(FileHandle directory) {
		return this.paths.get(directory);
	}

	int count() {
		return this.directories.size();
	}

	private void forgetUnmarked() {
		Set<FileHandle> marked = new HashSet<>();
		try {
			for (String mark : marks()) {
				Matcher handle = HANDLE.matcher(mark);
				if (!handle.find()) {
					return; // a kernel that does not tell
				}
				marked.add(FileHandle.parse(handle.group(1), handle.group(2)));
			}
		}
		catch (IOException ex) {
			return; // without /proc all are kept
		}
		this.directories.keySet().retainAll(marked);
		this.paths.keySet().retainAll(new HashSet<>(this.directories.values()));
	}

	private List<String> marks() throws IOException {
		int number = this.group.acquire();
		try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/fdinfo", Integer.toString(number)))) {
			return lines.filter((line) -> line.startsWith(MARK)).toList();
		}
		finally {
			this.group.release();
		}
	}

}
