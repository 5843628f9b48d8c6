package io.github.linuxfd.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.StringJoiner;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.MountAttr;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * A mount that is nowhere to be seen yet, and is gone when this is closed without having
 * been attached.
 *
 * @author linuxfd
 */
final class DetachedMount implements AutoCloseable {

	private static final int OPEN_TREE_CLONE = 1;

	private static final int AT_RECURSIVE = 0x8000;

	private static final int FSOPEN_CLOEXEC = 1;

	private static final int FSMOUNT_CLOEXEC = 1;

	private static final int FSCONFIG_SET_FLAG = 0;

	private static final int FSCONFIG_SET_STRING = 1;

	private static final int FSCONFIG_CMD_CREATE = 6;

	private static final long MS_PRIVATE = 1 << 18;

	/** One value and not bits, which has to be cleared to be set. */
	private static final long MOUNT_ATTR_ATIME = 0x70;

	private static final int MESSAGE_BYTES = 1024;

	/** More than the kernel keeps. */
	private static final int MAX_MESSAGES = 16;

	private final Syscalls syscalls;

	private final OwnedFd fd;

	private final String description;

	private DetachedMount(Syscalls syscalls, OwnedFd fd, String description) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.description = description;
	}

	static DetachedMount ofFileSystem(Syscalls syscalls, String type, Map<String, String> options,
			Flags<MountAttribute> attributes) {
		int result = syscalls.fsopen(Mounts.bytes(type), FSOPEN_CLOEXEC);
		OwnedFd context = OwnedFd.adopt(syscalls, result, "fsopen", Mounts.quoted(type));
		try {
			options.forEach((key, value) -> {
				int command = value.isEmpty() ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
				configure(syscalls, context, command, key, value, type + ", " + key + "=" + value);
			});
			configure(syscalls, context, FSCONFIG_CMD_CREATE, "", "", type + " " + options);
			int mount = syscalls.fsmount(context.acquire(), FSMOUNT_CLOEXEC, (int) attributes.bits());
			context.release();
			OwnedFd fd = OwnedFd.adopt(syscalls, mount, "fsmount", type + " " + options + ", " + attributes);
			return new DetachedMount(syscalls, fd, type);
		}
		finally {
			context.close();
		}
	}

	private static void configure(Syscalls syscalls, OwnedFd context, int command, String key, String value,
			String detail) {
		int number = context.acquire();
		try {
			int result = syscalls.fsconfig(number, command, key.isEmpty() ? null : Mounts.bytes(key),
					value.isEmpty() ? null : Mounts.bytes(value));
			if (result < 0) {
				throw SyscallException.of("fsconfig", result, detail + messages(syscalls, number));
			}
		}
		finally {
			context.release();
		}
	}

	/** What the kernel has to say, one line for each read. */
	private static String messages(Syscalls syscalls, int number) {
		StringJoiner messages = new StringJoiner("; ", ": ", "").setEmptyValue("");
		try (NativeMemory memory = NativeMemory.allocate(MESSAGE_BYTES)) {
			for (int i = 0; i < MAX_MESSAGES; i++) {
				int length = (int) syscalls.read(number, memory.address(), MESSAGE_BYTES);
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

	static DetachedMount copyOf(Syscalls syscalls, Path source, Flags<MountAttribute> attributes) {
		int result = syscalls.openTree(NativePaths.encode(source), OPEN_TREE_CLONE | AT_RECURSIVE | Syscalls.CLOEXEC);
		OwnedFd fd = OwnedFd.adopt(syscalls, result, "open_tree", Mounts.quoted(source));
		DetachedMount mount = new DetachedMount(syscalls, fd, source.toString());
		boolean copied = false;
		try {
			mount.setAttributes(attributes);
			copied = true;
			return mount;
		}
		finally {
			if (!copied) {
				mount.close();
			}
		}
	}

	/** Private, or what is unmounted in the copy would be unmounted in the source. */
	private void setAttributes(Flags<MountAttribute> attributes) {
		int number = this.fd.acquire();
		try (NativeMemory attr = NativeMemory.allocate(MountAttr.BYTES)) {
			long accessTimes = ((attributes.bits() & MOUNT_ATTR_ATIME) != 0) ? MOUNT_ATTR_ATIME : 0;
			attr.bytes()
				.putLong(MountAttr.ATTR_SET, attributes.bits())
				.putLong(MountAttr.ATTR_CLR, accessTimes)
				.putLong(MountAttr.PROPAGATION, MS_PRIVATE);
			int result = this.syscalls.mountSetattr(number, AT_RECURSIVE, attr.address(), MountAttr.BYTES);
			SyscallException.check("mount_setattr", result, Mounts.quoted(this.description) + ", " + attributes);
		}
		finally {
			this.fd.release();
		}
	}

	MountedFileSystem attach(Path target) {
		Path place = real(target);
		int number = this.fd.acquire();
		try {
			String id = MountedFileSystem.id(number);
			int result = this.syscalls.moveMount(number, NativePaths.encode(place));
			SyscallException.check("move_mount", result, this.description + ", " + Mounts.quoted(place));
			return new MountedFileSystem(this.syscalls, place, id);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			this.fd.release();
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

	@Override
	public void close() {
		this.fd.close();
	}

}
