package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What {@link AsynchronousChannelGroup} promises, and its provider with it.
 *
 * @author linuxfd
 */
abstract class AsynchronousChannelGroupSpecification extends AsynchronousChannelSpecification {

	/**
	 * The executors the documentation of the group names.
	 */
	enum Pool {

		CACHED(Executors::newCachedThreadPool),

		FIXED((threads) -> Executors.newFixedThreadPool(4, threads)),

		SINGLE(Executors::newSingleThreadExecutor);

		private final Function<PooledThreads, ExecutorService> creator;

		Pool(Function<PooledThreads, ExecutorService> creator) {
			this.creator = creator;
		}

	}

	/**
	 * Whether closing the last channel of a group that has been shut down may end the
	 * group before the handlers of that channel's pending operations have been called,
	 * which the text does not allow.
	 * @return {@code true} if it may
	 */
	boolean closeOfTheLastChannelMayLoseItsHandlers() {
		return false;
	}

	// -- creation

	@Test
	void groupWhenNewIsNeitherShutDownNorTerminated() throws Exception {
		assertThat(group().provider()).isSameAs(provider());
		assertThat(group().isShutdown()).isFalse();
		assertThat(group().isTerminated()).isFalse();
		assertThat(group().awaitTermination(0, TimeUnit.SECONDS)).isFalse();
		assertThat(group().awaitTermination(-1, TimeUnit.SECONDS)).isFalse();
		assertThat(group().awaitTermination(10, TimeUnit.MILLISECONDS)).isFalse();
	}

	@Test
	void openWhenArgumentIsNoneThrows() {
		PooledThreads threads = new PooledThreads();
		assertThatIllegalArgumentException().isThrownBy(() -> provider().openAsynchronousChannelGroup(0, threads));
		assertThatIllegalArgumentException().isThrownBy(() -> provider().openAsynchronousChannelGroup(-1, threads));
		assertThatNullPointerException().isThrownBy(() -> provider().openAsynchronousChannelGroup(1, null));
		assertThatNullPointerException().isThrownBy(() -> provider().openAsynchronousChannelGroup(null, 1));
		assertThat(threads.all()).isEmpty();
	}

	// -- threads

	@ParameterizedTest
	@EnumSource
	void handlersRunInTheExecutor(Pool pool) throws Exception {
		for (int initialSize : new int[] { -1, 0, 1 }) {
			PooledThreads threads = new PooledThreads();
			ExecutorService executor = pool.creator.apply(threads);
			AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(executor,
					(pool == Pool.SINGLE) ? 0 : initialSize);
			try (AsynchronousServerSocketChannel server = provider().openAsynchronousServerSocketChannel(group)
				.bind(LOOPBACK); AsynchronousSocketChannel one = provider().openAsynchronousSocketChannel(group)) {
				RecordingHandler<AsynchronousSocketChannel> accept = handler();
				server.accept(null, accept);
				RecordingHandler<Void> connect = handler();
				one.connect(server.getLocalAddress(), null, connect);
				connect.await();
				try (AsynchronousSocketChannel other = accept.await()) {
					RecordingHandler<Integer> read = handler();
					other.read(ByteBuffer.allocate(9), null, read);
					RecordingHandler<Integer> write = handler();
					one.write(bytes("out"), null, write);
					assertThat(write.await()).isEqualTo(3);
					assertThat(read.await()).isEqualTo(3);
					assertThat(threads.all()).contains(accept.thread(), connect.thread(), read.thread(),
							write.thread());
				}
			}
			group.shutdown();
			assertThat(group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(group.isTerminated()).isTrue();
			assertThat(executor.isShutdown()).isTrue();
			assertThat(executor.isTerminated()).isTrue();
			RecordingHandler.eventually().until(() -> threads.alive() == 0);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void fixedPoolRunsAtMostItsThreadsAtOnce(int size) throws Exception {
		PooledThreads threads = new PooledThreads();
		AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(size, threads);
		CountDownLatch release = new CountDownLatch(1);
		AtomicInteger active = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		AtomicInteger done = new AtomicInteger();
		List<Connection> connections = new ArrayList<>();
		try {
			for (int i = 0; i < size + 2; i++) {
				connections.add(connect(group));
			}
			for (Connection connection : connections) {
				connection.channel().write(bytes("a"), null, new Completed<>((result) -> {
					most.accumulateAndGet(active.incrementAndGet(), Math::max);
					awaitLatch(release);
					active.decrementAndGet();
					done.incrementAndGet();
				}));
			}
			RecordingHandler.eventually().until(() -> active.get() == size);
			release.countDown();
			RecordingHandler.eventually().until(() -> done.get() == size + 2);
			assertThat(most).hasValueLessThanOrEqualTo(size);
			assertThat(threads.all()).hasSizeGreaterThanOrEqualTo(size);
		}
		finally {
			release.countDown();
			group.shutdownNow();
		}
		assertThat(group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		RecordingHandler.eventually().until(() -> threads.alive() == 0);
	}

	private Connection connect(AsynchronousChannelGroup group) throws IOException {
		try (ServerSocketChannel listener = ServerSocketChannel.open().bind(LOOPBACK)) {
			AsynchronousSocketChannel channel = closing(provider().openAsynchronousSocketChannel(group));
			RecordingHandler.await(channel.connect(listener.getLocalAddress()));
			return new Connection(channel, closing(listener.accept()));
		}
	}

	@Test
	void handlerWhenItBlocksHindersNoOtherThread() throws Exception {
		Connection blocked = connect();
		Connection other = connect();
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch entered = new CountDownLatch(1);
		try {
			blocked.channel().write(bytes("a"), null, new Completed<>((result) -> {
				entered.countDown();
				awaitLatch(release);
			}));
			assertThat(entered.await(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			for (int i = 0; i < 20; i++) {
				RecordingHandler<Integer> handler = handler();
				other.channel().read(ByteBuffer.allocate(1), null, handler);
				other.send("a");
				assertThat(handler.await()).isOne();
			}
		}
		finally {
			release.countDown();
		}
	}

	@Test
	void futuresCompleteWhileEveryThreadIsBlocked() throws Exception {
		PooledThreads threads = new PooledThreads();
		AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(Executors.newCachedThreadPool(threads),
				1);
		CountDownLatch release = new CountDownLatch(1);
		try {
			Connection one = connect(group);
			Connection other = connect(group);
			CountDownLatch entered = new CountDownLatch(1);
			one.channel().write(bytes("a"), null, new Completed<>((result) -> {
				entered.countDown();
				awaitLatch(release);
			}));
			assertThat(entered.await(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			Future<Integer> future = other.channel().read(ByteBuffer.allocate(1));
			other.send("a");
			assertThat(RecordingHandler.await(future)).isOne();
		}
		finally {
			release.countDown();
			group.shutdownNow();
		}
		assertThat(group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void channelsOfTwoGroupsUseTheThreadsOfTheirOwn() throws Exception {
		PooledThreads threads = new PooledThreads();
		AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(1, threads);
		try {
			Connection one = connect(group);
			Connection other = connect();
			RecordingHandler<Integer> started = handler();
			CompletableFuture<RecordingHandler<Integer>> inner = new CompletableFuture<>();
			// from a thread of one group on a channel of the other
			one.channel().write(bytes("a"), null, new Completed<>((result) -> {
				other.channel().write(bytes("b"), null, started);
				inner.complete(started);
			}));
			assertThat(RecordingHandler.await(inner).await()).isOne();
			assertThat(isPooled(started.thread())).isTrue();
			assertThat(threads.all()).doesNotContain(started.thread());
		}
		finally {
			group.shutdownNow();
		}
		assertThat(group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	// -- shutdown

	@Test
	void shutdownWhenEmptyTerminates() throws Exception {
		group().shutdown();
		group().shutdown();
		assertThat(group().isShutdown()).isTrue();
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(group().isTerminated()).isTrue();
		group().shutdownNow();
		assertThat(group().isTerminated()).isTrue();
	}

	@Test
	void openWhenGroupIsShutDownThrows() throws Exception {
		Connection keepsIt = connect();
		group().shutdown();
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousSocketChannel(group()));
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousServerSocketChannel(group()));
		keepsIt.channel().close();
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousSocketChannel(group()));
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousServerSocketChannel(group()));
	}

	@Test
	void shutdownWhenChannelIsOpenLeavesItAliveAndTerminatesAfterIt() throws Exception {
		Connection connection = connect();
		RecordingHandler<Integer> pending = handler();
		connection.channel().read(ByteBuffer.allocate(9), null, pending);
		group().shutdown();
		assertThat(group().isShutdown()).isTrue();
		assertThat(connection.channel().isOpen()).isTrue();
		connection.send("in");
		assertThat(pending.await()).isEqualTo(2);
		RecordingHandler<Integer> write = handler();
		connection.channel().write(bytes("out"), null, write);
		assertThat(write.await()).isEqualTo(3);
		assertThat(group().isTerminated()).isFalse();
		assertThat(group().awaitTermination(10, TimeUnit.MILLISECONDS)).isFalse();
		if (closeOfTheLastChannelMayLoseItsHandlers()) {
			connection.channel().close();
		}
		else {
			RecordingHandler<Integer> last = handler();
			connection.channel().read(ByteBuffer.allocate(9), null, last);
			connection.channel().close();
			assertThat(last.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		}
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void shutdownNowClosesEveryChannelAndFailsWhatIsPending() throws Exception {
		List<RecordingHandler<?>> pending = new ArrayList<>();
		List<AsynchronousSocketChannel> channels = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			Connection connection = connect();
			RecordingHandler<Integer> handler = handler();
			connection.channel().read(ByteBuffer.allocate(9), "attachment", handler);
			pending.add(handler);
			channels.add(connection.channel());
		}
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		RecordingHandler<AsynchronousSocketChannel> accept = handler();
		server.accept("attachment", accept);
		pending.add(accept);
		AsynchronousSocketChannel connecting = open();
		RecordingHandler<Void> connect = handler();
		connecting.connect(silentAddress(), "attachment", connect);
		pending.add(connect);
		AsynchronousSocketChannel idle = open();
		Future<Integer> future = connect().channel().read(ByteBuffer.allocate(9));
		group().shutdownNow();
		assertThat(group().isShutdown()).isTrue();
		for (RecordingHandler<?> handler : pending) {
			assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
			assertThat(handler.attachment()).isEqualTo("attachment");
			assertThat(isPooled(handler.thread())).isTrue();
		}
		assertThat(RecordingHandler.awaitFailure(future)).isInstanceOf(AsynchronousCloseException.class);
		assertThat(channels).noneMatch(AsynchronousSocketChannel::isOpen);
		assertThat(server.isOpen()).isFalse();
		assertThat(connecting.isOpen()).isFalse();
		assertThat(idle.isOpen()).isFalse();
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(group().isTerminated()).isTrue();
	}

	@Test
	void shutdownNowWhenCalledByManyThreadsEnds() throws Exception {
		connect().channel().read(ByteBuffer.allocate(1), null, handler());
		List<CompletableFuture<Void>> calls = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			calls.add(CompletableFuture.runAsync(() -> {
				try {
					group().shutdownNow();
				}
				catch (IOException ex) {
					throw new AssertionError(ex);
				}
			}, (task) -> new Thread(task).start()));
		}
		for (CompletableFuture<Void> call : calls) {
			RecordingHandler.await(call);
		}
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void terminationWhenHandlerRunsWaitsForIt() throws Exception {
		Connection connection = connect();
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		try {
			connection.channel().write(bytes("a"), null, new Completed<>((result) -> {
				entered.countDown();
				awaitLatch(release);
				interrupted.complete(Thread.currentThread().isInterrupted());
			}));
			assertThat(entered.await(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			group().shutdownNow();
			assertThat(connection.channel().isOpen()).isFalse();
			assertThat(group().awaitTermination(50, TimeUnit.MILLISECONDS)).isFalse();
			assertThat(group().isTerminated()).isFalse();
			assertThat(interrupted).isNotDone();
		}
		finally {
			release.countDown();
		}
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(RecordingHandler.await(interrupted)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void shutdownWhenCalledByAHandlerTerminates(boolean now) throws Exception {
		Connection connection = connect();
		CompletableFuture<Boolean> called = new CompletableFuture<>();
		connection.channel().write(bytes("a"), null, new Completed<>((result) -> {
			try {
				if (now) {
					group().shutdownNow();
				}
				else {
					group().shutdown();
					connection.channel().close();
				}
				called.complete(group().isShutdown());
			}
			catch (IOException ex) {
				called.completeExceptionally(ex);
			}
		}));
		assertThat(RecordingHandler.await(called)).isTrue();
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void awaitTerminationWhenInterruptedThrows() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class)
			.isThrownBy(() -> group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS));
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void awaitTerminationWhenGroupTerminatesReturns() throws Exception {
		CompletableFuture<Boolean> awaited = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				awaited.complete(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS));
			}
			catch (InterruptedException ex) {
				awaited.completeExceptionally(ex);
			}
		});
		thread.start();
		RecordingHandler.eventually().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		group().shutdown();
		assertThat(RecordingHandler.await(awaited)).isTrue();
	}

	@Test
	void operationWhenGroupHasTerminatedThrowsOrFails() throws Exception {
		Connection connection = connect();
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		group().shutdownNow();
		assertThat(group().awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThrowsOrFails(() -> connection.channel().read(ByteBuffer.allocate(1)));
		assertThrowsOrFails(() -> connection.channel().write(ByteBuffer.allocate(1)));
		assertThrowsOrFails(server::accept);
		// no thread is left that could call a handler
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> connection.channel().read(ByteBuffer.allocate(1), null, refused()));
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> connection.channel().write(ByteBuffer.allocate(1), null, refused()));
		assertThatExceptionOfType(ShutdownChannelGroupException.class)
			.isThrownBy(() -> connection.channel().connect(LOOPBACK, null, refused()));
		assertThatExceptionOfType(ShutdownChannelGroupException.class).isThrownBy(() -> server.accept(null, refused()));
	}

	private static void assertThrowsOrFails(Callable<Future<?>> operation) throws Exception {
		Future<?> future;
		try {
			future = operation.call();
		}
		catch (ShutdownChannelGroupException ex) {
			return;
		}
		assertThat(RecordingHandler.awaitFailure(future)).isInstanceOf(ClosedChannelException.class);
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What to do after success; these operations cannot fail.
	 */
	private record Completed<V>(Consumer<V> action) implements CompletionHandler<V, @Nullable Object> {

		@Override
		public void completed(V result, @Nullable Object attachment) {
			this.action.accept(result);
		}

		@Override
		public void failed(Throwable exc, @Nullable Object attachment) {
			throw new AssertionError(exc);
		}

	}

}
