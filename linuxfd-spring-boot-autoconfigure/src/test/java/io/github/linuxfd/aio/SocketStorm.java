package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that connect, send, receive, cancel, time out and close as chance has it. Each
 * byte of a stream follows from its place, so that none can be lost, doubled or moved
 * unnoticed.
 *
 * @author linuxfd
 */
final class SocketStorm {

	/** Longer by {@code -Dlinuxfd.storm=60}. */
	static final Duration DURATION = Duration.ofSeconds(Long.getLong("linuxfd.storm", 2));

	private static final int THREADS = 3;

	private static final int LONGEST = 300_000;

	private final AsynchronousChannelProvider provider;

	private final AsynchronousChannelGroup group;

	private final AtomicLong started = new AtomicLong();

	private final AtomicLong completed = new AtomicLong();

	private final AtomicLong received = new AtomicLong();

	private final List<Throwable> violations = new CopyOnWriteArrayList<>();

	SocketStorm(AsynchronousChannelProvider provider, AsynchronousChannelGroup group) {
		this.provider = provider;
		this.group = group;
	}

	void run() throws InterruptedException {
		long seed = System.nanoTime();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			Random random = new Random(seed + i);
			Thread thread = new Thread(() -> rounds(random), "storm-" + i);
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads) {
			thread.join(DURATION.plusSeconds(60).toMillis());
			assertThat(thread.isAlive()).as("hangs at " + List.of(thread.getStackTrace())).isFalse();
		}
		assertThat(this.violations).as("seed " + seed).isEmpty();
		RecordingHandler.eventually().untilAsserted(() -> assertThat(this.completed).hasValue(this.started.get()));
		assertThat(this.received).hasPositiveValue();
	}

	private void rounds(Random random) {
		long deadline = System.nanoTime() + DURATION.toNanos();
		try {
			while (this.violations.isEmpty() && (System.nanoTime() - deadline < 0 || this.received.get() == 0)) {
				try (AsynchronousServerSocketChannel server = this.provider
					.openAsynchronousServerSocketChannel(this.group)
					.bind(AsynchronousChannelSpecification.LOOPBACK)) {
					for (int i = random.nextInt(20); i >= 0; i--) {
						round(server, random);
					}
					closeDuringAccept(server);
				}
			}
		}
		catch (Throwable ex) {
			this.violations.add(ex);
		}
	}

	private void closeDuringAccept(AsynchronousServerSocketChannel server) throws IOException {
		Once<AsynchronousSocketChannel> accept = new Once<>();
		server.accept(null, accept);
		server.close();
		assertThat(RecordingHandler.awaitFailure(accept.outcome)).isInstanceOf(AsynchronousCloseException.class);
	}

	private void round(AsynchronousServerSocketChannel server, Random random) throws Exception {
		Once<AsynchronousSocketChannel> accept = new Once<>();
		server.accept(null, accept);
		try (AsynchronousSocketChannel sending = this.provider.openAsynchronousSocketChannel(this.group)) {
			connect(sending, server.getLocalAddress(), random);
			try (AsynchronousSocketChannel receiving = RecordingHandler.await(accept.outcome)) {
				stream(sending, receiving, random);
			}
		}
	}

	private void connect(AsynchronousSocketChannel channel, SocketAddress remote, Random random) {
		if (random.nextBoolean()) {
			Once<Void> connect = new Once<>();
			channel.connect(remote, null, connect);
			RecordingHandler.await(connect.outcome);
		}
		else {
			RecordingHandler.await(channel.connect(remote));
		}
	}

	private void stream(AsynchronousSocketChannel sending, AsynchronousSocketChannel receiving, Random random)
			throws Exception {
		long seed = random.nextLong();
		Sender sender = new Sender(sending, seed, random.nextInt(LONGEST));
		Receiver receiver = new Receiver(receiving, seed);
		int whichEnd = random.nextInt(6);
		sender.step();
		if (whichEnd != 5) {
			receiver.step();
		}
		switch (whichEnd) {
			case 0 -> orderly(sender, receiver);
			case 1 -> abrupt(sender, receiver, sending, random);
			case 2 -> abrupt(sender, receiver, receiving, random);
			case 3 -> {
				Future<Integer> backwards = sending.read(ByteBuffer.allocate(10));
				boolean force = random.nextBoolean();
				assertThat(backwards.cancel(force)).isTrue();
				assertThat(backwards.isCancelled()).isTrue();
				if (force) {
					abrupt(sender, receiver, sending, random);
				}
				else {
					orderly(sender, receiver);
				}
			}
			case 4 -> {
				Once<Integer> backwards = new Once<>();
				sending.read(ByteBuffer.allocate(10), 1 + random.nextInt(3), TimeUnit.MILLISECONDS, null, backwards);
				assertThat(RecordingHandler.awaitFailure(backwards.outcome))
					.isInstanceOf(InterruptedByTimeoutException.class);
				orderly(sender, receiver);
			}
			default -> {
				// unread bytes make the kernel reset the connection
				receiving.close();
				sender.awaitAnyEnd();
			}
		}
	}

	private static void orderly(Sender sender, Receiver receiver) throws IOException {
		RecordingHandler.await(sender.done);
		sender.channel.shutdownOutput();
		RecordingHandler.await(receiver.done);
		assertThat(receiver.offset).isEqualTo(sender.length);
	}

	private static void abrupt(Sender sender, Receiver receiver, AsynchronousSocketChannel closed, Random random)
			throws IOException {
		long deadline = System.nanoTime() + random.nextInt(1_000_000);
		while (System.nanoTime() - deadline < 0) {
			Thread.onSpinWait();
		}
		closed.close();
		sender.awaitAnyEnd();
		receiver.awaitAnyEnd();
		assertThat(receiver.offset).isLessThanOrEqualTo(sender.length);
	}

	private static byte byteAt(long seed, long offset) {
		long mixed = (seed + offset) * 0x9e3779b97f4a7c15L;
		return (byte) (mixed >>> 56);
	}

	/**
	 * Counts its calls.
	 */
	private class Once<V> implements CompletionHandler<V, Object> {

		final CompletableFuture<V> outcome = new CompletableFuture<>();

		private final AtomicBoolean called = new AtomicBoolean();

		Once() {
			SocketStorm.this.started.incrementAndGet();
		}

		@Override
		public final void completed(V result, Object attachment) {
			count();
			this.outcome.complete(result);
		}

		@Override
		public final void failed(Throwable exc, Object attachment) {
			count();
			this.outcome.completeExceptionally(exc);
		}

		private void count() {
			SocketStorm.this.completed.incrementAndGet();
			if (!this.called.compareAndSet(false, true)) {
				SocketStorm.this.violations.add(new AssertionError("completed twice"));
			}
		}

	}

	/**
	 * One direction of a connection: operations one after the other.
	 */
	private abstract class Stream {

		final AsynchronousSocketChannel channel;

		final long seed;

		final CompletableFuture<Void> done = new CompletableFuture<>();

		private final Random random;

		volatile long offset;

		Stream(AsynchronousSocketChannel channel, long seed) {
			this.channel = channel;
			this.seed = seed;
			this.random = new Random(seed ^ getClass().hashCode());
		}

		final void step() {
			try {
				ByteBuffer[] buffers = new ByteBuffer[1 + this.random.nextInt(3)];
				for (int i = 0; i < buffers.length; i++) {
					int size = 1 + this.random.nextInt(20_000);
					buffers[i] = this.random.nextBoolean() ? ByteBuffer.allocate(size)
							: ByteBuffer.allocate(size + 9).position(9).slice();
				}
				if (this.random.nextInt(4) == 0) {
					buffers[0] = ByteBuffer.allocateDirect(1 + this.random.nextInt(20_000));
				}
				next(buffers);
			}
			catch (Throwable ex) {
				this.done.completeExceptionally(ex);
			}
		}

		abstract void next(ByteBuffer[] buffers);

		abstract void moved(ByteBuffer[] buffers, long count);

		final void start(ByteBuffer[] buffers, boolean write) {
			long timeout = this.random.nextBoolean() ? 0 : 60;
			if (buffers.length > 1) {
				Once<Long> operation = new Once<>();
				then(operation.outcome, buffers);
				if (write) {
					this.channel.write(buffers, 0, buffers.length, timeout, TimeUnit.SECONDS, null, operation);
				}
				else {
					this.channel.read(buffers, 0, buffers.length, timeout, TimeUnit.SECONDS, null, operation);
				}
			}
			else {
				Once<Integer> operation = new Once<>();
				then(operation.outcome, buffers);
				if (write) {
					this.channel.write(buffers[0], timeout, TimeUnit.SECONDS, null, operation);
				}
				else {
					this.channel.read(buffers[0], timeout, TimeUnit.SECONDS, null, operation);
				}
			}
		}

		private void then(CompletableFuture<? extends Number> outcome, ByteBuffer[] buffers) {
			outcome.whenComplete((count, failure) -> {
				if (failure != null) {
					this.done.completeExceptionally(failure);
					return;
				}
				try {
					moved(buffers, count.longValue());
				}
				catch (Throwable ex) {
					SocketStorm.this.violations.add(ex);
					this.done.completeExceptionally(ex);
				}
			});
		}

		/**
		 * Wait for the end, which may be a failure, but one of I/O.
		 */
		final void awaitAnyEnd() {
			RecordingHandler.eventually().until(this.done::isDone);
			if (this.done.isCompletedExceptionally()) {
				assertThat(RecordingHandler.awaitFailure(this.done)).isInstanceOf(IOException.class);
			}
		}

	}

	private final class Sender extends Stream {

		private final long length;

		Sender(AsynchronousSocketChannel channel, long seed, long length) {
			super(channel, seed);
			this.length = length;
		}

		@Override
		void next(ByteBuffer[] buffers) {
			long next = this.offset;
			for (ByteBuffer buffer : buffers) {
				buffer.limit((int) Math.min(buffer.limit(), this.length - next));
				while (buffer.hasRemaining()) {
					buffer.put(byteAt(this.seed, next++));
				}
				buffer.flip();
			}
			if (next == this.offset) {
				this.done.complete(null);
			}
			else {
				start(buffers, true);
			}
		}

		@Override
		void moved(ByteBuffer[] buffers, long count) {
			assertThat(count).isPositive();
			long consumed = 0;
			for (ByteBuffer buffer : buffers) {
				consumed += buffer.position();
			}
			assertThat(consumed).isEqualTo(count);
			this.offset += count;
			step();
		}

	}

	private final class Receiver extends Stream {

		Receiver(AsynchronousSocketChannel channel, long seed) {
			super(channel, seed);
		}

		@Override
		void next(ByteBuffer[] buffers) {
			start(buffers, false);
		}

		@Override
		void moved(ByteBuffer[] buffers, long count) {
			if (count < 0) {
				this.done.complete(null);
				return;
			}
			long next = this.offset;
			for (ByteBuffer buffer : buffers) {
				for (int i = 0; i < buffer.position(); i++) {
					if (buffer.get(i) != byteAt(this.seed, next++)) {
						throw new AssertionError("wrong byte at " + (next - 1));
					}
				}
			}
			assertThat(next - this.offset).isEqualTo(count);
			this.offset = next;
			SocketStorm.this.received.addAndGet(count);
			step();
		}

	}

}
