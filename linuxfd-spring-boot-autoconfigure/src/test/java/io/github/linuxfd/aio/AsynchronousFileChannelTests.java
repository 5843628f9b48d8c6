package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests of what {@link AsynchronousFileChannel} promises of opening, reading and writing.
 *
 * @author linuxfd
 */
class AsynchronousFileChannelTests extends AsynchronousFileSpecification {

	AsynchronousFileChannelTests(Maker maker) {
		super(maker);
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
		Path missing = directory().resolve("missing");
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open(missing, READ));
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open(missing, WRITE));
		// CREATE is ignored for reading
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> open(missing, Set.of(StandardOpenOption.READ, StandardOpenOption.CREATE)));
		assertThat(missing).doesNotExist();
		open(missing, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
		assertThat(missing).isEmptyFile();
		AsynchronousFileChannel again = open(file(), Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
		assertThat(again.size()).isEqualTo(10);
	}

	@Test
	void openWhenFileMustBeNewThrowsIfItExists() throws IOException {
		Set<OpenOption> options = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW,
				StandardOpenOption.CREATE, StandardOpenOption.SPARSE);
		assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> open(options));
		assertThat(open(directory().resolve("new"), options).size()).isZero();
		// ignored for reading
		assertThat(open(Set.of(StandardOpenOption.READ, StandardOpenOption.CREATE_NEW)).size()).isEqualTo(10);
	}

	@Test
	void openWhenTruncatingEmptiesTheFileUnlessReading() throws IOException {
		assertThat(open(Set.of(StandardOpenOption.READ, StandardOpenOption.TRUNCATE_EXISTING)).size()).isEqualTo(10);
		assertThat(open(Set.of(StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)).size()).isZero();
		assertThat(file()).isEmptyFile();
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
		Path path = directory().resolve("new");
		open(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), executor(),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
	}

	@Test
	void closeWhenDeleteOnCloseRemovesTheFile() throws IOException {
		AsynchronousFileChannel channel = open(Set.of(StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(4), 0))).isEqualTo(4);
		channel.close();
		assertThat(file()).doesNotExist();
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
		AsynchronousFileChannel channel = open(file(), READ, null);
		RecordingHandler<Integer> handler = handler();
		channel.read(ByteBuffer.allocate(4), 0, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(handler.thread()).isNotSameAs(Thread.currentThread());
		assertThat(isPooled(handler.thread())).isFalse();
	}

	// -- read

	@ParameterizedTest
	@EnumSource
	void readMovesPositionByResult(Memory memory) throws IOException {
		AsynchronousFileChannel channel = open(READ);
		ByteBuffer buffer = memory.allocate(20).position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		channel.read(buffer, 5, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
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
		assertThat(isPooled(handler.thread())).isTrue();
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
	void writeMovesPositionByResult(Memory memory) throws IOException {
		AsynchronousFileChannel channel = open(WRITE);
		ByteBuffer buffer = memory.allocate(20).position(3);
		buffer.put(bytes("hello")).flip().position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		channel.write(buffer, 2, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
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
		assertThat(isPooled(handler.thread())).isTrue();
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
		return Files.write(directory().resolve("copy"), buffer.array());
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
			assertThat(isPooled(handler.thread())).isTrue();
		}
		assertThat(locked.attachment()).isEqualTo("lock");
		for (Future<?> future : List.of(channel.read(ByteBuffer.allocate(4), 0), channel.write(bytes("a"), 0),
				channel.read(ByteBuffer.allocate(0), 0), channel.lock())) {
			assertThat(RecordingHandler.awaitFailure(future)).isExactlyInstanceOf(ClosedChannelException.class);
		}
		assertThat(content()).isEqualTo("0123456789");
	}

}
