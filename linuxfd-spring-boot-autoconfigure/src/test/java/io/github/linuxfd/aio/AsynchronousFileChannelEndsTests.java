package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests of how the operations of an {@link AsynchronousFileChannel} end: cancelled, by
 * its close, and by handlers that start the next one.
 *
 * @author linuxfd
 */
class AsynchronousFileChannelEndsTests extends AsynchronousFileSpecification {

	AsynchronousFileChannelEndsTests(Maker maker) {
		super(maker);
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
			}, (task) -> new Thread(task).start());
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
		assertThat(Files.readAllBytes(file())).isEqualTo(expected);
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
		assertChains((handler) -> channel.read(buffer.clear(), 0, null, handler), 1);
		assertChains((handler) -> channel.write(buffer.clear(), 0, null, handler), 1);
		ByteBuffer empty = ByteBuffer.allocate(0);
		assertChains((handler) -> channel.read(empty, 0, null, handler), 0);
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
		assertThat(uncaught()).allMatch((ex) -> ex.getMessage().equals("thrown by a handler"));
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
		assertThat(Arrays.mismatch(Files.readAllBytes(file()), expected)).isEqualTo(-1);
	}

	@Test
	void stormOfOperationsCompletesEachOnceAndKeepsEveryByte() throws Exception {
		new FileStorm(this::open, directory().resolve("storm"), 3000).run();
	}

}
