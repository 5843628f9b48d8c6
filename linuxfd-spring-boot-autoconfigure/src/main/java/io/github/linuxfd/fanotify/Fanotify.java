package io.github.linuxfd.fanotify;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Reports what happens on the objects it has marked, and decides on what it is asked for
 * permission. The kernel keeps up to {@code fs.fanotify.max_queued_events} events of each
 * group; when there are more it loses them and says so with one
 * {@linkplain FanotifyEvent#isOverflow() overflow} event. An event whose file could not
 * be opened, for instance because the process has no descriptor left, is reported with
 * its {@linkplain FanotifyEvent#failure() failure} and counted. Any thread may call.
 * <p>
 * With the group the kernel allows all that wait for its answers.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/fanotify.7.html">fanotify.7</a>
 */
public final class Fanotify extends EventDescriptor<FanotifyEvent> {

	private static final int FAN_MARK_ADD = 1;

	private static final int FAN_MARK_REMOVE = 2;

	private static final int FAN_MARK_FLUSH = 0x80;

	private static final Path ROOT = Path.of("/");

	private final FanotifyDecoder decoder;

	private final EventPaths paths;

	/** Whether events tell of directories by their handles, and of files too. */
	private final boolean reportsDirectories;

	private final boolean reportsFiles;

	private final NativeMemory response = NativeMemory.allocate(Layouts.FanotifyResponse.BYTES);

	private volatile long lost;

	Fanotify(Syscalls syscalls, OwnedFd fd, Flags<FanotifyInitFlag> flags, int bufferBytes) {
		super(syscalls, fd, bufferBytes);
		this.decoder = new FanotifyDecoder(this, syscalls);
		this.paths = new EventPaths(syscalls, fd);
		this.reportsDirectories = flags.contains(FanotifyInitFlag.REPORT_DIR_FID);
		this.reportsFiles = flags.contains(FanotifyInitFlag.REPORT_FID);
	}

	/**
	 * {@code fanotify_mark(2)}, {@code FAN_MARK_ADD} - marks an object, or adds to the
	 * events of its mark. Linux 2.6.37.
	 * @param kind what is marked
	 * @param path a path of it, or on it
	 * @param events what to report
	 * @throws SyscallException {@code EPERM} - mounts and file systems need
	 * {@code CAP_SYS_ADMIN}; {@code ENOENT} - there is no such file; {@code EINVAL} - the
	 * group or the kernel does not know such events; {@code ENOSPC} -
	 * {@code fs.fanotify.max_user_marks} is reached; {@code ENODEV}, {@code EOPNOTSUPP},
	 * {@code EXDEV} - the file system has no handles
	 * @throws IllegalArgumentException if there are no events, or one that this group is
	 * never told of
	 * @throws IllegalStateException if this is closed
	 */
	public void addMark(FanotifyMark kind, Path path, Flags<FanotifyEventFlag> events) {
		addMark(kind, path, events, Flags.none(FanotifyMarkFlag.class));
	}

	/**
	 * {@code fanotify_mark(2)}, {@code FAN_MARK_ADD} - marks an object, or adds to the
	 * events of its mark or to those it ignores. Linux 2.6.37.
	 * @param kind what is marked
	 * @param path a path of it, or on it
	 * @param events what to report, or to ignore if the flags say so
	 * @param flags how the mark behaves
	 * @throws SyscallException as {@link #addMark(FanotifyMark, Path, Flags)};
	 * {@code ENOTDIR}, {@code EISDIR}, {@code EEXIST} - the flags do not go with the
	 * object or its mark
	 * @throws IllegalArgumentException if there are no events, or one that this group is
	 * never told of
	 * @throws IllegalStateException if this is closed
	 */
	public void addMark(FanotifyMark kind, Path path, Flags<FanotifyEventFlag> events, Flags<FanotifyMarkFlag> flags) {
		if (events.contains(FanotifyEventFlag.FS_ERROR) && this.reportsDirectories && !this.reportsFiles) {
			// the kernel would take the mark, and tell nothing
			throw new IllegalArgumentException("Only a group with REPORT_FID is told of FS_ERROR");
		}
		mark(FAN_MARK_ADD, kind, path, events, flags);
		if ((this.reportsDirectories || this.reportsFiles) && kind != FanotifyMark.MNTNS) {
			this.paths.marked(kind, path, !flags.contains(FanotifyMarkFlag.DONT_FOLLOW));
		}
	}

	/**
	 * {@code fanotify_mark(2)}, {@code FAN_MARK_REMOVE} - takes events from a mark, which
	 * is gone with the last of them. Events that are in the queue still come. Linux
	 * 2.6.37.
	 * @param kind what is marked
	 * @param path a path of it, or on it
	 * @param events what not to report any more
	 * @param flags the flags that tell which mark: that of what is ignored, or of a
	 * symbolic link
	 * @throws SyscallException {@code ENOENT} - there is no such mark or file;
	 * {@code EPERM} - mounts and file systems need {@code CAP_SYS_ADMIN}
	 * @throws IllegalArgumentException if there are no events
	 * @throws IllegalStateException if this is closed
	 */
	public void removeMark(FanotifyMark kind, Path path, Flags<FanotifyEventFlag> events,
			Flags<FanotifyMarkFlag> flags) {
		mark(FAN_MARK_REMOVE, kind, path, events, flags);
	}

	/**
	 * {@code fanotify_mark(2)}, {@code FAN_MARK_FLUSH} - removes all marks of a kind.
	 * Events that are in the queue still come. Linux 2.6.37.
	 * @param kind what is marked
	 * @throws SyscallException {@code EPERM} - mounts and file systems need
	 * {@code CAP_SYS_ADMIN}; {@code EINVAL} - the kernel does not know the kind
	 * @throws IllegalStateException if this is closed
	 */
	public void flushMarks(FanotifyMark kind) {
		call(FAN_MARK_FLUSH, kind, ROOT, 0, 0);
	}

	private void mark(int operation, FanotifyMark kind, Path path, Flags<FanotifyEventFlag> events,
			Flags<FanotifyMarkFlag> flags) {
		if (events.isEmpty()) {
			throw new IllegalArgumentException("A mark of " + path + " needs at least one event");
		}
		call(operation, kind, path, events.bits(), flags.bits());
	}

	/** Not under the lock of the readers: the path may be on a file system that hangs. */
	private void call(int operation, FanotifyMark kind, Path path, long events, long flags) {
		int number = fd().acquire();
		try {
			int result = this.syscalls.fanotifyMark(number, operation | kind.value() | (int) flags, events,
					NativePaths.encode(path));
			if (result < 0) {
				throw SyscallException.of("fanotify_mark", result,
						kind + " \"" + path + "\", " + Flags.ofBits(FanotifyEventFlag.class, events));
			}
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code write(2)} - answers an event of permission, as {@link FanotifyEvent#respond}
	 * does. Linux 2.6.37.
	 * @param event an event of this group
	 * @param answer the answer
	 * @return {@code false} if nobody waits any more
	 * @throws SyscallException if the kernel does not take it: {@code EINVAL} - audit was
	 * not enabled
	 * @throws IllegalStateException if it is no event of permission
	 */
	public boolean respond(FanotifyEvent event, FanotifyResponse answer) {
		return event.respond(answer);
	}

	/**
	 * Return how many events were lost because their file could not be opened. What an
	 * overflow of the queue has swallowed is not known.
	 * @return the number since this was opened
	 */
	public long lost() {
		return this.lost;
	}

	/** Returns whether there was a group to take it. */
	boolean write(OwnedFd event, int answer, Object detail) {
		try (FdLoan group = fd().lend(); FdLoan question = event.lend()) {
			long result;
			synchronized (this.response) {
				this.response.bytes()
					.putInt(Layouts.FanotifyResponse.FD, question.number())
					.putInt(Layouts.FanotifyResponse.RESPONSE, answer);
				result = this.syscalls.write(group.number(), this.response.address(), Layouts.FanotifyResponse.BYTES);
			}
			SyscallException.check("write", result, detail);
			return true;
		}
		catch (IllegalStateException ex) {
			return false; // one of them is closed, and with it the kernel has allowed it
		}
	}

	EventPaths paths() {
		return this.paths;
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super FanotifyEvent> sink) {
		if (result < 0) {
			sink.accept(lost(result));
		}
		else {
			this.decoder.decode(bytes, (int) result, (event) -> {
				if (event.failure().isPresent()) {
					this.lost = this.lost + 1;
				}
				sink.accept(event);
			});
		}
	}

	/** Whatever the kernel could not open for the event is gone from its queue. */
	private FanotifyEvent lost(long result) {
		Errno errno = Errno.ofResult(result);
		if (errno.equals(Errno.EBADF) || errno.equals(Errno.EFAULT) || errno.equals(Errno.EINVAL)) {
			length(result);
		}
		// under the lock of the readers, so there is no update to lose
		this.lost = this.lost + 1;
		return new FanotifyEvent(this, 0, 0, 0, null, errno);
	}

	@Override
	public void discard(FanotifyEvent event) {
		event.close();
	}

	@Override
	protected void freeOwned() {
		this.response.close();
	}

}
