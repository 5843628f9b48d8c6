package io.github.linuxfd.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.MountAttr;
import io.github.linuxfd.ffi.NativeMemory;
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

	private static final int FSOPEN_CLOEXEC = 1;

	private static final int FSMOUNT_CLOEXEC = 1;

	private static final int AT_RECURSIVE = 0x8000;

	/** One value and not bits, which has to be cleared to be set. */
	private static final long MOUNT_ATTR_ATIME = 0x70;

	private static final int MESSAGE_BYTES = 1024;

	/** More than the kernel keeps. */
	private static final int MAX_MESSAGES = 16;

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
		try (OwnedFd context = fsopen(type)) {
			options.forEach((key, value) -> {
				if (value.isEmpty()) {
					fsconfig(context, FsconfigCommand.SET_FLAG, key, null);
				}
				else {
					fsconfig(context, FsconfigCommand.SET_STRING, key, value);
				}
			});
			fsconfig(context, FsconfigCommand.CMD_CREATE, null, null);
			try (OwnedFd mount = fsmount(context, attributes)) {
				return attach(mount, target);
			}
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
		try (OwnedFd copy = openTree(source, Flags.of(OpenTreeFlag.OPEN_TREE_CLONE, OpenTreeFlag.AT_RECURSIVE))) {
			// private, or what is unmounted in the copy would be unmounted in the source
			mountSetattr(copy, true, attributes, Flags.none(MountAttribute.class), MountFlag.PRIVATE);
			return attach(copy, target);
		}
	}

	private MountedFileSystem attach(OwnedFd mount, Path target) {
		Path place = real(target);
		try (FdLoan lent = mount.lend()) {
			String id = MountedFileSystem.id(lent.number());
			moveMount(mount, place);
			return new MountedFileSystem(this.syscalls, place, id);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** What is not there is for the kernel to refuse. */
	private static Path real(Path target) {
		try {
			return target.toRealPath();
		}
		catch (IOException ex) {
			return target.toAbsolutePath();
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

	/**
	 * {@code fsopen(2)} - begins to configure a file system. Linux 5.2.
	 * @param type the type, for instance {@code tmpfs}
	 * @return what {@link #fsconfig} and {@link #fsmount} take, to be closed by the
	 * caller
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code ENODEV} - the kernel does not know the type; {@code ENOSYS} - it is older,
	 * or a seccomp filter does not know the call
	 */
	public OwnedFd fsopen(String type) {
		return OwnedFd.adopt(this.syscalls, this.syscalls.fsopen(bytes(type), FSOPEN_CLOEXEC), "fsopen", quoted(type));
	}

	/**
	 * {@code fsconfig(2)} - sets an option of a file system, or makes it. Linux 5.2.
	 * @param context what {@link #fsopen} has returned
	 * @param command what to do
	 * @param key the option; {@code null} for the commands that make it
	 * @param value its value; {@code null} for switches and commands
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EINVAL} - there is no such option, or it does not have that value: the
	 * message has what the kernel says; {@code EBUSY} - it is made already;
	 * {@code ENOTBLK} - the source is no block device
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public void fsconfig(OwnedFd context, FsconfigCommand command, @Nullable String key, @Nullable String value) {
		try (FdLoan lent = context.lend()) {
			int result = this.syscalls.fsconfig(lent.number(), command.number(), text(key), text(value));
			if (result < 0) {
				throw SyscallException.of("fsconfig", result,
						context + ", " + command + ", " + quoted(key) + ", " + quoted(value) + messages(lent.number()));
			}
		}
	}

	/** What the kernel has to say, one line for each read. */
	private String messages(int context) {
		StringJoiner messages = new StringJoiner("; ", ": ", "").setEmptyValue("");
		try (NativeMemory memory = NativeMemory.allocate(MESSAGE_BYTES)) {
			for (int i = 0; i < MAX_MESSAGES; i++) {
				int length = (int) this.syscalls.read(context, memory.address(), MESSAGE_BYTES);
				if (length <= 0) {
					break;
				}
				byte[] line = new byte[length];
				memory.bytes().get(0, line);
				messages.add(new String(line, StandardCharsets.UTF_8).strip());
			}
		}
		return messages.toString();
	}

	/**
	 * {@code fsmount(2)} - makes a mount of a file system, which is nowhere to be seen
	 * until {@link #moveMount}, and gone when it is closed before. Linux 5.2.
	 * @param context what {@link #fsopen} has returned, after
	 * {@link FsconfigCommand#CMD_CREATE}
	 * @param attributes what the mount forbids
	 * @return the mount, to be closed by the caller also when it is attached
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EBUSY} - there is a mount of it already; {@code EINVAL} - the file system is
	 * not made yet
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public OwnedFd fsmount(OwnedFd context, Flags<MountAttribute> attributes) {
		try (FdLoan lent = context.lend()) {
			return OwnedFd.adopt(this.syscalls,
					this.syscalls.fsmount(lent.number(), FSMOUNT_CLOEXEC, (int) attributes.bits()), "fsmount",
					context + ", " + attributes);
		}
	}

	/**
	 * {@code open_tree(2)} - opens a mount, or a copy of it that is nowhere to be seen
	 * until {@link #moveMount}, and gone when it is closed before. Linux 5.2.
	 * @param path a mount point; for a copy any directory or file
	 * @param flags what to open
	 * @return the mount, to be closed by the caller
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing for a
	 * copy; {@code ENOENT} - there is no such path; {@code EINVAL} - it is unbindable, or
	 * the flags do not go together
	 */
	public OwnedFd openTree(Path path, Flags<OpenTreeFlag> flags) {
		return OwnedFd.adopt(this.syscalls,
				this.syscalls.openTree(NativePaths.encode(path), (int) flags.bits() | Syscalls.CLOEXEC), "open_tree",
				quoted(path) + ", " + flags);
	}

	/**
	 * {@code move_mount(2)} - attaches a mount that is nowhere yet, or moves one. Linux
	 * 5.2.
	 * @param mount what {@link #fsmount} or {@link #openTree} has returned
	 * @param target where; a directory that exists, or a file if the mount is one
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code ENOENT} - there is no such target; {@code EINVAL} - a mount is to be moved
	 * out of a shared one, or one of them is a file and the other a directory;
	 * {@code ELOOP} - the target is below the mount
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public void moveMount(OwnedFd mount, Path target) {
		try (FdLoan lent = mount.lend()) {
			int result = this.syscalls.moveMount(lent.number(), NativePaths.encode(target));
			SyscallException.check("move_mount", result, mount + ", " + quoted(target));
		}
	}

	/**
	 * {@code mount_setattr(2)} - changes what a mount forbids, and its propagation, at
	 * once or not at all. Linux 5.12.
	 * @param mount what {@link #fsmount} or {@link #openTree} has returned
	 * @param recursive whether the mounts below are changed too
	 * @param set what it forbids from now on; one way of keeping access times replaces
	 * the other
	 * @param clear what it allows from now on
	 * @param propagation {@link MountFlag#PRIVATE}, {@link MountFlag#SLAVE},
	 * {@link MountFlag#SHARED} or {@link MountFlag#UNBINDABLE}; {@code null} to leave it
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing, or what
	 * is to be allowed is forbidden by another user namespace; {@code EBUSY} - files are
	 * open for writing; {@code EINVAL} - it is no mount, or of another namespace
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public void mountSetattr(OwnedFd mount, boolean recursive, Flags<MountAttribute> set, Flags<MountAttribute> clear,
			@Nullable MountFlag propagation) {
		long accessTimes = (((set.bits() | clear.bits()) & MOUNT_ATTR_ATIME) != 0) ? MOUNT_ATTR_ATIME : 0;
		try (FdLoan lent = mount.lend(); NativeMemory attr = NativeMemory.allocate(MountAttr.BYTES)) {
			attr.bytes()
				.putLong(MountAttr.ATTR_SET, set.bits())
				.putLong(MountAttr.ATTR_CLR, clear.bits() | accessTimes)
				.putLong(MountAttr.PROPAGATION, (propagation != null) ? propagation.bit() : 0);
			int result = this.syscalls.mountSetattr(lent.number(), recursive ? AT_RECURSIVE : 0, attr.address(),
					MountAttr.BYTES);
			if (result < 0) {
				throw SyscallException.of("mount_setattr", result,
						mount + ", set " + set + ", clear " + clear + ", " + propagation);
			}
		}
	}

	private static byte @Nullable [] text(@Nullable String text) {
		return (text != null) ? bytes(text) : null;
	}

	private static byte[] bytes(String text) {
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
