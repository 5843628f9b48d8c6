package io.github.linuxfd.fanotify;

import java.nio.file.Path;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * What happened on a marked object, or is to happen if it is allowed:
 * {@code struct fanotify_event_metadata} with its information records. An event that
 * carries a descriptor has to be closed. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/fanotify.7.html">fanotify.7</a>
 */
public final class FanotifyEvent implements AutoCloseable {

	private static final long PERMISSION = FanotifyEventFlag.OPEN_PERM.bit() | FanotifyEventFlag.ACCESS_PERM.bit()
			| FanotifyEventFlag.OPEN_EXEC_PERM.bit() | FanotifyEventFlag.PRE_ACCESS.bit();

	/** {@code FAN_ERRNO_SHIFT} and {@code FAN_ERRNO_MASK}. */
	private static final int ERRNO_SHIFT = 24;

	private static final int MAX_ERRNO = 0xff;

	private final Fanotify group;

	private final int version;

	private final long mask;

	private final int pid;

	private final @Nullable Errno failure;

	private final @Nullable OwnedFd descriptor;

	private @Nullable OwnedFd pidfd;

	private @Nullable FileHandle handle;

	private @Nullable Entry entry;

	private @Nullable Entry oldEntry;

	private @Nullable FanotifyError error;

	private long mountId;

	private @Nullable FanotifyRange range;

	private volatile @Nullable Optional<Path> path;

	private boolean answered;

	private boolean closed;

	private boolean descriptorTaken;

	private boolean pidfdTaken;

	FanotifyEvent(Fanotify group, int version, long mask, int pid, @Nullable OwnedFd descriptor,
			@Nullable Errno failure) {
		this.group = group;
		this.version = version;
		this.mask = mask;
		this.pid = pid;
		this.descriptor = descriptor;
		this.failure = failure;
		if (descriptor != null && isPermission()) {
			// the kernel knows the event by the number, which is free after the close
			descriptor.beforeClose(this::allow);
		}
	}

	// the decoder, before anybody else sees the event

	void add(OwnedFd processDescriptor) {
		this.pidfd = processDescriptor;
	}

	void add(FileHandle object) {
		this.handle = object;
	}

	void add(FileHandle directory, @Nullable String name) {
		this.entry = new Entry(directory, name);
	}

	void addOld(FileHandle directory, @Nullable String name) {
		this.oldEntry = new Entry(directory, name);
	}

	void add(FanotifyError fileSystemError) {
		this.error = fileSystemError;
	}

	void addMount(long id) {
		this.mountId = id;
	}

	void add(FanotifyRange accessed) {
		this.range = accessed;
	}

	/**
	 * Return the version of the kernel's struct.
	 * @return the version; 0 for an event that was lost before it could be read
	 */
	public int version() {
		return this.version;
	}

	/**
	 * Return the kernel's event bits.
	 * @return the mask; 0 for an event that was lost before it could be read
	 */
	public long mask() {
		return this.mask;
	}

	/**
	 * Return the event bits as flags.
	 * @return the mask
	 */
	public Flags<FanotifyEventFlag> flags() {
		return Flags.ofBits(FanotifyEventFlag.class, this.mask);
	}

	/**
	 * Whether an event bit is set.
	 * @param flag the bit
	 * @return {@code true} if it is set
	 */
	public boolean is(FanotifyEventFlag flag) {
		return flag.in(this.mask);
	}

	/**
	 * Whether the event is about a directory.
	 * @return {@code true} if {@code FAN_ONDIR} is set
	 */
	public boolean isDirectory() {
		return is(FanotifyEventFlag.ONDIR);
	}

	/**
	 * Whether the kernel lost events because its queue was full.
	 * @return {@code true} if {@code FAN_Q_OVERFLOW} is set
	 */
	public boolean isOverflow() {
		return is(FanotifyEventFlag.Q_OVERFLOW);
	}

	/**
	 * Whether somebody waits for {@link #respond}.
	 * @return {@code true} for an event of permission whose file could be opened
	 */
	public boolean isPermission() {
		return (this.mask & PERMISSION) != 0 && this.descriptor != null;
	}

	/**
	 * Return why the file of this event could not be opened. Such an event was not
	 * delivered as it should; if it was one of permission, the kernel has denied it.
	 * @return for instance {@code EMFILE}, or empty if nothing failed
	 */
	public Optional<Errno> failure() {
		return Optional.ofNullable(this.failure);
	}

	/**
	 * Return who did it.
	 * @return the process id, or with {@link FanotifyInitFlag#REPORT_TID} the thread id;
	 * 0 if it is in another PID namespace, or another process seen by a group without
	 * privileges
	 */
	public int pid() {
		return this.pid;
	}

	/**
	 * Return the process that did it. It stays owned by this event.
	 * @return the pidfd, or empty if it was not asked for or the process has ended
	 */
	public Optional<OwnedFd> pidfd() {
		return Optional.ofNullable(this.pidfd);
	}

	/**
	 * Return the open file. It stays owned by this event; to close it before an answer
	 * allows what was asked.
	 * @return the descriptor, or empty if the group reports handles
	 */
	public Optional<OwnedFd> descriptor() {
		return Optional.ofNullable(this.descriptor);
	}

	/**
	 * Take the open file, which is then no longer closed with this event.
	 * @return the descriptor, to be closed by the caller, or empty if the group reports
	 * handles
	 * @throws IllegalStateException if it was taken or closed already, or if this is an
	 * event of permission that has not been answered: the kernel knows the event by the
	 * number of this descriptor
	 */
	public synchronized Optional<OwnedFd> takeDescriptor() {
		if (this.descriptor == null) {
			return Optional.empty();
		}
		if (isPermission() && !this.answered) {
			throw new IllegalStateException("Answer the event before taking its descriptor");
		}
		if (this.closed || this.descriptorTaken) {
			throw new IllegalStateException("The descriptor of " + this + " was taken or closed already");
		}
		this.descriptorTaken = true;
		return Optional.of(this.descriptor);
	}

	/**
	 * Take the pidfd, which is then no longer closed with this event.
	 * @return the pidfd, to be closed by the caller, or empty if there is none
	 * @throws IllegalStateException if it was taken or closed already
	 */
	public synchronized Optional<OwnedFd> takePidfd() {
		if (this.pidfd == null) {
			return Optional.empty();
		}
		if (this.closed || this.pidfdTaken) {
			throw new IllegalStateException("The pidfd of " + this + " was taken or closed already");
		}
		this.pidfdTaken = true;
		return Optional.of(this.pidfd);
	}

	/**
	 * Return the handle of the file.
	 * @return the handle, or empty if the group does not report it
	 */
	public Optional<FileHandle> handle() {
		return Optional.ofNullable(this.handle);
	}

	/**
	 * Return the handle of the directory that the file is in, or of the directory itself.
	 * @return the handle, or empty if the group does not report it
	 */
	public Optional<FileHandle> directory() {
		return Optional.ofNullable(this.entry).map(Entry::directory);
	}

	/**
	 * Return the file's name in its directory.
	 * @return the name; bytes that are not UTF-8 are lone surrogates. {@code .} is the
	 * directory itself; empty if the group does not report names
	 */
	public Optional<String> name() {
		return Optional.ofNullable(this.entry).map(Entry::name);
	}

	/**
	 * Return the handle of the directory that a file was renamed from.
	 * @return the handle, or empty if this is no {@link FanotifyEventFlag#RENAME} or the
	 * directory is not marked
	 */
	public Optional<FileHandle> oldDirectory() {
		return Optional.ofNullable(this.oldEntry).map(Entry::directory);
	}

	/**
	 * Return the name that a file was renamed from.
	 * @return the name, or empty as {@link #oldDirectory()}
	 */
	public Optional<String> oldName() {
		return Optional.ofNullable(this.oldEntry).map(Entry::name);
	}

	/**
	 * Return what is wrong with the file system.
	 * @return the error, or empty if this is no {@link FanotifyEventFlag#FS_ERROR}
	 */
	public Optional<FanotifyError> fileSystemError() {
		return Optional.ofNullable(this.error);
	}

	/**
	 * Return the mount that was attached or detached.
	 * @return its id, as statmount(2) takes it; 0 if the group does not report mounts
	 */
	public long mountId() {
		return this.mountId;
	}

	/**
	 * Return which part of the file is to be read or written.
	 * @return the range, or empty if this is no {@link FanotifyEventFlag#PRE_ACCESS}
	 */
	public Optional<FanotifyRange> range() {
		return Optional.ofNullable(this.range);
	}

	/**
	 * Return the path of the file, by readlink(2) of its descriptor; or, if the event has
	 * handles, of what {@code open_by_handle_at(2)} opens: the directory, to which the
	 * name of then is added whether it is still there or not, or the file itself. What
	 * was marked by its path and is still there needs no opening. Found at the first
	 * call, and the same from then on.
	 * @return the path, or empty if it could not be found: the file or its directory is
	 * gone or not reachable by the mount that was marked; the process lacks
	 * {@code CAP_DAC_READ_SEARCH}, unless the directory itself is marked and has not been
	 * renamed since; the descriptor is closed
	 */
	public Optional<Path> path() {
		Optional<Path> known = this.path;
		// not under the lock of the answer: the file system may hang
		return (known != null) ? known : found(this.group.paths().path(this.descriptor, this.entry, this.handle));
	}

	/** Whoever is first has found it. */
	private synchronized Optional<Path> found(Optional<Path> now) {
		Optional<Path> known = this.path;
		if (known == null) {
			known = now;
			this.path = known;
		}
		return known;
	}

	/**
	 * Return the path that a file was renamed from, with the directory's path of now.
	 * Found anew by each call.
	 * @return the path, or empty as {@link #oldDirectory()} and {@link #path()}
	 */
	public Optional<Path> oldPath() {
		Entry old = this.oldEntry;
		return (old != null) ? this.group.paths().path(null, old, null) : Optional.empty();
	}

	/**
	 * {@code write(2)} - answers an event of permission. Whoever is first has answered.
	 * Linux 2.6.37.
	 * @param response the answer
	 * @return {@code false} if nobody waits any more: it was answered before, or the
	 * group was closed, with which the kernel allowed it
	 * @throws io.github.linuxfd.errno.SyscallException if the kernel does not take it:
	 * {@code EINVAL} - audit was not enabled
	 * @throws IllegalStateException if this is no event of permission
	 */
	public boolean respond(FanotifyResponse response) {
		return respond(response.value(), response);
	}

	/**
	 * {@code write(2)}, {@code FAN_DENY_ERRNO} - denies what was asked with another error
	 * than {@code EPERM}. Only for groups of the class {@link FanotifyClass#PRE_CONTENT}.
	 * Whoever is first has answered. Linux 6.14.
	 * @param errno what whoever waits gets: {@code EPERM}, {@code EIO}, {@code EBUSY},
	 * {@code ETXTBSY}, {@code EAGAIN}, {@code ENOSPC} or {@code EDQUOT}
	 * @return {@code false} if nobody waits any more, as {@link #respond}
	 * @throws io.github.linuxfd.errno.SyscallException if the kernel does not take it:
	 * {@code EINVAL} - another class, another error or an older kernel
	 * @throws IllegalArgumentException if this is no error that fits in an answer
	 * @throws IllegalStateException if this is no event of permission
	 */
	public boolean deny(Errno errno) {
		if (errno.number() < 1 || errno.number() > MAX_ERRNO) {
			throw new IllegalArgumentException("Nobody can be denied with " + errno);
		}
		return respond(FanotifyResponse.DENY.value() | errno.number() << ERRNO_SHIFT, errno);
	}

	private synchronized boolean respond(int answer, Object detail) {
		OwnedFd question = this.descriptor;
		if (question == null || !isPermission()) {
			throw new IllegalStateException(this + " asks for no permission");
		}
		if (this.answered) {
			return false;
		}
		boolean accepted = this.group.write(question, answer, detail);
		this.answered = true;
		return accepted;
	}

	/**
	 * Whether nobody waits for {@link #respond} any more.
	 * @return {@code true} if it was answered or closed
	 */
	public synchronized boolean isAnswered() {
		return this.answered;
	}

	/**
	 * {@code close(2)} - closes the descriptors that nobody has taken. An event of
	 * permission that was not answered is allowed, as the kernel does when a group is
	 * closed. The second call does nothing.
	 */
	@Override
	public void close() {
		synchronized (this) {
			if (this.closed) {
				return;
			}
			this.closed = true; // nothing can be taken any more
		}
		// not under the lock of the answer: the file system may hang
		try {
			if (isPermission() && !isAnswered()) {
				respond(FanotifyResponse.ALLOW);
			}
		}
		finally {
			try {
				close(this.descriptor, this.descriptorTaken);
			}
			finally {
				close(this.pidfd, this.pidfdTaken);
			}
		}
	}

	/** The descriptor is closed whatever the kernel says. */
	private void allow() {
		try {
			respond(FanotifyResponse.ALLOW);
		}
		catch (SyscallException ex) {
			System.getLogger(FanotifyEvent.class.getName())
				.log(System.Logger.Level.WARNING,
						this + " was closed and could not be answered; whoever waits does so until its group is closed",
						ex);
		}
	}

	private static void close(@Nullable OwnedFd fd, boolean taken) {
		if (fd != null && !taken && fd.isOpen()) {
			fd.close();
		}
	}

	@Override
	public String toString() {
		Optional<Path> known = this.path;
		return "FanotifyEvent[" + flags() + " pid=" + this.pid
				+ ((known != null && known.isPresent()) ? " " + known.get()
						: (this.entry != null) ? " " + this.entry : "")
				+ ((this.oldEntry != null) ? " from " + this.oldEntry : "")
				+ ((this.failure != null) ? " failed: " + this.failure : "") + "]";
	}

	/**
	 * An entry of a directory.
	 *
	 * @param directory the directory
	 * @param name the name, or {@code null} if the group does not report names
	 */
	record Entry(FileHandle directory, @Nullable String name) {

		@Override
		public String toString() {
			return this.directory + ((this.name != null) ? "/" + this.name : "");
		}

	}

}
