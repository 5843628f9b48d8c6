package io.github.linuxfd.inotify;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Reports changes of the files and directories it watches. The kernel keeps up to
 * {@code fs.inotify.max_queued_events} events of each instance; when there are more it
 * loses them and says so with one {@linkplain InotifyEvent#isOverflow() overflow} event.
 * Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify.7</a>
 */
public final class Inotify extends EventDescriptor<InotifyEvent> {

	private static final int BUFFER_BYTES = 64 * 1024;

	private static final long FIONREAD = 0x541b;

	private final WatchTable watches = new WatchTable();

	private final InotifyCursor cursor = new InotifyCursor(this.watches);

	private final Decoder<Consumer<? super InotifyCursor>> cursorDecoder = this::walk;

	Inotify(Syscalls syscalls, OwnedFd fd) {
		super(syscalls, fd, BUFFER_BYTES);
	}

	/**
	 * {@code inotify_add_watch(2)} - watches a file or directory. If its inode is watched
	 * already, that watch changes its events and its path. Linux 2.6.13.
	 * @param path the file or directory
	 * @param events what to report
	 * @return the watch
	 * @throws SyscallException {@code ENOENT} - there is no such file; {@code EACCES} -
	 * no permission to read it; {@code ENOSPC} - {@code fs.inotify.max_user_watches} is
	 * reached
	 * @throws IllegalStateException if this is closed
	 */
	public InotifyWatch addWatch(Path path, Flags<InotifyEventFlag> events) {
		return addWatch(path, events, Flags.none(InotifyWatchFlag.class));
	}

	/**
	 * {@code inotify_add_watch(2)} - watches a file or directory. If its inode is watched
	 * already, that watch changes its events and its path, or as the flags say. Linux
	 * 2.6.13; the flags say which need a newer one.
	 * @param path the file or directory
	 * @param events what to report
	 * @param flags how the watch behaves
	 * @return the watch
	 * @throws SyscallException {@code ENOENT} - there is no such file; {@code EACCES} -
	 * no permission to read it; {@code ENOSPC} - {@code fs.inotify.max_user_watches} is
	 * reached; {@code ENOTDIR}, {@code EEXIST} - the flags forbid it
	 * @throws IllegalStateException if this is closed
	 */
	public InotifyWatch addWatch(Path path, Flags<InotifyEventFlag> events, Flags<InotifyWatchFlag> flags) {
		if (events.isEmpty()) {
			throw new IllegalArgumentException("A watch of " + path + " needs at least one event");
		}
		byte[] name = NativePaths.encode(path);
		InotifyWatch[] added = new InotifyWatch[1];
		// under the lock, so that no event of the watch is decoded before it is known
		locked((number) -> {
			int wd = this.syscalls.inotifyAddWatch(number, name, (int) (events.bits() | flags.bits()));
			if (wd < 0) {
				throw SyscallException.of("inotify_add_watch", wd, "\"" + path + "\"");
			}
			added[0] = new InotifyWatch(wd, path, events);
			this.watches.put(added[0]);
			return wd;
		});
		return added[0];
	}

	/**
	 * {@code inotify_rm_watch(2)} - removes a watch. Events that are in the queue still
	 * come, and last the watch's {@code IN_IGNORED}. Linux 2.6.13.
	 * @param watch the watch
	 * @throws SyscallException {@code EINVAL} - the watch is gone already
	 * @throws IllegalStateException if this is closed
	 */
	public void removeWatch(InotifyWatch watch) {
		locked((number) -> {
			int result = this.syscalls.inotifyRmWatch(number, watch.wd());
			return SyscallException.check("inotify_rm_watch", result, Integer.toString(watch.wd()));
		});
	}

	/**
	 * Return the watches there are.
	 * @return the watches whose {@code IN_IGNORED} has not been read
	 */
	public List<InotifyWatch> watches() {
		lock();
		try {
			return this.watches.watches();
		}
		finally {
			unlock();
		}
	}

	/**
	 * Return the number of watches there are.
	 * @return the number of watches whose {@code IN_IGNORED} has not been read
	 */
	public int watchCount() {
		lock();
		try {
			return this.watches.size();
		}
		finally {
			unlock();
		}
	}

	/**
	 * {@code ioctl(2)}, {@code FIONREAD} - returns how much the kernel has for the next
	 * reads. Linux 2.6.13.
	 * @return the bytes of all events that are in the kernel's queue, 16 for each and its
	 * padded name
	 * @throws IllegalStateException if this is closed
	 */
	public int bytesWaiting() {
		try (NativeMemory count = NativeMemory.allocate(Integer.BYTES)) {
			locked((number) -> SyscallException.check("ioctl", this.syscalls.ioctl(number, FIONREAD, count.address()),
					this + ", FIONREAD"));
			return count.bytes().getInt(0);
		}
	}

	/**
	 * {@code proc_pid_fdinfo(5)} - returns the watches as the kernel has them, those too
	 * that it has changed by itself. Linux 3.8.
	 * @return the watches, in no order
	 * @throws UncheckedIOException if {@code /proc} cannot be read
	 * @throws IllegalStateException if this is closed
	 */
	public List<KernelWatch> kernelWatches() {
		try (FdLoan lent = fd().lend()) {
			return KernelWatch.read(Path.of("/proc/thread-self/fdinfo", Integer.toString(lent.number())));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * {@code read(2)} - as {@link #drain}, without making an object of each event: one
	 * cursor goes from event to event. Nothing is allocated.
	 * @param sink is given the cursor at each event; it must not throw, keep the cursor
	 * or read this instance, and may close it
	 * @return the number of bytes read; 0 if there was nothing
	 * @throws SyscallException if the read fails
	 * @throws IllegalStateException if this is closed
	 */
	public int drainCursor(Consumer<? super InotifyCursor> sink) {
		return drain(sink, this.cursorDecoder);
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super InotifyEvent> sink) {
		InotifyCursor cursor = this.cursor;
		cursor.start(bytes, length(result));
		try {
			while (cursor.next()) {
				sink.accept(cursor.event());
			}
		}
		finally {
			cursor.end();
		}
	}

	private void walk(ByteBuffer bytes, long result, Consumer<? super InotifyCursor> sink) {
		InotifyCursor cursor = this.cursor;
		cursor.start(bytes, length(result));
		try {
			while (cursor.next()) {
				sink.accept(cursor);
			}
		}
		finally {
			cursor.end();
		}
	}

}
