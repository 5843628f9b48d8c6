package io.github.linuxfd.fanotify;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoPidfd;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoRange;
import io.github.linuxfd.ffi.Layouts.FanotifyEventMetadata;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Opens {@link Fanotify} groups. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class FanotifyFactory {

	private static final int FAN_CLOEXEC = 1;

	private static final int FAN_NONBLOCK = 2;

	/** What events carry instead of a descriptor, alone or together. */
	private static final long HANDLES = FanotifyInitFlag.REPORT_FID.bit() | FanotifyInitFlag.REPORT_DIR_FID.bit()
			| FanotifyInitFlag.REPORT_MNT.bit();

	private static final int HANDLES_BUFFER_BYTES = 64 * 1024;

	private static final int EVENT_BYTES = FanotifyEventMetadata.BYTES + FanotifyEventInfoPidfd.BYTES;

	/** Each event opens a file, or two. */
	private static final int EVENTS_PER_READ = 64;

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public FanotifyFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code fanotify_init(2)} - opens a group that is told what has happened, with the
	 * directory and the name: {@code FAN_REPORT_DFID_NAME}. It is not told of what has no
	 * directory, which takes {@link FanotifyInitFlag#REPORT_FID}. Linux 5.9; without
	 * {@code CAP_SYS_ADMIN} Linux 5.13, and then it marks {@linkplain FanotifyMark#INODE
	 * files and directories} only and does not know the processes of others.
	 * @return the group, to be closed by the caller
	 * @throws SyscallException as {@link #open(FanotifyClass, Flags, Flags)}
	 */
	public Fanotify open() {
		return open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME));
	}

	/**
	 * {@code fanotify_init(2)} - opens a group whose events' files are read-only. Linux
	 * 2.6.37.
	 * @param type whether it is told only, or asked
	 * @param flags how it behaves and what its events carry
	 * @return the group, to be closed by the caller
	 * @throws SyscallException as {@link #open(FanotifyClass, Flags, Flags)}
	 */
	public Fanotify open(FanotifyClass type, Flags<FanotifyInitFlag> flags) {
		return open(type, flags, Flags.none(FanotifyFileFlag.class));
	}

	/**
	 * {@code fanotify_init(2)} - opens a group. If its events carry descriptors,
	 * {@link FanotifyInitFlag#REPORT_FD_ERROR} is added where the kernel knows it; where
	 * not, each event takes a read of its own, because the kernel does not tell of one
	 * that it could not open behind others. A file that cannot be opened at once, because
	 * somebody holds a lease on it, is a {@linkplain FanotifyEvent#failure() failure}
	 * with {@code EAGAIN}, and before Linux 6.13 nothing at all. Linux 2.6.37.
	 * @param type whether it is told only, or asked
	 * @param flags how it behaves and what its events carry
	 * @param fileFlags how events' files are opened
	 * @return the group, to be closed by the caller
	 * @throws SyscallException {@code EPERM} - it needs {@code CAP_SYS_ADMIN};
	 * {@code EINVAL} - the kernel does not know these flags, or not together;
	 * {@code EMFILE} - {@code fs.fanotify.max_user_groups} is reached, or no descriptor
	 * is left
	 */
	public Fanotify open(FanotifyClass type, Flags<FanotifyInitFlag> flags, Flags<FanotifyFileFlag> fileFlags) {
		boolean handles = (flags.bits() & HANDLES) != 0;
		Flags<FanotifyInitFlag> wanted = handles ? flags : flags.with(FanotifyInitFlag.REPORT_FD_ERROR);
		int result = init(type, wanted, fileFlags);
		if (Errno.EINVAL.is(result) && !wanted.equals(flags)) {
			wanted = flags;
			result = init(type, wanted, fileFlags);
		}
		OwnedFd fd = OwnedFd.adopt(this.syscalls, result, "fanotify_init",
				"CLASS_" + type + (flags.isEmpty() ? "" : "|" + flags));
		boolean tellsFailures = wanted.contains(FanotifyInitFlag.REPORT_FD_ERROR);
		return new Fanotify(this.syscalls, fd, flags, handles ? HANDLES_BUFFER_BYTES
				: tellsFailures ? EVENTS_PER_READ * (EVENT_BYTES + FanotifyEventInfoRange.BYTES) : EVENT_BYTES);
	}

	private int init(FanotifyClass type, Flags<FanotifyInitFlag> flags, Flags<FanotifyFileFlag> fileFlags) {
		return this.syscalls.fanotifyInit(FAN_CLOEXEC | FAN_NONBLOCK | type.value() | (int) flags.bits(),
				// a read opens files, and must not wait for the holder of a lease or for
				// a FIFO
				Syscalls.CLOEXEC | Syscalls.NONBLOCK | (int) fileFlags.bits());
	}

}
