package io.github.linuxfd.inotify;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * A file, a directory or a whole tree under watch, with nothing lost: directories that
 * appear are watched and then scanned, and after a queue overflow everything is scanned.
 * What a scan finds is reported as {@linkplain InotifyEvent#recovered() recovered}, and
 * possibly once more by the kernel.
 * <p>
 * The events of {@link #inotify()} are to be read by one thread and given to
 * {@link #process} in their order; scans read directories and may take their time.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class InotifyTree implements AutoCloseable {

	/** What the scan of a file can stand for, the first that is asked for. */
	private static final List<InotifyEventFlag> FOUND_FILE = List.of(InotifyEventFlag.CLOSE_WRITE,
			InotifyEventFlag.MOVED_TO, InotifyEventFlag.CREATE, InotifyEventFlag.MODIFY, InotifyEventFlag.ATTRIB);

	/** What the scan of a directory can stand for, the first that is asked for. */
	private static final List<InotifyEventFlag> FOUND_DIRECTORY = List.of(InotifyEventFlag.CREATE,
			InotifyEventFlag.MOVED_TO);

	/** In a tree, a directory that was moved here shows by its files. */
	private static final List<InotifyEventFlag> FOUND_DIRECTORY_IN_TREE = List.of(InotifyEventFlag.CREATE);

	private static final int APPEARED = (int) (InotifyEventFlag.CREATE.bit() | InotifyEventFlag.MOVED_TO.bit());

	private static final int MOVED_FROM = (int) InotifyEventFlag.MOVED_FROM.bit();

	private static final int ROOT_ENDED = (int) (InotifyEventFlag.DELETE_SELF.bit() | InotifyEventFlag.MOVE_SELF.bit()
			| InotifyEventFlag.UNMOUNT.bit() | InotifyEventFlag.IGNORED.bit());

	/** Events that need no look at the tree. */
	private static final int HOUSEKEEPING = ROOT_ENDED
			| (int) (InotifyEventFlag.ISDIR.bit() | InotifyEventFlag.Q_OVERFLOW.bit());

	private final Syscalls syscalls;

	private final Inotify inotify;

	private final Path root;

	private final Flags<InotifyEventFlag> events;

	private final Flags<InotifyWatchFlag> flags;

	private final boolean recursive;

	private final int wanted;

	private final int foundFile;

	private final int foundDirectory;

	private volatile int rootWd = -1;

	private volatile @Nullable String ended;

	InotifyTree(Syscalls syscalls, Inotify inotify, Path root, Flags<InotifyEventFlag> events,
			Flags<InotifyWatchFlag> flags, boolean recursive) {
		this.syscalls = syscalls;
		this.inotify = inotify;
		this.root = root;
		this.events = events;
		this.flags = flags;
		this.recursive = recursive;
		this.wanted = (int) events.without(InotifyEventFlag.ISDIR).bits();
		this.foundFile = firstWanted(FOUND_FILE);
		this.foundDirectory = firstWanted(recursive ? FOUND_DIRECTORY_IN_TREE : FOUND_DIRECTORY);
	}

	private int firstWanted(List<InotifyEventFlag> candidates) {
		return candidates.stream()
			.filter(this.events::contains)
			.mapToInt((flag) -> (int) flag.bit())
			.findFirst()
			.orElse(0);
	}

	void watch() {
		watchRoot(this.flags);
		if (this.recursive) {
			visit(this.root, false, (event) -> {
			});
		}
	}

	private void watchRoot(Flags<InotifyWatchFlag> flags) {
		Flags<InotifyEventFlag> rootEvents = treeEvents().with(InotifyEventFlag.DELETE_SELF)
			.with(InotifyEventFlag.MOVE_SELF);
		Flags<InotifyWatchFlag> rootFlags = this.recursive ? flags.with(InotifyWatchFlag.ONLYDIR) : flags;
		this.rootWd = this.inotify.addWatch(this.root, rootEvents, rootFlags).wd();
	}

	/*
	 * The end of the root may be among what an overflow lost. The same inode keeps its
	 * watch, another one under the root's path gets one.
	 */
	private void watchRootAgain() {
		try {
			watchRoot(this.flags.without(InotifyWatchFlag.MASK_CREATE));
		}
		catch (SyscallException ex) {
			this.ended = this.root + " is no longer watched: " + ex.getMessage();
		}
	}

	private Flags<InotifyEventFlag> treeEvents() {
		return this.recursive ? this.events.with(InotifyEventFlag.CREATE)
			.with(InotifyEventFlag.MOVED_TO)
			.with(InotifyEventFlag.MOVED_FROM) : this.events;
	}

	/**
	 * Return the instance whose events belong here.
	 * @return the instance; closing it or this is the same
	 */
	public Inotify inotify() {
		return this.inotify;
	}

	/**
	 * Return the watched file or directory.
	 * @return the path at the top
	 */
	public Path root() {
		return this.root;
	}

	/**
	 * Return why the tree is not to be relied on any more: the root is not watched, or
	 * not under its path.
	 * @return the reason, or {@code null} as long as all is well
	 */
	public @Nullable String ended() {
		return this.ended;
	}

	/**
	 * {@code inotify_add_watch(2)}, {@code inotify_rm_watch(2)} - takes an event of the
	 * instance: keeps the watches of the tree up to date, makes good what an overflow
	 * lost, and passes on what was asked for. To be called by one thread.
	 * @param event the event
	 * @param sink takes the events that were asked for, and what scans find
	 * @throws SyscallException if a directory that appeared cannot be watched;
	 * {@code ENOSPC} - {@code fs.inotify.max_user_watches} is reached
	 * @throws UncheckedIOException if a directory cannot be read
	 */
	public void process(InotifyEvent event, Consumer<? super InotifyEvent> sink) {
		int mask = event.mask();
		if ((mask & this.wanted) != 0) {
			sink.accept(event);
		}
		if ((mask & HOUSEKEEPING) != 0) {
			keepUp(event, mask, sink);
		}
	}

	private void keepUp(InotifyEvent event, int mask, Consumer<? super InotifyEvent> sink) {
		if (event.isOverflow()) {
			watchRootAgain();
			scan(sink);
		}
		else if (event.wd() == this.rootWd && (mask & ROOT_ENDED) != 0) {
			this.ended = (this.ended != null) ? this.ended : endReason(event);
		}
		else if (this.recursive && event.isDirectory() && event.name() != null) {
			if ((mask & MOVED_FROM) != 0) {
				forget(event.path());
			}
			else if ((mask & APPEARED) != 0) {
				visit(event.path(), true, sink);
			}
		}
	}

	private String endReason(InotifyEvent event) {
		String what = event.is(InotifyEventFlag.UNMOUNT) ? "its file system was unmounted"
				: event.is(InotifyEventFlag.MOVE_SELF) ? "it was renamed"
						: event.is(InotifyEventFlag.DELETE_SELF) ? "it was deleted" : "its watch was removed";
		return this.root + " is no longer watched: " + what;
	}

	/**
	 * {@code inotify_add_watch(2)} - reports every file that is there, as if it had just
	 * arrived, and watches directories that are not watched yet. A file that is known to
	 * be open for writing is left to its {@code CLOSE_WRITE}. To be called by one thread.
	 * @param sink takes the events
	 * @throws SyscallException if a directory cannot be watched; {@code ENOSPC} -
	 * {@code fs.inotify.max_user_watches} is reached
	 * @throws UncheckedIOException if a directory cannot be read
	 */
	public void scan(Consumer<? super InotifyEvent> sink) {
		if (Files.isDirectory(this.root)) {
			visit(this.root, true, sink);
		}
		else if (Files.exists(this.root)) {
			InotifyWatch watch = new InotifyWatch(this.rootWd, this.root, this.events);
			found(watch, this.root, null, false, sink);
		}
	}

	/*
	 * First the watch, then the listing: what appears in between is reported twice and
	 * not missed. A directory that vanishes meanwhile has nothing to report.
	 */
	private void visit(Path directory, boolean report, Consumer<? super InotifyEvent> sink) {
		InotifyWatch watch = directory.equals(this.root) ? new InotifyWatch(this.rootWd, this.root, this.events)
				: watchBelow(directory);
		if (watch == null) {
			return;
		}
		RuntimeException failure = null;
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
			for (Path entry : entries) {
				boolean isDirectory = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
				if (report) {
					found(watch, entry, entry.getFileName(), isDirectory, sink);
				}
				if (isDirectory && this.recursive) {
					failure = visitBelow(entry, report, sink, failure);
				}
			}
		}
		catch (NoSuchFileException | NotDirectoryException ex) {
			// gone since it was seen; its deletion is an event of its own
			System.getLogger(InotifyTree.class.getName()).log(System.Logger.Level.DEBUG, "{0} is gone", directory);
		}
		catch (DirectoryIteratorException ex) {
			throw new UncheckedIOException("Cannot scan " + directory, ex.getCause());
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot scan " + directory, ex);
		}
		if (failure != null) {
			throw failure;
		}
	}

	/** One directory that cannot be visited does not hide those beside it. */
	private @Nullable RuntimeException visitBelow(Path directory, boolean report, Consumer<? super InotifyEvent> sink,
			@Nullable RuntimeException earlier) {
		try {
			visit(directory, report, sink);
			return earlier;
		}
		catch (SyscallException | UncheckedIOException ex) {
			return (earlier != null) ? earlier : ex;
		}
	}

	private @Nullable InotifyWatch watchBelow(Path directory) {
		try {
			// a directory may be found twice, by its event and by a scan
			return this.inotify.addWatch(directory, treeEvents(),
					this.flags.without(InotifyWatchFlag.MASK_CREATE)
						.with(InotifyWatchFlag.ONLYDIR)
						.with(InotifyWatchFlag.DONT_FOLLOW));
		}
		catch (SyscallException ex) {
			if (ex.errno().equals(Errno.ENOENT) || ex.errno().equals(Errno.ENOTDIR)) {
				return null;
			}
			throw ex;
		}
	}

	private void found(InotifyWatch watch, Path path, @Nullable Path name, boolean isDirectory,
			Consumer<? super InotifyEvent> sink) {
		int mask = isDirectory ? this.foundDirectory : this.foundFile;
		if (mask == 0 || (InotifyEventFlag.CLOSE_WRITE.in(mask) && isUnfinished(path))) {
			return;
		}
		sink.accept(new InotifyEvent(watch, isDirectory ? mask | (int) InotifyEventFlag.ISDIR.bit() : mask, 0,
				(name != null) ? NativePaths.name(name) : null, true));
	}

	private boolean isUnfinished(Path path) {
		return Files.isRegularFile(path) && FileLease.writer(this.syscalls, path) == FileWriter.PRESENT;
	}

	private void forget(Path directory) {
		for (InotifyWatch watch : this.inotify.watches()) {
			if (watch.path().startsWith(directory)) {
				try {
					this.inotify.removeWatch(watch);
				}
				catch (SyscallException ex) {
					// EINVAL: deleted in the meantime, its IN_IGNORED is on the way
					if (!ex.errno().equals(Errno.EINVAL)) {
						throw ex;
					}
				}
			}
		}
	}

	@Override
	public void close() {
		this.inotify.close();
	}

	@Override
	public String toString() {
		return "InotifyTree[" + this.root + (this.recursive ? " and below" : "") + "]";
	}

}
