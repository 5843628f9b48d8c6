package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How the operations of an {@link AsynchronousSocketChannel} end: in time or too late,
 * cancelled, by its close, and by handlers that start the next one.
 *
 * @author linuxfd
 */
abstract class AsynchronousSocketChannelEndsSpecification extends AsynchronousChannelSpecification {

	private static final Duration TIMEOUT = Duration.ofMillis(100);

	// -- timeouts

	@Test
	void readWhenTimeoutElapsesFails() throws IOException {
		Connection connection = connect();
		long start = System.nanoTime();
		RecordingHandler<Integer> handler = handler();
		connection.channel()
			.read(ByteBuffer.allocate(9), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS, "attachment", handler);
		assertThat(handler.awaitFailure()).isInstanceOf(InterruptedByTimeoutException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(TIMEOUT);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(connection.channel().isOpen()).isTrue();
		assertThat(RecordingHandler.await(connection.channel().write(bytes("out")))).isEqualTo(3);
		assertReadsAllOrThrows(connection);
	}

	@Test
	void scatteringReadWhenTimeoutElapsesFails() throws IOException {
		Connection connection = connect();
		RecordingHandler<Long> handler = handler();
		connection.channel()
			.read(new ByteBuffer[] { ByteBuffer.allocate(9), ByteBuffer.allocateDirect(9) }, 0, 2, TIMEOUT.toMillis(),
					TimeUnit.MILLISECONDS, null, handler);
		assertThat(handler.awaitFailure()).isInstanceOf(InterruptedByTimeoutException.class);
		assertReadsAllOrThrows(connection);
	}

	@Test
	void writeWhenTimeoutElapsesFails() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = writeUntilTimeout(connection.channel());
		assertThat(handler.awaitFailure()).isInstanceOf(InterruptedByTimeoutException.class);
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(connection.channel().isOpen()).isTrue();
		connection.send("in");
		assertThat(RecordingHandler.await(connection.channel().read(ByteBuffer.allocate(9)))).isEqualTo(2);
	}

	private RecordingHandler<Integer> writeUntilTimeout(AsynchronousSocketChannel channel) {
		while (true) {
			RecordingHandler<Integer> handler = handler();
			channel.write(ByteBuffer.allocate(1 << 20), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS, null, handler);
			RecordingHandler.eventually().until(() -> handler.invocations() > 0);
			try {
				handler.await();
			}
			catch (RuntimeException ex) {
				return handler;
			}
		}
	}

	@Test
	void gatheringWriteWhenTimeoutElapsesFails() throws IOException {
		Connection connection = connect();
		Throwable failure = null;
		while (failure == null) {
			ByteBuffer[] buffers = { ByteBuffer.allocate(1 << 20), ByteBuffer.allocateDirect(1 << 20) };
			RecordingHandler<Long> handler = handler();
			connection.channel().write(buffers, 0, 2, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS, null, handler);
			RecordingHandler.eventually().until(() -> handler.invocations() > 0);
			try {
				handler.await();
			}
			catch (RuntimeException ex) {
				failure = ex.getCause();
			}
		}
		assertThat(failure).isInstanceOf(InterruptedByTimeoutException.class);
		assertThat(connection.channel().isOpen()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, Long.MIN_VALUE, Long.MAX_VALUE })
	void readWhenTimeoutIsNoneOrForeverWaits(long timeout) throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(ByteBuffer.allocate(9), timeout, TimeUnit.DAYS, null, handler);
		RecordingHandler.eventually().during(TIMEOUT).until(() -> handler.invocations() == 0);
		connection.send("in");
		assertThat(handler.await()).isEqualTo(2);
		RecordingHandler<Integer> written = handler();
		connection.channel().write(bytes("out"), timeout, TimeUnit.DAYS, null, written);
		assertThat(written.await()).isEqualTo(3);
		RecordingHandler<Long> gathered = handler();
		connection.channel().write(new ByteBuffer[] { bytes("out") }, 0, 1, timeout, TimeUnit.DAYS, null, gathered);
		assertThat(gathered.await()).isEqualTo(3);
	}

	@Test
	void timeoutWhenOperationIsFasterHarmsNotTheNext() throws IOException {
		Connection connection = connect();
		connection.send("a");
		RecordingHandler<Integer> inTime = handler();
		connection.channel()
			.read(ByteBuffer.allocate(1), RecordingHandler.LIMIT.toMillis(), TimeUnit.MILLISECONDS, null, inTime);
		assertThat(inTime.await()).isOne();
		RecordingHandler<Integer> pendingFirst = handler();
		connection.channel()
			.read(ByteBuffer.allocate(1), RecordingHandler.LIMIT.toMillis(), TimeUnit.MILLISECONDS, null, pendingFirst);
		connection.send("b");
		assertThat(pendingFirst.await()).isOne();
		Connection other = connect();
		other.send("a");
		RecordingHandler<Integer> raced = handler();
		other.channel().read(ByteBuffer.allocate(1), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS, null, raced);
		if (!hasTimedOut(raced)) {
			RecordingHandler<Integer> next = handler();
			other.channel().read(ByteBuffer.allocate(1), null, next);
			RecordingHandler.eventually().during(TIMEOUT.multipliedBy(3)).until(() -> next.invocations() == 0);
			other.send("b");
			assertThat(next.await()).isOne();
		}
	}

	private static boolean hasTimedOut(RecordingHandler<Integer> handler) {
		RecordingHandler.eventually().until(() -> handler.invocations() > 0);
		try {
			handler.await();
			return false;
		}
		catch (RuntimeException ex) {
			assertThat(ex).hasCauseInstanceOf(InterruptedByTimeoutException.class);
			return true;
		}
	}

	/**
	 * After a timeout or cancellation either no byte is lost, or nobody can read any
	 * more.
	 */
	private void assertReadsAllOrThrows(Connection connection) throws IOException {
		connection.send("all of it");
		ByteBuffer buffer = ByteBuffer.allocate(9);
		while (buffer.hasRemaining()) {
			Future<Integer> future;
			try {
				future = connection.channel().read(buffer);
			}
			catch (RuntimeException ex) {
				return; // unspecified which
			}
			assertThat(RecordingHandler.await(future)).isPositive();
		}
		assertThat(text(buffer)).isEqualTo("all of it");
	}

	// -- cancel

	@Test
	void readWhenCancelledLosesNothingOrCannotBeRepeated() throws IOException {
		Connection connection = connect();
		Future<Integer> future = connection.channel().read(ByteBuffer.allocate(9));
		assertCancels(future, false);
		assertThat(connection.channel().isOpen()).isTrue();
		assertThat(RecordingHandler.await(connection.channel().write(bytes("out")))).isEqualTo(3);
		assertReadsAllOrThrows(connection);
	}

	@Test
	void readWhenCancelledByForceMayCloseTheChannel() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> write = fill(connection.channel());
		assertCancels(connection.channel().read(ByteBuffer.allocate(9)), true);
		if (connection.channel().isOpen()) {
			assertThat(write.invocations()).isZero();
			assertReadsAllOrThrows(connection);
		}
		else {
			assertThat(write.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void writeWhenCancelledIsCancelled(boolean mayInterrupt) throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> last = fill(connection.channel());
		drainUntilDone(connection.peer(), last);
		Future<Integer> future = connection.channel().write(ByteBuffer.allocate(1 << 24));
		while (future.isDone()) {
			future = connection.channel().write(ByteBuffer.allocate(1 << 24));
		}
		if (future.cancel(mayInterrupt)) {
			assertThat(future.isCancelled()).isTrue();
			assertThat(future.isDone()).isTrue();
			Future<Integer> cancelled = future;
			assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> cancelled.get(1, TimeUnit.SECONDS));
		}
		if (!mayInterrupt) {
			assertThat(connection.channel().isOpen()).isTrue();
			connection.peer().configureBlocking(true);
			connection.send("in");
			assertThat(RecordingHandler.await(connection.channel().read(ByteBuffer.allocate(9)))).isEqualTo(2);
		}
	}

	@Test
	void waiterWhenInterruptedLeavesTheOperationPending() throws Exception {
		Connection connection = connect();
		Future<Integer> future = connection.channel().read(ByteBuffer.allocate(9));
		CompletableFuture<Throwable> waiter = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				future.get();
			}
			catch (Exception ex) {
				waiter.complete(ex);
			}
		});
		thread.start();
		thread.interrupt();
		assertThat(RecordingHandler.await(waiter)).isInstanceOf(InterruptedException.class);
		assertThat(future.isDone()).isFalse();
		connection.send("in");
		assertThat(RecordingHandler.await(future)).isEqualTo(2);
	}

	@Test
	void operationWhenInitiatorIsInterruptedGoesOn() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = handler();
		Thread.currentThread().interrupt();
		connection.channel().read(ByteBuffer.allocate(9), null, handler);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(connection.channel().isOpen()).isTrue();
		connection.send("in");
		assertThat(handler.await()).isEqualTo(2);
	}

	// -- close during an operation

	@Test
	void closeFailsPendingReadAndWrite() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> write = fill(connection.channel());
		RecordingHandler<Integer> read = handler();
		connection.channel().read(ByteBuffer.allocate(9), "attachment", read);
		connection.channel().close();
		assertThat(read.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		assertThat(write.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		assertThat(read.attachment()).isEqualTo("attachment");
		assertThat(isPooled(read.thread())).isTrue();
		assertThat(isPooled(write.thread())).isTrue();
	}

	@Test
	void closeFailsPendingFutureAndScatteringRead() throws IOException {
		Connection connection = connect();
		Future<Integer> future = connection.channel().read(ByteBuffer.allocate(9));
		connection.channel().close();
		assertThat(RecordingHandler.awaitFailure(future)).isInstanceOf(AsynchronousCloseException.class);
		assertThat(connection.receive(1)).isEmpty();
		Connection other = connect();
		RecordingHandler<Long> scattered = handler();
		other.channel()
			.read(new ByteBuffer[] { ByteBuffer.allocateDirect(9) }, 0, 1, 5, TimeUnit.MINUTES, null, scattered);
		other.channel().close();
		assertThat(scattered.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
	}

	@Test
	void closeFromItsOwnHandlerIsLegal() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> failed = handler();
		CompletableFuture<Boolean> closed = new CompletableFuture<>();
		connection.channel().write(bytes("a"), null, new CompletionHandler<Integer, Object>() {

			@Override
			public void completed(Integer result, Object attachment) {
				try {
					connection.channel().read(ByteBuffer.allocate(1), null, failed);
					connection.channel().close();
					closed.complete(!connection.channel().isOpen());
				}
				catch (IOException | RuntimeException ex) {
					closed.completeExceptionally(ex);
				}
			}

			@Override
			public void failed(Throwable exc, Object attachment) {
				closed.completeExceptionally(exc);
			}

		});
		assertThat(RecordingHandler.await(closed)).isTrue();
		assertThat(failed.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
	}

	@Test
	void closeByManyThreadsFailsEachReadOnce() throws Exception {
		for (int i = 0; i < 50; i++) {
			Connection connection = connect();
			RecordingHandler<Integer> handler = handler();
			connection.channel().read(ByteBuffer.allocate(9), null, handler);
			CountDownLatch start = new CountDownLatch(1);
			List<Thread> closers = new ArrayList<>();
			for (int j = 0; j < 3; j++) {
				Thread closer = new Thread(() -> {
					try {
						start.await();
						connection.channel().close();
					}
					catch (IOException | InterruptedException ex) {
						throw new AssertionError(ex);
					}
				});
				closers.add(closer);
				closer.start();
			}
			start.countDown();
			assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
			for (Thread closer : closers) {
				closer.join(RecordingHandler.LIMIT.toMillis());
				assertThat(closer.isAlive()).isFalse();
			}
			connection.peer().close();
		}
	}

	// -- handlers

	@Test
	void handlerWhenItThrowsHarmsNoLaterOperation() throws IOException {
		Connection connection = connect();
		AtomicInteger thrown = new AtomicInteger();
		for (int i = 1; i <= 5; i++) {
			int expected = i;
			connection.channel().write(bytes("a"), null, new CompletionHandler<Integer, Object>() {

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
		connection.send("in");
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(ByteBuffer.allocate(9), null, handler);
		assertThat(handler.await()).isEqualTo(2);
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(uncaught()).allMatch((ex) -> ex.getMessage().equals("thrown by a handler"));
	}

	@Test
	void readsWhenStartedByHandlersNeverOverflowTheStack() throws Exception {
		Connection connection = connect();
		Thread sender = new Thread(() -> {
			try {
				connection.send("x".repeat(DEPTH));
			}
			catch (IOException ex) {
				throw new AssertionError(ex);
			}
		});
		sender.start();
		ByteBuffer buffer = ByteBuffer.allocateDirect(1);
		assertChains((handler) -> connection.channel().read(buffer.clear(), null, handler), 1);
		sender.join(RecordingHandler.LIMIT.toMillis());
	}

	@Test
	void emptyReadsWhenStartedByHandlersNeverOverflowTheStack() throws IOException {
		Connection connection = connect();
		ByteBuffer empty = ByteBuffer.allocate(0);
		assertChains((handler) -> connection.channel().read(empty, null, handler), 0);
	}

	@Test
	void writesWhenStartedByHandlersNeverOverflowTheStack() throws IOException {
		Connection connection = connect();
		ByteBuffer buffer = ByteBuffer.allocate(1);
		assertChains((handler) -> connection.channel().write(buffer.clear(), null, handler), 1);
		assertThat(connection.receive(DEPTH)).hasSize(DEPTH);
	}

	// -- streams

	@Test
	void bytesInBothDirectionsAtOnceArriveUnchanged() throws Exception {
		List<AsynchronousSocketChannel> channels = connectTwo();
		byte[] one = new byte[4 << 20];
		byte[] other = new byte[3 << 20];
		new Random(1).nextBytes(one);
		new Random(2).nextBytes(other);
		ByteBuffer fromOther = ByteBuffer.allocateDirect(other.length);
		ByteBuffer fromOne = ByteBuffer.allocate(one.length);
		List<CompletableFuture<Void>> streams = List.of(writeAll(channels.get(0), ByteBuffer.wrap(one)),
				readAll(channels.get(0), fromOther), writeAll(channels.get(1), ByteBuffer.wrap(other)),
				readAll(channels.get(1), fromOne));
		for (CompletableFuture<Void> stream : streams) {
			RecordingHandler.await(stream);
		}
		assertThat(fromOne.flip()).isEqualTo(ByteBuffer.wrap(one));
		assertThat(fromOther.flip()).isEqualTo(ByteBuffer.wrap(other));
	}

	private static CompletableFuture<Void> writeAll(AsynchronousSocketChannel channel, ByteBuffer buffer) {
		CompletableFuture<Void> done = new CompletableFuture<>();
		untilFull(buffer, done, (handler) -> channel.write(buffer, null, handler));
		return done;
	}

	private static CompletableFuture<Void> readAll(AsynchronousSocketChannel channel, ByteBuffer buffer) {
		CompletableFuture<Void> done = new CompletableFuture<>();
		untilFull(buffer, done, (handler) -> channel.read(buffer, null, handler));
		return done;
	}

	private static void untilFull(ByteBuffer buffer, CompletableFuture<Void> done,
			Consumer<CompletionHandler<Integer, Object>> operation) {
		operation.accept(new CompletionHandler<>() {

			@Override
			public void completed(Integer result, Object attachment) {
				if (result <= 0) {
					done.completeExceptionally(new AssertionError("result " + result));
				}
				else if (buffer.hasRemaining()) {
					operation.accept(this);
				}
				else {
					done.complete(null);
				}
			}

			@Override
			public void failed(Throwable exc, Object attachment) {
				done.completeExceptionally(exc);
			}

		});
	}

	@Test
	void stormOfOperationsCompletesEachOnceAndLosesNoByte() throws Exception {
		new SocketStorm(provider(), group()).run();
	}

}
