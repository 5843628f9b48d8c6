package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;

/**
 * The JDK's asynchronous file, whose operations are completed by an engine of
 * {@link Aio}. Without an executor handlers are called as those of {@link Aio} are. Locks
 * are those of open file descriptions: they last until this is closed, whatever other
 * descriptors of the file are closed, and the JDK's own locks in this JVM compete with
 * them as those of another program. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioFileChannel extends AsynchronousFileChannel {

	private static final OperationOwner ENDS = (operation, failure, lost) -> IoFailures.of(failure);

	private final ChannelHandle<AioFile> file;

	private final boolean reading;

	private final boolean writing;

	/** What is equal for all descriptors of the file; asked for by the first lock. */
	private volatile @Nullable Object key;

	private AioFileChannel(AioFile file, boolean reading, boolean writing) {
		this.file = new ChannelHandle<>(file);
		this.reading = reading;
		this.writing = writing;
	}

	/**
	 * {@code open(2)} - opens a file, and has handlers called as those of {@link Aio}.
	 * @param engines do the operations
	 * @param path the file
	 * @param options as for {@link AsynchronousFileChannel#open(Path, OpenOption...)},
	 * and {@code ExtendedOpenOption.DIRECT}
	 * @return the channel, to be closed by the caller
	 * @throws UnsupportedOperationException if there is no such option
	 * @throws IOException if the file cannot be opened
	 */
	public static AioFileChannel open(AioEngines engines, Path path, OpenOption... options) throws IOException {
		return open(engines, path, Set.copyOf(List.of(options)), null);
	}

	/**
	 * {@code open(2)} - opens a file.
	 * @param engines do the operations
	 * @param path the file
	 * @param options as for
	 * {@link AsynchronousFileChannel#open(Path, Set, ExecutorService, FileAttribute...)},
	 * and {@code ExtendedOpenOption.DIRECT}
	 * @param executor calls the handlers; {@code null} for who calls those of {@link Aio}
	 * @param attributes the permissions of a new file
	 * @return the channel, to be closed by the caller
	 * @throws UnsupportedOperationException if there is no such option or attribute, or
	 * the path is not of the default file system
	 * @throws IOException if the file cannot be opened
	 */
	public static AioFileChannel open(AioEngines engines, Path path, Set<? extends OpenOption> options,
			@Nullable ExecutorService executor, FileAttribute<?>... attributes) throws IOException {
		if (path.getFileSystem() != FileSystems.getDefault()) {
			throw new UnsupportedOperationException(path.getFileSystem() + " is not the kernel's");
		}
		Set<OpenOption> wanted = new HashSet<>();
		for (OpenOption option : options) {
			wanted.add(Objects.requireNonNull(option));
		}
		if (wanted.contains(StandardOpenOption.APPEND)) {
			throw new UnsupportedOperationException("APPEND not allowed");
		}
		boolean writing = wanted.contains(StandardOpenOption.WRITE);
		boolean reading = wanted.contains(StandardOpenOption.READ) || !writing;
		boolean delete = wanted.remove(StandardOpenOption.DELETE_ON_CLOSE);
		if (delete && !wanted.contains(StandardOpenOption.CREATE_NEW)) {
			wanted.add(LinkOption.NOFOLLOW_LINKS); // what a link leads to is not what is
													// deleted
		}
		AioFileChannel channel;
		try {
			channel = new AioFileChannel(engines.openFile(path, wanted, permissions(attributes),
					(executor != null) ? new Delivery(executor) : engines.delivery()), reading, writing);
		}
		catch (SyscallException ex) {
			throw IoFailures.of(ex, path);
		}
		if (delete) {
			channel.delete(path);
		}
		return channel;
	}

	private static int permissions(FileAttribute<?>... attributes) {
		int mode = AioEngines.RW_FOR_ALL;
		for (FileAttribute<?> attribute : attributes) {
			if (!attribute.name().equals("posix:permissions") || !(attribute.value() instanceof Set<?> permissions)) {
				throw new UnsupportedOperationException(
						"'" + attribute.name() + "' not supported as initial attribute");
			}
			mode = 0;
			for (Object permission : permissions) {
				// in the order of the bits, from the highest
				mode |= 0400 >> ((PosixFilePermission) permission).ordinal();
			}
		}
		return mode;
	}

	/**
	 * At once, as the JDK does, so that nothing is left even of a JVM that is killed.
	 */
	private void delete(Path path) {
		try {
			Files.deleteIfExists(path);
		}
		catch (IOException ex) {
			System.getLogger(AioFileChannel.class.getName())
				.log(System.Logger.Level.DEBUG, () -> path + " cannot be deleted", ex);
		}
	}

	@Override
	public boolean isOpen() {
		return this.file.isOpen();
	}

	@Override
	public void close() throws IOException {
		if (!this.file.isOpen()) {
			return;
		}
		try {
			if (this.key != null) {
				// while operations go on, the descriptor and its locks would too
				this.file.run(() -> this.file.handle.lock(AioFile.F_UNLCK, 0, Long.MAX_VALUE));
			}
		}
		catch (ClosedChannelException ex) {
			System.getLogger(AioFileChannel.class.getName())
				.log(System.Logger.Level.DEBUG, () -> this + " has just been closed", ex);
		}
		finally {
			if (this.file.close()) {
				FileLockTable.removeAll(this);
			}
		}
	}

	@Override
	public long size() throws IOException {
		return this.file.call(this.file.handle::size);
	}

	@Override
	public AsynchronousFileChannel truncate(long size) throws IOException {
		if (size < 0) {
			throw new IllegalArgumentException("Negative size");
		}
		checkWriting();
		this.file.run(() -> {
			if (size < this.file.handle.size()) {
				this.file.handle.truncate(size);
			}
		});
		return this;
	}

	@Override
	public void force(boolean metaData) throws IOException {
		this.file.run(() -> this.file.handle.force(metaData));
	}

	@Override
	public Future<Integer> read(ByteBuffer target, long position) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		start(OperationKind.READ, target, position, null, future);
		return future;
	}

	@Override
	public <A> void read(ByteBuffer target, long position, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		start(OperationKind.READ, target, position, attachment, handler);
	}

	@Override
	public Future<Integer> write(ByteBuffer source, long position) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		start(OperationKind.WRITE, source, position, null, future);
		return future;
	}

	@Override
	public <A> void write(ByteBuffer source, long position, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		start(OperationKind.WRITE, source, position, attachment, handler);
	}

	private <A> void start(OperationKind kind, ByteBuffer buffer, long position, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		if (position < 0) {
			throw new IllegalArgumentException("Negative position");
		}
		if (kind == OperationKind.READ) {
			checkReading();
			ChannelHandle.checkTarget(buffer);
		}
		else {
			checkWriting();
		}
		if (!isOpen()) {
			this.file.tell(handler, attachment, null, new ClosedChannelException());
		}
		else if (!buffer.hasRemaining()) {
			this.file.tell(handler, attachment, 0, null);
		}
		else {
			ByteOperation operation = new ByteOperation(this.file.handle, kind, buffer, position, attachment, handler);
			operation.owner = ENDS;
			operation.startIfOpen();
		}
	}

	private void checkReading() {
		if (!this.reading) {
			throw new NonReadableChannelException();
		}
	}

	private void checkWriting() {
		if (!this.writing) {
			throw new NonWritableChannelException();
		}
	}

	@Override
	public Future<FileLock> lock(long position, long size, boolean shared) {
		ChannelFuture<FileLock> future = new ChannelFuture<>(this);
		startLock(position, size, shared, null, future);
		return future;
	}

	@Override
	public <A> void lock(long position, long size, boolean shared, @Nullable A attachment,
			CompletionHandler<FileLock, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		startLock(position, size, shared, attachment, handler);
	}

	private <A> void startLock(long position, long size, boolean shared, @Nullable A attachment,
			CompletionHandler<FileLock, ? super A> handler) {
		AioFileLock lock = newLock(position, size, shared);
		try {
			enter(lock);
		}
		catch (IOException ex) {
			this.file.tell(handler, attachment, null, ex);
			return;
		}
		FileLockAttempt attempt = new FileLockAttempt(this, lock, attachment, handler);
		if (handler instanceof ChannelFuture<?> future) {
			future.runs(attempt);
		}
		attempt.run();
	}

	@Override
	public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
		AioFileLock lock = newLock(position, size, shared);
		enter(lock);
		boolean locked = false;
		try {
			locked = lockNow(lock);
		}
		finally {
			if (!locked) {
				forget(lock);
			}
		}
		return locked ? lock : null;
	}

	/** None yet: neither entered nor asked for. */
	private AioFileLock newLock(long position, long size, boolean shared) {
		AioFileLock lock = new AioFileLock(this, position, (size != 0) ? size : Long.MAX_VALUE - Math.max(0, position),
				shared);
		if (shared) {
			checkReading();
		}
		else {
			checkWriting();
		}
		return lock;
	}

	private void enter(AioFileLock lock) throws IOException {
		Object file = this.key;
		if (file == null) {
			file = this.file.call(this.file.handle::key);
			this.key = file;
		}
		this.file.checkOpen();
		FileLockTable.add(file, lock);
		if (!isOpen()) {
			forget(lock); // it was closed meanwhile, maybe without having seen this one
			throw new ClosedChannelException();
		}
	}

	/** Asks the kernel for a lock that has been entered. */
	boolean lockNow(AioFileLock lock) throws IOException {
		return this.file.call(() -> this.file.handle.lock(lock.isShared() ? AioFile.F_RDLCK : AioFile.F_WRLCK,
				lock.position(), lock.size()));
	}

	void unlock(AioFileLock lock) throws IOException {
		this.file.run(() -> this.file.handle.lock(AioFile.F_UNLCK, lock.position(), lock.size()));
		forget(lock);
	}

	void forget(AioFileLock lock) {
		FileLockTable.remove(Objects.requireNonNull(this.key), lock);
	}

	<A> void tell(CompletionHandler<FileLock, A> handler, @Nullable A attachment, @Nullable FileLock lock,
			@Nullable Throwable failure) {
		this.file.tell(handler, attachment, lock, failure);
	}

	@Override
	public String toString() {
		return "AioFileChannel[" + (isOpen() ? this.file.handle : "closed") + "]";
	}

}
