package io.github.linuxfd.inotify;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Opens {@link Inotify} instances. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class InotifyFactory {

	private final Syscalls syscalls;

	/**
	 * Open through these calls.
	 * @param syscalls the calls
	 */
	public InotifyFactory(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code inotify_init1(2)} - opens an instance. Linux 2.6.27.
	 * @return the instance, to be closed by the caller
	 * @throws SyscallException {@code EMFILE} - {@code fs.inotify.max_user_instances} is
	 * reached, or no descriptor is left
	 */
	public Inotify open() {
		int result = this.syscalls.inotifyInit1(Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		return new Inotify(this.syscalls, OwnedFd.adopt(this.syscalls, result, "inotify_init1", "CLOEXEC|NONBLOCK"));
	}

	/**
	 * {@code inotify_init1(2)}, {@code inotify_add_watch(2)} - opens an instance that
	 * watches a file or directory, or a whole tree. Linux 2.6.27.
	 * @param root the file or directory
	 * @param events what to report
	 * @param flags how the watches behave
	 * @param recursive whether to watch the directories below too
	 * @return the tree, to be closed by the caller
	 * @throws SyscallException as {@link #open()} and {@link Inotify#addWatch}
	 */
	public InotifyTree openTree(Path root, Flags<InotifyEventFlag> events, Flags<InotifyWatchFlag> flags,
			boolean recursive) {
		Inotify inotify = open();
		try {
			InotifyTree tree = new InotifyTree(this.syscalls, inotify, root, events, flags, recursive);
			tree.watch();
			return tree;
		}
		catch (RuntimeException | Error ex) {
			inotify.close();
			throw ex;
		}
	}

	/**
	 * {@code inotify_init1(2)}, {@code inotify_add_watch(2)}, {@code poll(2)},
	 * {@code read(2)} - waits for one event, with an instance of its own that is closed
	 * afterwards. What happens before the call is not seen. Linux 2.6.27.
	 * @param path the file or directory
	 * @param events what to wait for
	 * @param timeout the longest wait, in milliseconds at the finest
	 * @return the first event, or empty if the time is over
	 * @throws SyscallException as {@link #open()} and {@link Inotify#addWatch}
	 */
	public Optional<InotifyEvent> awaitEvent(Path path, Flags<InotifyEventFlag> events, Duration timeout) {
		try (Inotify inotify = open()) {
			inotify.addWatch(path, events);
			return Optional.ofNullable(inotify.pollEvent(timeout));
		}
	}

	/**
	 * {@code fcntl(2)}, {@code F_SETLEASE} - tells whether somebody has a file open for
	 * writing. Opens the file for reading and asks for a lease that it gives back at
	 * once. Linux 2.4.
	 * @param file a regular file
	 * @return what the kernel says
	 */
	public FileWriter writer(Path file) {
		return FileLease.writer(this.syscalls, file);
	}

}
