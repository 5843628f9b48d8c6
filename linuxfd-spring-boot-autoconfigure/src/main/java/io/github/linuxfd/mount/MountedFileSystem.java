package io.github.linuxfd.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Something mounted, until it is closed. It belongs to the mount namespace in which it
 * was mounted, is closed there, and ends with it at the latest: in the host's namespace
 * it outlives this process.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class MountedFileSystem implements AutoCloseable {

	private static final int O_PATH = 0x20_0000;

	private static final String MOUNT_ID = "mnt_id:";

	private final Syscalls syscalls;

	private final Path target;

	private final String id;

	private boolean mounted = true;

	MountedFileSystem(Syscalls syscalls, Path target, String id) {
		this.syscalls = syscalls;
		this.target = target;
		this.id = id;
	}

	static String id(int descriptor) throws IOException {
		// of the thread: what /proc/self is called with a table of its own is not ours
		return Files.readAllLines(Path.of("/proc/thread-self/fdinfo", Integer.toString(descriptor)))
			.stream()
			.filter((line) -> line.startsWith(MOUNT_ID))
			.map((line) -> line.substring(MOUNT_ID.length()).strip())
			.findFirst()
			.orElseThrow(() -> new IOException("The kernel tells no mount id of descriptor " + descriptor));
	}

	/**
	 * Return where it is mounted.
	 * @return the path, absolute and without symbolic links
	 */
	public Path target() {
		return this.target;
	}

	/**
	 * {@code umount2(2)} with {@code UMOUNT_NOFOLLOW} - unmounts it. If it is busy,
	 * because files are open in it or something else is mounted below, it is taken out of
	 * sight with {@code MNT_DETACH}, together with what is below, and ends with its last
	 * user. Any thread of the same mount namespace may call; needs {@code CAP_SYS_ADMIN}.
	 * @throws SyscallException {@code EPERM} - the capability is missing
	 * @throws IllegalStateException if this is closed already, or if at the target there
	 * is something else now, as seen from this thread: nobody else's mount is touched
	 */
	@Override
	public synchronized void close() {
		if (!this.mounted) {
			throw new IllegalStateException(this + " is closed already");
		}
		requireOurs();
		Flags<UmountFlag> flags = Flags.of(UmountFlag.UMOUNT_NOFOLLOW);
		int result = umount(flags);
		if (Errno.EBUSY.is(result)) {
			flags = flags.with(UmountFlag.MNT_DETACH);
			result = umount(flags);
		}
		SyscallException.check("umount2", result, Mounts.quoted(this.target) + ", " + flags);
		this.mounted = false;
	}

	private int umount(Flags<UmountFlag> flags) {
		return this.syscalls.umount2(NativePaths.encode(this.target), (int) flags.bits());
	}

	private void requireOurs() {
		int result = this.syscalls.open(NativePaths.encode(this.target), O_PATH | Syscalls.CLOEXEC);
		OwnedFd fd = OwnedFd.adopt(this.syscalls, result, "open", Mounts.quoted(this.target));
		try {
			if (!id(fd.acquire()).equals(this.id)) {
				throw new IllegalStateException(this + " is not the topmost mount there any more, or not in the mount "
						+ "namespace of this thread");
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("What is mounted at " + this.target + " cannot be told", ex);
		}
		finally {
			fd.release();
			fd.close();
		}
	}

	@Override
	public String toString() {
		return "MountedFileSystem[" + this.target + "]";
	}

}
