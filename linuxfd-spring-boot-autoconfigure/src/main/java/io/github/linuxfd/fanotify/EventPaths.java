package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fanotify.FanotifyEvent.Entry;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.Layouts.Statfs;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Finds the paths of a group's events. The kernel tells of a file by its handle, which
 * open_by_handle_at(2) opens on any descriptor of the same file system; where the open
 * file is, says {@code /proc/self/fd}. Directories stay open for the next event, as many
 * as {@value #OPEN_DIRECTORIES}: their path is asked for anew each time, so that a
 * renamed directory is found under its new name.
 *
 * @author linuxfd
 */
final class EventPaths implements AutoCloseable {

	static final int OPEN_DIRECTORIES = 64;

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private static final int O_PATH = 0x200000;

	private final Syscalls syscalls;

	/** One open directory of each file system that has a mark. */
	private final Map<Long, OwnedFd> fileSystems = new HashMap<>();

	/** Directories with a mark of their own, for those who may not open by handle. */
	private final Map<FileHandle, Path> marked = new HashMap<>();

	private final Map<FileHandle, OwnedFd> directories = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<FileHandle, OwnedFd> eldest) {
			boolean full = size() > OPEN_DIRECTORIES;
			if (full) {
				eldest.getValue().close();
			}
			return full;
		}

	};

	/** Lacks {@code CAP_DAC_READ_SEARCH}. */
	private boolean mayNotOpen;

	private boolean closed;

	EventPaths(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/** An object on this path was marked. */
	synchronized void marked(FanotifyMark kind, Path path) {
		Path directory = Files.isDirectory(path) ? path.toAbsolutePath() : path.toAbsolutePath().getParent();
		if (directory == null || this.closed) {
			return;
		}
		OptionalLong fileSystem = keepOpen(directory);
		if (fileSystem.isPresent() && kind == FanotifyMark.INODE) {
			this.marked.put(handle(directory, fileSystem.getAsLong()), directory);
		}
	}

	/** A mark is gone; with a null path, all of them. */
	synchronized void unmarked(@Nullable Path path) {
		if (path == null) {
			this.marked.clear();
		}
		else {
			this.marked.values().remove(path.toAbsolutePath());
		}
	}

	/** Returns the file system, or empty if its directory may not be read. */
	private OptionalLong keepOpen(Path directory) {
		int result = this.syscalls.open(NativePaths.encode(directory), Syscalls.CLOEXEC);
		if (Errno.EACCES.is(result)) {
			return OptionalLong.empty();
		}
		OwnedFd fd = OwnedFd.adopt(this.syscalls, result, "open", "\"" + directory + "\"");
		boolean kept = false;
		try {
			long fileSystem = fileSystem(fd);
			kept = this.fileSystems.putIfAbsent(fileSystem, fd) == null;
			return OptionalLong.of(fileSystem);
		}
		finally {
			if (!kept) {
				fd.close();
			}
		}
	}

	private long fileSystem(OwnedFd fd) {
		try (NativeMemory status = NativeMemory.allocate(Statfs.BYTES)) {
			int number = fd.acquire();
			try {
				SyscallException.check("fstatfs", this.syscalls.fstatfs(number, status.address()), fd);
			}
			finally {
				fd.release();
			}
			return status.bytes().getLong(Statfs.FSID);
		}
	}

	private FileHandle handle(Path directory, long fileSystem) {
		try (NativeMemory handle = NativeMemory.allocate(Layouts.FileHandle.BYTES + FileHandle.MAX_BYTES);
				NativeMemory mountId = NativeMemory.allocate(Integer.BYTES)) {
			handle.bytes().putInt(Layouts.FileHandle.HANDLE_BYTES, FileHandle.MAX_BYTES);
			SyscallException.check("name_to_handle_at",
					this.syscalls.nameToHandleAt(NativePaths.encode(directory), handle.address(), mountId.address(), 0),
					"\"" + directory + "\"");
			return FileHandle.read(fileSystem, handle.bytes(), 0);
		}
	}

	/** The path of whatever of these is known best. */
	synchronized Optional<Path> path(@Nullable OwnedFd descriptor, @Nullable Entry entry, @Nullable FileHandle handle) {
		if (descriptor != null) {
			return Optional.ofNullable(path(descriptor));
		}
		if (entry != null) {
			Path directory = directory(entry.directory());
			String name = entry.name();
			if (directory != null && name != null) {
				return Optional.of(name.equals(".") ? directory : NativePaths.resolve(directory, name));
			}
			if (handle == null) {
				return (name == null) ? Optional.ofNullable(directory) : Optional.empty();
			}
		}
		return (handle != null) ? Optional.ofNullable(file(handle)) : Optional.empty();
	}

	private @Nullable Path directory(FileHandle handle) {
		OwnedFd directory = this.directories.get(handle);
		if (directory != null) {
			return path(directory);
		}
		OwnedFd opened = open(handle);
		if (opened == null) {
			return this.mayNotOpen ? this.marked.get(handle) : null;
		}
		this.directories.put(handle, opened);
		return path(opened);
	}

	private @Nullable Path file(FileHandle handle) {
		OwnedFd file = open(handle);
		if (file == null) {
			return this.mayNotOpen ? this.marked.get(handle) : null;
		}
		try {
			return path(file);
		}
		finally {
			file.close();
		}
	}

	/** Returns null if it is gone, or may not be opened. */
	private @Nullable OwnedFd open(FileHandle handle) {
		OwnedFd fileSystem = this.fileSystems.get(handle.fileSystem());
		if (fileSystem == null || this.mayNotOpen) {
			return null;
		}
		try (NativeMemory memory = NativeMemory.allocate(Layouts.FileHandle.BYTES + FileHandle.MAX_BYTES)) {
			handle.write(memory.bytes());
			int number = fileSystem.acquire();
			try {
				int result = this.syscalls.openByHandleAt(number, memory.address(), O_PATH | Syscalls.CLOEXEC);
				this.mayNotOpen = Errno.EPERM.is(result);
				return (result >= 0) ? OwnedFd.adopt(this.syscalls, result, "open_by_handle_at", "") : null;
			}
			finally {
				fileSystem.release();
			}
		}
	}

	/** Returns null if the file has no path any more, or none that leads to it. */
	private static @Nullable Path path(OwnedFd fd) {
		if (!fd.isOpen()) {
			return null;
		}
		int number = fd.acquire();
		try {
			Path link = DESCRIPTORS.resolve(Integer.toString(number));
			Path path = Files.readSymbolicLink(link);
			return leads(path, link) ? path : null;
		}
		catch (IOException ex) {
			return null; // gone meanwhile, or there is no /proc
		}
		finally {
			fd.release();
		}
	}

	/*
	 * What is beside the root of a bind mount is said to have a path that leads
	 * elsewhere, and the path of what was deleted ends in a word that a name may end in
	 * as well.
	 */
	private static boolean leads(Path path, Path link) throws IOException {
		return path.isAbsolute() && Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
			.fileKey()
			.equals(Files.readAttributes(link, BasicFileAttributes.class).fileKey());
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.directories.values().forEach(OwnedFd::close);
		this.directories.clear();
		this.fileSystems.values().forEach(OwnedFd::close);
		this.fileSystems.clear();
		this.marked.clear();
	}

}
