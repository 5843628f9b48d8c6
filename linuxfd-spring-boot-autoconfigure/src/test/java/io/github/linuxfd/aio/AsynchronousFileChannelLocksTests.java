package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of what {@link AsynchronousFileChannel} promises of locks.
 *
 * @author linuxfd
 */
class AsynchronousFileChannelLocksTests extends AsynchronousFileSpecification {

	/**
	 * Whether a lock of size zero tells that it reaches to the end. The text of JDK 17
	 * does not say so, and its locks tell a size of zero.
	 */
	private final boolean sizeIsTold;

	AsynchronousFileChannelLocksTests(Maker maker) {
		super(maker);
		this.sizeIsTold = maker != Maker.JDK || Runtime.version().feature() > 17;
	}

	@Test
	void lockWhenFreeIsHeldUntilReleased() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		RecordingHandler<FileLock> handler = handler();
		channel.lock(100, 10, false, "attachment", handler);
		FileLock lock = handler.await();
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
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
			if (this.sizeIsTold) {
				assertThat(lock.size()).isEqualTo(Long.MAX_VALUE - 5);
				assertThatExceptionOfType(OverlappingFileLockException.class)
					.isThrownBy(() -> channel.tryLock(1L << 40, 1, false));
			}
			lock.release();
		}
		FileLock tried = channel.tryLock(5, 0, false);
		if (this.sizeIsTold) {
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
		try (ForkedJvm holder = LockHolder.start(file(), 100, 10, false)) {
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
			assertThat(isPooled(handler.thread())).isTrue();
		}
	}

	@Test
	void lockWhenSharedWithAnotherProgramIsGranted() throws IOException {
		AsynchronousFileChannel channel = open(READ_WRITE);
		try (ForkedJvm holder = LockHolder.start(file(), 0, 10, true)) {
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

}
