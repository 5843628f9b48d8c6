package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What {@link AsynchronousFileChannel} promises.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
abstract class AsynchronousFileChannelSpecification {

	private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ);

	private static final Set<OpenOption> WRITE = Set.of(StandardOpenOption.WRITE);

	private static final Set<OpenOption> READ_WRITE = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

	private static final int DEPTH = 10_000;

	private final List<AsynchronousFileChannel> channels = new CopyOnWriteArrayList<>();

	private final List<RecordingHandler<?>> handlers = new CopyOnWriteArrayList<>();

	private final List<RecordingHandler<?>> refused = new ArrayList<>();

	private final List<Thread> threads = new CopyOnWriteArrayList<>();

	private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();

	private ExecutorService executor;

	@TempDir
	private Path directory;

	private Path file;

	/**
	 * Open a channel of the kind to be tested.
	 * @param path the file
	 * @param options how to open it
	 * @param executor whose threads call handlers, or {@code null} for the default
	 * @param attributes of a new file
	 * @return the channel
	 * @throws IOException if that fails
	 */
	abstract AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options,
			@Nullable ExecutorService executor, FileAttribute<?>... attributes) throws IOException;

	/**
	 * Whether a lock of size zero tells that it reaches to the end. The text of JDK 17
	 * does not say so, and its locks tell a size of zero.
	 * @return {@code true} if it does
	 */
	boolean lockOfSizeZeroTellsItsRealSize() {
		return true;
	}

	@BeforeEach
	final void createExecutorAndFile() throws IOException {
		this.executor = Executors.newCachedThreadPool((task) -> {
			Thread thread = new Thread(task, "file-" + this.threads.size());
			thread.setDaemon(true);
			thread.setUncaughtExceptionHandler((ended, ex) -> this.uncaught.add(ex));
			this.threads.add(thread);
			return thread;
		});
		this.file = Files.writeString(this.directory.resolve("file"), "0123456789");
	}

	@AfterEach
	final void everyOperationHasCompletedOnce() throws Exception {
		for (AsynchronousFileChannel channel : this.channels) {
			channel.close();
		}
		RecordingHandler.eventually()
			.untilAsserted(
					() -> assertThat(this.handlers).allMatch((handler) -> handler.invocations() > 0, "has completed"));
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(this.handlers).allMatch((handler) -> handler.invocations() == 1, "has completed once");
		assertThat(this.refused).allMatch((handler) -> handler.invocations() == 0, "has not been called");
	}

	private AsynchronousFileChannel open(Set<? extends OpenOption> options) throws IOException {
		return open(this.file, options);
	}

	private AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options) throws IOException {
		return closing(open(path, options, this.executor));
	}

	private AsynchronousFileChannel closing(AsynchronousFileChannel channel) {
		this.channels.add(channel);
		return channel;
	}

	private <V> RecordingHandler<V> handler() {
		RecordingHandler<V> handler = new RecordingHandler<>();
		this.handlers.add(handler);
		return handler;
	}

	private <V> RecordingHandler<V> refused() {
		RecordingHandler<V> handler = new RecordingHandler<>();
		this.refused.add(handler);
		return handler;
	}

	private static ByteBuffer bytes(String text) {
		return AsynchronousChannelSpecification.bytes(text);
	}

	private static String text(ByteBuffer buffer) {
		return AsynchronousChannelSpecification.text(buffer);
	}

	private String content() throws IOException {
		return Files.readString(this.file, StandardCharsets.US_ASCII);
	}

	// -- open

	@Test
	void openWhenNoOptionIsGivenReads() throws IOException {
		AsynchronousFileChannel channel = open(Set.of());
		assertThat(channel.isOpen()).isTrue();
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(4), 0))).isEqualTo(4);
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> channel.write(bytes("a"), 0));
	}

	@Test
	void openWhenFileIsMissingThrowsUnlessItMayBeCreated() throws IOException {
		Path missing = this.directory.resolve("missing");
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open(missing, READ));
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open(missing, WRITE));
		// CREATE is ignored for reading
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> open(missing, Set.of(StandardOpenOption.READ, StandardOpenOption.CREATE)));
		assertThat(missing).doesNotExist();
		open(missing, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
		assertThat(missing).isEmptyFile();
		AsynchronousFileChannel again = open(this.file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
		assertThat(again.size()).isEqualTo(10);
	}

	@Test
	void openWhenFileMustBeNewThrowsIfItExists() throws IOException {
		Set<OpenOption> options = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW,
				StandardOpenOption.CREATE, StandardOpenOption.SPARSE);
		assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> open(options));
		assertThat(open(this.directory.resolve("new"), options).size()).isZero();
		// ignored for reading
		assertThat(open(Set.of(StandardOpenOption.READ, StandardOpenOption.CREATE_NEW)).size()).isEqualTo(10);
	}

	@Test
	void openWhenTruncatingEmptiesTheFileUnlessReading() throws IOException {
		assertThat(open(Set.of(StandardOpenOption.READ, StandardOpenOption.TRUNCATE_EXISTING)).size()).isEqualTo(10);
		assertThat(open(Set.of(StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)).size()).isZero();
		assertThat(this.file).isEmptyFile();
	}

	@Test
	void openWhenAppendingIsRefused() throws IOException {
		for (Set<OpenOption> options : List.<Set<OpenOption>>of(Set.of(StandardOpenOption.APPEND),
				Set.of(StandardOpenOption.WRITE, StandardOpenOption.APPEND),
				Set.of(StandardOpenOption.READ, StandardOpenOption.APPEND))) {
			assertThat(catchThrowable(() -> open(options))).isInstanceOfAny(UnsupportedOperationException.class,
					IllegalArgumentException.class);
		}
		assertThat(content()).isEqualTo("0123456789");
	}

	@Test
	void openWhenOptionIsUnknownOrNullThrows() {
		OpenOption unknown = new OpenOption() {
		};
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> open(Set.of(StandardOpenOption.READ, unknown)));
		assertThatNullPointerException().isThrownBy(() -> open(Collections.singleton((OpenOption) null)));
	}

	@Test
	void openWhenAttributesAreGivenCreatesTheFileWithThem() throws IOException {
		Path path = this.directory.resolve("new");
		closing(open(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), this.executor,
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
	}

	@Test
	void closeWhenDeleteOnCloseRemovesTheFile() throws IOException {
		AsynchronousFileChannel channel = open(Set.of(StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(4), 0))).isEqualTo(4);
		channel.close();
		assertThat(this.file).doesNotExist();
	}

	@ParameterizedTest
	@EnumSource(value = StandardOpenOption.class, names = { "SYNC", "DSYNC", "SPARSE" })
	void writeWhenOpenedWithOptionIsDone(StandardOpenOption option) throws IOException {
		AsynchronousFileChannel channel = open(Set.of(StandardOpenOption.WRITE, option));
		assertThat(RecordingHandler.await(channel.write(bytes("abc"), 2))).isEqualTo(3);
		assertThat(content()).isEqualTo("01abc56789");
	}

	@Test
	void handlersOfTheDefaultExecutorRunInAnotherThread() throws IOException {
		AsynchronousFileChannel channel = closing(open(this.file, READ, null));
		RecordingHandler<Integer> handler = handler();
		channel.read(ByteBuffer.allocate(4), 0, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(handler.thread()).isNotSameAs(Thread.currentThread());
		assertThat(this.threads).doesNotContain(handler.thread());
	}

	// -- read

	@ParameterizedTest
	@EnumSource
	void readMovesPositionByResult(AsynchronousSocketChannelSpecification.Memory memory) throws IOException {
		AsynchronousFileChannel channel = open(READ);
		ByteBuffer buffer = memory.allocate(20).position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		channel.read(buffer, 5, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(this.threads).contains(handler.thread());
		assertThat(buffer.position()).isEqualTo(7);
		assertThat(buffer.limit()).isEqualTo(7);
		assertThat(text(buffer)).isEqualTo("\0\0\0" + "5678");
		assertThat(buffer.clear().position(7)).isEqualTo(ByteBuffer.allocate(13));
	}

	@Test
	void readWhenAtOrBeyondTheEndReturnsMinusOne() throws IOException {
		AsynchronousFileChannel channel = open(READ);
		for (long position : new long[] { 10, 11, 1L << 40, Long.MAX_VALUE >> 1 }) {
			ByteBuffer buffer = ByteBuffer.allocate(4);
			assertThat(RecordingHandler.await(channel.read(buffer, position))).isEqualTo(-1);
			assertThat(buffer.position()).isZero();
			RecordingHandler<Integer> handler = handler();
			channel.read(buffer, position, null, handler);
			assertThat(handler.await()).isEqualTo(-1);
			assertThat(handler.attachment()).isNull();
		}
	}

	@Test
	void readWhenEndIsNearReturnsLess() throws IOException {
		AsynchronousFileChannel channel = open(READ);
		ByteBuffer buffer = ByteBuffer.allocateDirect(20);
		assertThat(RecordingHandler.await(channel.read(buffer, 7))).isEqualTo(3);
		assertThat(text(buffer)).isEqualTo("789");
	}

	@Test
	void readWhenBufferIsFullReturnsZero() throws IOException {
		AsynchronousFileChannel channel = open(READ);
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(0), 0))).isZero();
		RecordingHandler<Integer> handler = handler();
		channel.read(ByteBuffer.allocateDirect(4).position(4), 100, null, handler);
		assertThat(handler.await()).isZero();
		assertThat(this.threads).contains(handler.thread());
	}

	@Test
	void argumentWhenInvalidThrows() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		ByteBuffer readOnly = ByteBuffer.allocate(4).asReadOnlyBuffer();
		assertThatIllegalArgumentException().isThrownBy(() -> channel.read(readOnly, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.read(readOnly, 0, null, refused()));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.read(ByteBuffer.allocate(4), -1));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.read(ByteBuffer.allocate(4), -1, null, refused()));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.write(bytes("a"), -1));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.write(bytes("a"), -1, null, refused()));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.truncate(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.tryLock(-1, 1, false));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.tryLock(0, -1, false));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.tryLock(Long.MAX_VALUE, 1, false));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.lock(-1, 1, false));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.lock(0, -1, false, null, refused()));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.lock(Long.MAX_VALUE, 1, false));
		assertThatNullPointerException().isThrownBy(() -> channel.read(ByteBuffer.allocate(4), 0, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.write(bytes("a"), 0, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.lock(null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.read(null, 0));
		assertThatNullPointerException().isThrownBy(() -> channel.write(null, 0));
		assertThat(content()).isEqualTo("0123456789");
	}

	@Test
	void operationWhenNotOpenedForItThrows() throws IOException {
		AsynchronousFileChannel reading = open(READ);
		AsynchronousFileChannel writing = open(WRITE);
		assertThatExceptionOfType(NonReadableChannelException.class)
			.isThrownBy(() -> writing.read(ByteBuffer.allocate(4), 0));
		assertThatExceptionOfType(NonReadableChannelException.class)
			.isThrownBy(() -> writing.read(ByteBuffer.allocate(4), 0, null, refused()));
		assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> writing.lock(0, 1, true));
		assertThatExceptionOfType(NonReadableChannelException.class)
			.isThrownBy(() -> writing.lock(0, 1, true, null, refused()));
		assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> writing.tryLock(0, 1, true));
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> reading.write(bytes("a"), 0));
		assertThatExceptionOfType(NonWritableChannelException.class)
			.isThrownBy(() -> reading.write(bytes("a"), 0, null, refused()));
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> reading.truncate(0));
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(reading::lock);
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> reading.lock(null, refused()));
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(reading::tryLock);
		reading.force(true);
		assertThat(content()).isEqualTo("0123456789");
	}

	// -- write

	@ParameterizedTest
	@EnumSource
	void writeMovesPositionByResult(AsynchronousSocketChannelSpecification.Memory memory) throws IOException {
		AsynchronousFileChannel channel = open(WRITE);
		ByteBuffer buffer = memory.allocate(20).position(3);
		buffer.put(bytes("hello")).flip().position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		channel.write(buffer, 2, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(this.threads).contains(handler.thread());
		assertThat(buffer.position()).isEqualTo(7);
		assertThat(buffer.limit()).isEqualTo(7);
		assertThat(content()).isEqualTo("01hell6789");
		// a source may be read-only
		ByteBuffer readOnly = buffer.position(3).asReadOnlyBuffer();
		assertThat(RecordingHandler.await(channel.write(readOnly, 6))).isEqualTo(4);
		assertThat(readOnly.hasRemaining()).isFalse();
		assertThat(content()).isEqualTo("01hellhell");
	}

	@Test
	void writeWhenBufferIsEmptyReturnsZeroAndGrowsNothing() throws IOException {
		AsynchronousFileChannel channel = open(WRITE);
		assertThat(RecordingHandler.await(channel.write(ByteBuffer.allocate(0), 100))).isZero();
		RecordingHandler<Integer> handler = handler();
		channel.write(ByteBuffer.allocate(4).position(4), 100, null, handler);
		assertThat(handler.await()).isZero();
		assertThat(this.threads).contains(handler.thread());
		assertThat(channel.size()).isEqualTo(10);
	}

	@Test
	void writeWhenAtOrBeyondTheEndGrowsTheFile() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		assertThat(RecordingHandler.await(channel.write(bytes("ab"), 9))).isEqualTo(2);
		assertThat(channel.size()).isEqualTo(11);
		assertThat(RecordingHandler.await(channel.write(bytes("end"), 5L << 30))).isEqualTo(3);
		assertThat(channel.size()).isEqualTo((5L << 30) + 3);
		ByteBuffer buffer = ByteBuffer.allocate(9);
		assertThat(RecordingHandler.await(channel.read(buffer, 5L << 30))).isEqualTo(3);
		assertThat(text(buffer)).isEqualTo("end");
		// the gap can be read; what is in it is unspecified
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(9), 1L << 30))).isEqualTo(9);
		assertThat(Files.readAllBytes(shortCopy(channel, 11))).asString().isEqualTo("012345678ab");
	}

	private Path shortCopy(AsynchronousFileChannel channel, int length) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(length);
		RecordingHandler.await(channel.read(buffer, 0));
		return Files.write(this.directory.resolve("copy"), buffer.array());
	}

	@Test
	void viewsOfTheFileAreConsistent() throws IOException {
		AsynchronousFileChannel writing = open(WRITE);
		AsynchronousFileChannel reading = open(READ);
		for (int i = 0; i < 100; i++) {
			String text = "%05d".formatted(i);
			RecordingHandler.await(writing.write(bytes(text), i * 5L));
			ByteBuffer buffer = ByteBuffer.allocate(5);
			assertThat(RecordingHandler.await(reading.read(buffer, i * 5L))).isEqualTo(5);
			assertThat(text(buffer)).isEqualTo(text);
		}
		assertThat(reading.size()).isEqualTo(500);
	}

	// -- size, truncate, force

	@Test
	void truncateShortensAndNeverGrows() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		assertThat(channel.truncate(20)).isSameAs(channel);
		assertThat(channel.size()).isEqualTo(10);
		assertThat(channel.truncate(10).size()).isEqualTo(10);
		assertThat(channel.truncate(4).size()).isEqualTo(4);
		assertThat(content()).isEqualTo("0123");
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(9), 4))).isEqualTo(-1);
		assertThat(channel.truncate(0).size()).isZero();
		channel.force(false);
		channel.force(true);
	}

	@Test
	void everyMethodWhenClosedThrowsOrFailsAtOnce() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		channel.close();
		channel.close();
		assertThat(channel.isOpen()).isFalse();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::size);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.truncate(0));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.force(true));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::tryLock);
		RecordingHandler<Integer> read = handler();
		channel.read(ByteBuffer.allocate(4), 0, "read", read);
		RecordingHandler<Integer> written = handler();
		channel.write(bytes("a"), 0, "write", written);
		RecordingHandler<FileLock> locked = handler();
		channel.lock("lock", locked);
		for (RecordingHandler<?> handler : List.of(read, written, locked)) {
			assertThat(handler.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
			assertThat(this.threads).contains(handler.thread());
		}
		assertThat(locked.attachment()).isEqualTo("lock");
		for (Future<?> future : List.of(channel.read(ByteBuffer.allocate(4), 0), channel.write(bytes("a"), 0),
				channel.read(ByteBuffer.allocate(0), 0), channel.lock())) {
			assertThat(RecordingHandler.awaitFailure(future)).isExactlyInstanceOf(ClosedChannelException.class);
		}
		assertThat(content()).isEqualTo("0123456789");
	}

	// -- locks

	@Test
	void lockWhenFreeIsHeldUntilReleased() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		RecordingHandler<FileLock> handler = handler();
		channel.lock(100, 10, false, "attachment", handler);
		FileLock lock = handler.await();
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(this.threads).contains(handler.thread());
		assertThat(lock.isValid()).isTrue();
		assertThat(lock.isShared()).isFalse();
		assertThat(lock.acquiredBy()).isSameAs(channel);
		assertThat(lock.channel()).isNull();
		assertThat(lock.position()).isEqualTo(100);
		assertThat(lock.size()).isEqualTo(10);
		assertThat(lock.overlaps(109, 1)).isTrue();
		assertThat(lock.overlaps(110, 1)).isFalse();
		lock.release();
		assertThat(lock.isValid()).isFalse();
		lock.release();
		FileLock again = RecordingHandler.await(channel.lock(100, 10, true));
		again.close();
		assertThat(again.isValid()).isFalse();
	}

	@Test
	void lockWhenWholeFileHasLargestSize() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		FileLock lock = RecordingHandler.await(channel.lock());
		assertThat(lock.position()).isZero();
		assertThat(lock.size()).isEqualTo(Long.MAX_VALUE);
		assertThat(lock.isShared()).isFalse();
		lock.release();
		RecordingHandler<FileLock> handler = handler();
		channel.lock(null, handler);
		assertThat(handler.await().size()).isEqualTo(Long.MAX_VALUE);
		assertThat(handler.attachment()).isNull();
		handler.await().release();
		FileLock tried = channel.tryLock();
		assertThat(tried.size()).isEqualTo(Long.MAX_VALUE);
		tried.release();
	}

	@Test
	void lockWhenSizeIsZeroReachesTheEnd() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		for (FileLock lock : List.of(RecordingHandler.await(channel.lock(5, 0, false)))) {
			if (lockOfSizeZeroTellsItsRealSize()) {
				assertThat(lock.size()).isEqualTo(Long.MAX_VALUE - 5);
				assertThatExceptionOfType(OverlappingFileLockException.class)
					.isThrownBy(() -> channel.tryLock(1L << 40, 1, false));
			}
			lock.release();
		}
		FileLock tried = channel.tryLock(5, 0, false);
		if (lockOfSizeZeroTellsItsRealSize()) {
			assertThat(tried.size()).isEqualTo(Long.MAX_VALUE - 5);
		}
		tried.release();
	}

	@Test
	void lockWhenOverlappingInThisJvmThrows() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		AsynchronousFileChannel other = open(READ_WRITE);
		FileLock lock = RecordingHandler.await(channel.lock(10, 10, true));
		assertThat(lock.isShared()).isTrue();
		for (AsynchronousFileChannel each : List.of(channel, other)) {
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(() -> each.lock(19, 1, true));
			assertThatExceptionOfType(OverlappingFileLockException.class)
				.isThrownBy(() -> each.lock(0, 11, false, null, refused()));
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(() -> each.tryLock(15, 1, true));
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(each::lock);
		}
		FileLock neighbour = channel.tryLock(20, 5, false);
		FileLock before = RecordingHandler.await(channel.lock(0, 10, false));
		assertThat(neighbour.isValid()).isTrue();
		assertThat(before.isValid()).isTrue();
		lock.release();
		FileLock free = channel.tryLock(10, 10, false);
		assertThat(free.isValid()).isTrue();
	}

	@Test
	void closeReleasesTheLocks() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		FileLock lock = RecordingHandler.await(channel.lock(0, 10, false));
		FileLock other = channel.tryLock(10, 10, true);
		channel.close();
		assertThat(lock.isValid()).isFalse();
		assertThat(other.isValid()).isFalse();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(lock::release);
		assertThat(open(READ_WRITE).tryLock().isValid()).isTrue();
	}

	@Test
	void lockWhenAnotherProgramHoldsItWaits() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		try (ForkedJvm holder = LockHolder.start(this.file, 100, 10, false)) {
			assertThat(channel.tryLock(105, 10, false)).isNull();
			assertThat(channel.tryLock(105, 10, true)).isNull();
			FileLock free = channel.tryLock(110, 10, false);
			assertThat(free.isValid()).isTrue();
			RecordingHandler<FileLock> handler = handler();
			channel.lock(100, 10, false, "attachment", handler);
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(() -> channel.lock(109, 1, false));
			// reads and writes go on meanwhile
			assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(4), 0))).isEqualTo(4);
			assertThat(handler.invocations()).isZero();
			holder.close();
			FileLock lock = handler.await();
			assertThat(lock.isValid()).isTrue();
			assertThat(lock.position()).isEqualTo(100);
			assertThat(handler.attachment()).isEqualTo("attachment");
			assertThat(this.threads).contains(handler.thread());
		}
	}

	@Test
	void lockWhenSharedWithAnotherProgramIsGranted() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		try (ForkedJvm holder = LockHolder.start(this.file, 0, 10, true)) {
			assertThat(holder.isAlive()).isTrue();
			FileLock shared = RecordingHandler.await(channel.lock(5, 1, true));
			assertThat(shared.isShared()).isTrue();
			assertThat(channel.tryLock(6, 1, false)).isNull();
			Future<FileLock> cancelled = channel.lock(7, 1, false);
			RecordingHandler<FileLock> closed = handler();
			channel.lock(8, 1, false, "attachment", closed);
			assertThat(cancelled.cancel(false)).isTrue();
			assertThat(cancelled.isCancelled()).isTrue();
			assertThatExceptionOfType(CancellationException.class).isThrownBy(cancelled::get);
			assertThat(channel.isOpen()).isTrue();
			channel.close();
			assertThat(closed.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
			assertThat(closed.attachment()).isEqualTo("attachment");
		}
		// nothing is left of the cancelled one
		RecordingHandler.eventually()
			.ignoreException(OverlappingFileLockException.class)
			.until(() -> open(READ_WRITE).tryLock() != null);
	}

	// -- cancel and close

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void operationWhenCancelledIsCancelledOrDone(boolean mayInterrupt) throws Exception {
		for (int i = 0; i < 50; i++) {
			AsynchronousFileChannel channel = open(READ_WRITE);
			List<Future<Integer>> futures = List.of(channel.read(ByteBuffer.allocate(4), 0),
					channel.write(bytes("01"), 0));
			for (Future<Integer> future : futures) {
				boolean cancelled = future.cancel(mayInterrupt);
				assertThat(future.isDone()).isTrue();
				assertThat(future.isCancelled()).isEqualTo(cancelled);
				assertThat(future.cancel(mayInterrupt)).isFalse();
				if (cancelled) {
					assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
				}
				else if (!mayInterrupt) {
					assertThat(RecordingHandler.await(future)).isPositive();
				}
			}
			if (!mayInterrupt) {
				assertThat(channel.isOpen()).isTrue();
			}
			channel.close();
		}
		assertThat(content()).isEqualTo("0123456789");
	}

	@Test
	void closeCompletesEachOperationOnce() throws Exception {
		for (int i = 0; i < 50; i++) {
			AsynchronousFileChannel channel = open(READ_WRITE);
			List<RecordingHandler<Integer>> pending = new ArrayList<>();
			for (int j = 0; j < 20; j++) {
				RecordingHandler<Integer> handler = handler();
				if (j % 2 == 0) {
					channel.read(ByteBuffer.allocate(10), 0, null, handler);
				}
				else {
					channel.write(bytes("0123456789"), 0, null, handler);
				}
				pending.add(handler);
			}
			CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> {
				try {
					channel.close();
				}
				catch (IOException ex) {
					throw new AssertionError(ex);
				}
			});
			for (RecordingHandler<Integer> handler : pending) {
				RecordingHandler.eventually().until(() -> handler.invocations() > 0);
				Throwable failure = catchThrowable(handler::await);
				if (failure != null) {
					assertThat(failure).hasCauseInstanceOf(AsynchronousCloseException.class);
				}
			}
			RecordingHandler.await(closing);
		}
		assertThat(content()).isEqualTo("0123456789");
	}

	// -- many operations, handlers

	@Test
	void operationsWhenManyAreInFlightMoveTheirOwnBytes() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		int blocks = 500;
		int size = 1000;
		byte[] expected = new byte[blocks * size];
		new Random(1).nextBytes(expected);
		List<Integer> order = new ArrayList<>();
		for (int i = 0; i < blocks; i++) {
			order.add(i);
		}
		Collections.shuffle(order, new Random(2));
		List<RecordingHandler<Integer>> writes = new ArrayList<>();
		for (int block : order) {
			RecordingHandler<Integer> handler = handler();
			channel.write(ByteBuffer.wrap(expected, block * size, size), (long) block * size, block, handler);
			writes.add(handler);
		}
		for (int i = 0; i < blocks; i++) {
			assertThat(writes.get(i).await()).isEqualTo(size);
			assertThat(writes.get(i).attachment()).isEqualTo(order.get(i));
		}
		assertThat(Files.readAllBytes(this.file)).isEqualTo(expected);
		Collections.shuffle(order, new Random(3));
		List<ByteBuffer> buffers = new ArrayList<>();
		List<Future<Integer>> reads = new ArrayList<>();
		for (int block : order) {
			ByteBuffer buffer = (block % 2 == 0) ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
			buffers.add(buffer);
			reads.add(channel.read(buffer, (long) block * size));
		}
		for (int i = 0; i < blocks; i++) {
			assertThat(RecordingHandler.await(reads.get(i))).isEqualTo(size);
			assertThat(buffers.get(i).flip()).isEqualTo(ByteBuffer.wrap(expected, order.get(i) * size, size));
		}
	}

	@Test
	void operationsWhenStartedByHandlersNeverOverflowTheStack() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		ByteBuffer buffer = ByteBuffer.allocateDirect(1);
		assertChains((handler) -> channel.read(buffer.clear(), 0, null, handler));
		assertChains((handler) -> channel.write(buffer.clear(), 0, null, handler));
		ByteBuffer empty = ByteBuffer.allocate(0);
		assertChains((handler) -> channel.read(empty, 0, null, handler));
	}

	private void assertChains(Consumer<CompletionHandler<Integer, Object>> operation) {
		AtomicInteger left = new AtomicInteger(DEPTH);
		CompletableFuture<Boolean> done = new CompletableFuture<>();
		operation.accept(new CompletionHandler<>() {

			@Override
			public void completed(Integer result, Object attachment) {
				if (!AsynchronousFileChannelSpecification.this.threads.contains(Thread.currentThread())) {
					done.completeExceptionally(new AssertionError(Thread.currentThread() + " is a stranger"));
				}
				else if (left.decrementAndGet() == 0) {
					done.complete(true);
				}
				else {
					try {
						operation.accept(this);
					}
					catch (Throwable ex) {
						done.completeExceptionally(ex);
						throw ex;
					}
				}
			}

			@Override
			public void failed(Throwable exc, Object attachment) {
				done.completeExceptionally(exc);
			}

		});
		assertThat(RecordingHandler.await(done)).isTrue();
		assertThat(this.uncaught).isEmpty();
	}

	@Test
	void handlerWhenItThrowsHarmsNoLaterOperation() throws IOException {
		AsynchronousFileChannel channel = open(READ);
		AtomicInteger thrown = new AtomicInteger();
		for (int i = 1; i <= 5; i++) {
			int expected = i;
			channel.read(ByteBuffer.allocate(1), 0, null, new CompletionHandler<Integer, Object>() {

				@Override
				public void completed(Integer result, Object attachment) {
					thrown.incrementAndGet();
					throw new IllegalStateException("thrown by a handler");
				}

				@Override
				public void failed(Throwable exc, Object attachment) {
				}

			});
			RecordingHandler.eventually().until(() -> thrown.get() == expected);
		}
		RecordingHandler<Integer> handler = handler();
		channel.read(ByteBuffer.allocate(4), 0, null, handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(this.uncaught).allMatch((ex) -> ex.getMessage().equals("thrown by a handler"));
	}

	@Test
	void largeBuffersMoveWhole() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		byte[] expected = new byte[8 << 20];
		new Random(1).nextBytes(expected);
		ByteBuffer source = ByteBuffer.wrap(expected);
		while (source.hasRemaining()) {
			assertThat(RecordingHandler.await(channel.write(source, source.position()))).isPositive();
		}
		ByteBuffer target = ByteBuffer.allocateDirect(expected.length + 1);
		while (RecordingHandler.await(channel.read(target, target.position())) > 0) {
			// a read may return less than there is
		}
		assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(expected));
		assertThat(Arrays.mismatch(Files.readAllBytes(this.file), expected)).isEqualTo(-1);
	}

	@Test
	void stormOfOperationsCompletesEachOnceAndKeepsEveryByte() throws Exception {
		new FileStorm((path, options) -> open(path, options, this.executor), this.directory.resolve("storm"), 3000)
			.run();
	}

}
