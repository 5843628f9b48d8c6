package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.fanotify.FanotifyEvent.Entry;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Finds the paths of a group's events, which tell of a file by its handle. A path that is
 * known from the last event or the mark is used if it still leads to the handle, so that
 * a renamed directory is found under its new name; otherwise the handle is opened, by
 * those who may. Any thread may call.
 *
 * @author linuxfd
 */
final class EventPaths {

	static final int REMEMBERED = 1024;

	private final FileHandles handles;

	/** What was marked last on each file system. */
	private final Map<Long, Path> fileSystems = new HashMap<>();

	private final MarkedFiles marked;

	private final Map<FileHandle, Path> found = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<FileHandle, Path> eldest) {
			return size() > REMEMBERED;
		}

	};

	EventPaths(Syscalls syscalls, OwnedFd group) {
		this.handles = new FileHandles(syscalls);
		this.marked = new MarkedFiles(group);
	}

	/**
	 * An object was marked. Nothing that goes wrong here is an error: it has its mark,
	 * and events without a path.
	 */
	void marked(FanotifyMark kind, Path path, boolean followed) {
		Path object = real(path, followed);
		Path directory = (object == null || Files.isDirectory(object, LinkOption.NOFOLLOW_LINKS)) ? object
				: object.getParent();
		if (object == null || directory == null) {
			return;
		}
		// statfs(2) of a symbolic link would be that of its target
		OptionalLong fileSystem = this.handles.fileSystem(directory);
		if (fileSystem.isEmpty()) {
			return;
		}
		long id = fileSystem.getAsLong();
		FileHandle file = (kind == FanotifyMark.INODE) ? this.handles.of(object, id) : null;
		FileHandle named = (file != null) ? this.handles.of(directory, id) : null;
		synchronized (this) {
			this.fileSystems.put(id, directory);
			if (file != null && named != null) {
				this.marked.add(file, named, directory);
			}
		}
	}

	private static @Nullable Path real(Path path, boolean followed) {
		try {
			Path directory = path.toAbsolutePath().getParent();
			return (followed || directory == null) ? path.toRealPath()
					: directory.toRealPath().resolve(path.getFileName());
		}
		catch (IOException ex) {
			return null; // gone meanwhile, or behind a directory that may not be searched
		}
	}

	/** The path of whatever of these is known best. */
	Optional<Path> path(@Nullable OwnedFd descriptor, @Nullable Entry entry, @Nullable FileHandle handle) {
		if (descriptor != null) {
			return Optional.ofNullable(FileHandles.path(descriptor));
		}
		if (entry != null) {
			Path directory = find(entry.directory());
			String name = entry.name();
			if (directory != null && name != null) {
				return Optional.of(name.equals(".") ? directory : NativePaths.resolve(directory, name));
			}
			if (handle == null) {
				return (name == null) ? Optional.ofNullable(directory) : Optional.empty();
			}
		}
		return (handle != null) ? Optional.ofNullable(find(handle)) : Optional.empty();
	}

	private @Nullable Path find(FileHandle handle) {
		Path known = known(handle);
		if (known != null && Objects.equals(handle, this.handles.of(known))) {
			return known;
		}
		Path mount = mount(handle);
		Path path = (mount != null) ? this.handles.path(handle, mount) : null;
		if (path != null) {
			remember(handle, path);
		}
		return path;
	}

	private synchronized @Nullable Path known(FileHandle handle) {
		Path path = this.found.get(handle);
		return (path != null) ? path : this.marked.path(handle);
	}

	private synchronized @Nullable Path mount(FileHandle handle) {
		return this.fileSystems.get(handle.fileSystem());
	}

	private synchronized void remember(FileHandle handle, Path path) {
		this.found.put(handle, path);
	}

	synchronized int markedFiles() {
		return this.marked.count();
	}

}
