package io.github.linuxfd.mount;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * File systems and directories at other places, in the mount namespace of the calling
 * thread: on a thread that is in no other one, that is the machine's or the container's.
 * Everything here needs {@code CAP_SYS_ADMIN} in the user namespace that the mount
 * namespace belongs to. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount.2</a>
 * @see <a href=
 * "https://man7.org/linux/man-pages/man7/mount_namespaces.7.html">mount_namespaces.7</a>
 */
public final class Mounts {

	private final Syscalls syscalls;

	/**
	 * Mount through these calls.
	 * @param syscalls the calls
	 */
	public Mounts(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code fsopen(2)}, {@code fsconfig(2)}, {@code fsmount(2)} and
	 * {@code move_mount(2)} - mounts a file system. Each option goes to the kernel by
	 * itself, so that a value may have commas, and what the kernel says to a wrong one is
	 * part of the message. It is visible only when it is complete. Linux 5.2.
	 * @param type the type, for instance {@code tmpfs}
	 * @param target where; a directory that exists
	 * @param options the options of the file system, for instance {@code size=1m}; the
	 * value of a switch is empty; a device is the option {@code source}
	 * @param attributes what the mount forbids
	 * @return the mount, which is unmounted when it is closed
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code ENODEV} - the kernel does not know the type; {@code EINVAL} - it does not
	 * know an option or refuses its value; {@code ENOENT} - there is no such target;
	 * {@code ENOSYS} - the kernel is older, or a seccomp filter does not know the call:
	 * see {@link #mount(String, Path, String, Flags, String)}
	 */
	public MountedFileSystem mount(String type, Path target, Map<String, String> options,
			Flags<MountAttribute> attributes) {
		try (DetachedMount mount = DetachedMount.ofFileSystem(this.syscalls, type, options, attributes)) {
			return mount.attach(target);
		}
	}

	/**
	 * {@code open_tree(2)}, {@code mount_setattr(2)} and {@code move_mount(2)} - shows a
	 * directory or file, with the mounts below it, at another place too, and forbids
	 * there what it need not allow. It is visible only when all of it is as it shall be:
	 * a read-only one was never writable. Its mounts are private: what is unmounted below
	 * the target stays mounted below the source. Linux 5.12.
	 * @param source what to show
	 * @param target where; a directory that exists, or a file if the source is one
	 * @param attributes what the copy forbids, in addition to what the source does
	 * @return the mount, which is unmounted when it is closed
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code ENOENT} - there is no such source or target; {@code EINVAL} - the source is
	 * unbindable, or one of them is a file and the other a directory; {@code ENOSYS} -
	 * the kernel is older, or a seccomp filter does not know the call: see
	 * {@link #mount(String, Path, String, Flags, String)} with {@link MountFlag#BIND},
	 * whose {@link MountFlag#RDONLY} takes a second call with {@link MountFlag#REMOUNT}
	 */
	public MountedFileSystem bind(Path source, Path target, Flags<MountAttribute> attributes) {
		try (DetachedMount mount = DetachedMount.copyOf(this.syscalls, source, attributes)) {
			return mount.attach(target);
		}
	}

	/**
	 * Show a directory or file at another place too, read-only there, with the mounts
	 * below it: {@link #bind(Path, Path, Flags)}.
	 * @param source what to show
	 * @param target where
	 * @return the mount, which is unmounted when it is closed
	 */
	public MountedFileSystem bindReadOnly(Path source, Path target) {
		return bind(source, target, Flags.of(MountAttribute.RDONLY));
	}

	/**
	 * {@code mount(2)} with {@code MS_REC|MS_PRIVATE} - keeps mounts at and below a path
	 * from coming and going between this mount namespace and others.
	 * @param path a mount point, {@code /} for everything
	 * @throws SyscallException {@code EINVAL} - it is not a mount point; {@code EPERM} -
	 * {@code CAP_SYS_ADMIN} is missing
	 */
	public void makePrivate(Path path) {
		mount(null, path, null, Flags.of(MountFlag.REC, MountFlag.PRIVATE), null);
	}

	/**
	 * {@code mount(2)} - mounts, binds, moves or changes a mount, or its propagation,
	 * depending on the flags.
	 * @param source a device, a path or a name, as the file system wants it
	 * @param target the mount point
	 * @param type the type of file system
	 * @param flags what to do and how
	 * @param data the options of the file system, separated by commas
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EACCES} - a directory may not be searched, or the device is read-only;
	 * {@code ENOENT}, {@code ENOTDIR} - a path is wrong; {@code EBUSY} - the target is in
	 * use; {@code EINVAL} - an option or a combination is wrong; {@code ENODEV} - the
	 * kernel does not know the type; {@code ENOTBLK} - the source is no block device
	 */
	public void mount(@Nullable String source, Path target, @Nullable String type, Flags<MountFlag> flags,
			@Nullable String data) {
		int result = this.syscalls.mount(text(source), NativePaths.encode(target), text(type), flags.bits(),
				text(data));
		if (result < 0) {
			throw SyscallException.of("mount", result,
					quoted(source) + ", " + quoted(target) + ", " + quoted(type) + ", " + flags + ", " + quoted(data));
		}
	}

	/**
	 * {@code umount2(2)} - unmounts the topmost mount at a path.
	 * @param target the mount point
	 * @param flags how
	 * @return {@code false} if it is only marked by {@link UmountFlag#MNT_EXPIRE} so far
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EBUSY} - files are open in it, or something is mounted below; {@code EINVAL}
	 * - it is not a mount point, or one that this user namespace may not take away;
	 * {@code ENOENT} - there is no such path
	 */
	public boolean umount(Path target, Flags<UmountFlag> flags) {
		int result = this.syscalls.umount2(NativePaths.encode(target), (int) flags.bits());
		if (Errno.EAGAIN.is(result) && flags.contains(UmountFlag.MNT_EXPIRE)) {
			return false;
		}
		SyscallException.check("umount2", result, quoted(target) + ", " + flags);
		return true;
	}

	/**
	 * {@code pivot_root(2)} - makes a mount the root of this mount namespace, for every
	 * process in it: to be called in a fresh one. What this thread has as working
	 * directory stays in the old root unless that was it.
	 * @param newRoot a mount point
	 * @param putOld a directory at or below the new root, where the old one goes
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EBUSY} - one of them is on the current root; {@code EINVAL} - the new root
	 * is no mount point, the other not below it, or a mount involved is shared;
	 * {@code ENOTDIR} - one of them is no directory
	 */
	public void pivotRoot(Path newRoot, Path putOld) {
		int result = this.syscalls.pivotRoot(NativePaths.encode(newRoot), NativePaths.encode(putOld));
		SyscallException.check("pivot_root", result, quoted(newRoot) + ", " + quoted(putOld));
	}

	static byte @Nullable [] text(@Nullable String text) {
		return (text != null) ? bytes(text) : null;
	}

	static byte[] bytes(String text) {
		if (text.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("A text for the kernel has no NUL: \"" + text + "\"");
		}
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		return Arrays.copyOf(bytes, bytes.length + 1);
	}

	static String quoted(@Nullable Object text) {
		return (text != null) ? "\"" + text + "\"" : "null";
	}

}
