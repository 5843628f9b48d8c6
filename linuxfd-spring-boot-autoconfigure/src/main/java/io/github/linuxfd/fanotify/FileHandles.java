package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.Layouts.Statfs;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * From paths to handles and back, as the kernel answers now. Nothing is kept open: a
 * descriptor would keep the file system from being unmounted. Any thread may call.
 *
 * @author linuxfd
 */
final class FileHandles {

	private static final Path DESCRIPTORS = Path.of("/proc/thread-self/fd");

	private static final int O_PATH = 0x200000;

	/** The handles of events, which some file systems have without open_by_handle_at. */
	private static final int AT_HANDLE_FID = 0x200;

	private final Syscalls syscalls;

	private volatile int handleFlags = AT_HANDLE_FID;

	/** Lacks {@code CAP_DAC_READ_SEARCH}. */
	private volatile boolean mayNotOpen;

	FileHandles(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/** Returns the id that events have, or empty if nothing is there. */
	OptionalLong fileSystem(Path path) {
		try (NativeMemory status = NativeMemory.allocate(Statfs.BYTES)) {
			return (this.syscalls.statfs(NativePaths.encode(path), status.address()) == 0)
					? OptionalLong.of(status.bytes().getLong(Statfs.FSID)) : OptionalLong.empty();
		}
	}

	/** Returns null if nothing is there, or nothing that has a handle. */
	@Nullable FileHandle of(Path path) {
		OptionalLong fileSystem = fileSystem(path);
		return fileSystem.isPresent() ? of(path, fileSystem.getAsLong()) : null;
	}

	/** Returns null if nothing is there; a symbolic link is not followed. */
	@Nullable FileHandle of(Path path, long fileSystem) {
		try (NativeMemory handle = NativeMemory.allocate(Layouts.FileHandle.BYTES + FileHandle.MAX_BYTES);
				NativeMemory mountId = NativeMemory.allocate(Integer.BYTES)) {
			int result = name(path, handle, mountId);
			if (Errno.EINVAL.is(result) && this.handleFlags != 0) {
				this.handleFlags = 0; // before Linux 6.5
				result = name(path, handle, mountId);
			}
			return (result == 0) ? FileHandle.read(fileSystem, handle.bytes(), 0) : null;
		}
	}

	private int name(Path path, NativeMemory handle, NativeMemory mountId) {
		handle.bytes().putInt(Layouts.FileHandle.HANDLE_BYTES, FileHandle.MAX_BYTES);
		return this.syscalls.nameToHandleAt(NativePaths.encode(path), handle.address(), mountId.address(),
				this.handleFlags);
	}

	/**
	 * Returns null if the file is gone, or may not be opened, or is not below the mount
	 * of the path, or not below the root directory of this process.
	 */
	@Nullable Path path(FileHandle handle, Path onItsFileSystem) {
		if (this.mayNotOpen) {
			return null;
		}
		OwnedFd mount = openDirectory(handle.fileSystem(), onItsFileSystem);
		if (mount == null) {
			return null;
		}
		try {
			OwnedFd file = open(handle, mount);
			return (file != null) ? pathAndClose(file) : null;
		}
		finally {
			mount.close();
		}
	}

	/** Or of what is above it, if the directory was renamed. */
	private @Nullable OwnedFd openDirectory(long fileSystem, Path path) {
		for (Path each = path; each != null; each = each.getParent()) {
			if (fileSystem(each).equals(OptionalLong.of(fileSystem))) {
				int result = this.syscalls.open(NativePaths.encode(each), Syscalls.CLOEXEC | Syscalls.NONBLOCK);
				if (result >= 0) {
					return OwnedFd.adopt(this.syscalls, result, "open", "");
				}
			}
		}
		return null;
	}

	private @Nullable OwnedFd open(FileHandle handle, OwnedFd mount) {
		try (NativeMemory memory = NativeMemory.allocate(Layouts.FileHandle.BYTES + FileHandle.MAX_BYTES)) {
			handle.write(memory.bytes());
			int number = mount.acquire();
			try {
				int result = this.syscalls.openByHandleAt(number, memory.address(), O_PATH | Syscalls.CLOEXEC);
				this.mayNotOpen = Errno.EPERM.is(result);
				return (result >= 0) ? OwnedFd.adopt(this.syscalls, result, "open_by_handle_at", "") : null;
			}
			finally {
				mount.release();
			}
		}
	}

	private static @Nullable Path pathAndClose(OwnedFd file) {
		try {
			return path(file);
		}
		finally {
			file.close();
		}
	}

	/** Returns null if the file has no path any more, or none that leads to it. */
	static @Nullable Path path(OwnedFd fd) {
		try (FdLoan loan = fd.lend()) {
			Path link = DESCRIPTORS.resolve(Integer.toString(loan.number()));
			Path path = Files.readSymbolicLink(link);
			return leads(path, link) ? path : null;
		}
		catch (IOException | IllegalStateException ex) {
			return null; // gone or closed meanwhile, or there is no /proc
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

}
