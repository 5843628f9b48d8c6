package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One end of one direction of a connection: operations one after the other, with buffers
 * of any number, size and kind. Each byte follows from its place in the stream, so that
 * none can be lost, doubled, changed or moved unnoticed.
 *
 * @author linuxfd
 */
abstract class CheckedStream {

	private static final int LONGEST = 20_000;

	final long seed;

	final CompletableFuture<Void> done = new CompletableFuture<>();

	final Tally tally;

	private final Transfer transfer;

	private final Random random;

	volatile long offset;

	private CheckedStream(Tally tally, Transfer transfer, long seed) {
		this.tally = tally;
		this.transfer = transfer;
		this.seed = seed;
		this.random = new Random(seed ^ getClass().hashCode());
	}

	/** Starts the next operation, and with its end the one after it. */
	final void step() {
		try {
			ByteBuffer[] buffers = new ByteBuffer[1 + this.random.nextInt(3)];
			for (int i = 0; i < buffers.length; i++) {
				int size = 1 + this.random.nextInt(LONGEST);
				buffers[i] = this.random.nextBoolean() ? ByteBuffer.allocate(size)
						: ByteBuffer.allocate(size + 9).position(9).slice();
			}
			if (this.random.nextInt(4) == 0) {
				buffers[0] = ByteBuffer.allocateDirect(1 + this.random.nextInt(LONGEST));
			}
			next(buffers);
		}
		catch (Throwable ex) {
			this.done.completeExceptionally(ex);
		}
	}

	abstract void next(ByteBuffer[] buffers);

	abstract void moved(ByteBuffer[] buffers, long count);

	final void start(ByteBuffer[] buffers) {
		long timeoutSeconds = this.random.nextBoolean() ? 0 : 60;
		if (buffers.length > 1) {
			Tally.Once<Long> operation = this.tally.once();
			then(operation.outcome(), buffers);
			this.transfer.several(buffers, timeoutSeconds, operation);
		}
		else {
			Tally.Once<Integer> operation = this.tally.once();
			then(operation.outcome(), buffers);
			this.transfer.one(buffers[0], timeoutSeconds, operation);
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
				this.tally.violated(ex);
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

	/**
	 * Compares the bytes that come next in a stream.
	 */
	static void check(long seed, long offset, ByteBuffer bytes) {
		long next = offset;
		while (bytes.hasRemaining()) {
			if (bytes.get() != byteAt(seed, next++)) {
				throw new AssertionError("wrong byte at " + (next - 1));
			}
		}
	}

	private static byte byteAt(long seed, long offset) {
		long mixed = (seed + offset) * 0x9e3779b97f4a7c15L;
		return (byte) (mixed >>> 56);
	}

	/**
	 * How bytes are moved.
	 */
	interface Transfer {

		void one(ByteBuffer buffer, long timeoutSeconds, CompletionHandler<Integer, Object> handler);

		void several(ByteBuffer[] buffers, long timeoutSeconds, CompletionHandler<Long, Object> handler);

	}

	/**
	 * Sends until it is enough.
	 */
	static final class Sender extends CheckedStream {

		private final LongPredicate enough;

		Sender(Tally tally, Transfer transfer, long seed, LongPredicate enough) {
			super(tally, transfer, seed);
			this.enough = enough;
		}

		@Override
		void next(ByteBuffer[] buffers) {
			if (this.enough.test(this.offset)) {
				this.done.complete(null);
				return;
			}
			long next = this.offset;
			for (ByteBuffer buffer : buffers) {
				while (buffer.hasRemaining()) {
					buffer.put(byteAt(this.seed, next++));
				}
				buffer.flip();
			}
			start(buffers);
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

	/**
	 * Receives until the peer ends.
	 */
	static final class Receiver extends CheckedStream {

		Receiver(Tally tally, Transfer transfer, long seed) {
			super(tally, transfer, seed);
		}

		@Override
		void next(ByteBuffer[] buffers) {
			start(buffers);
		}

		@Override
		void moved(ByteBuffer[] buffers, long count) {
			if (count < 0) {
				this.done.complete(null);
				return;
			}
			long next = this.offset;
			for (ByteBuffer buffer : buffers) {
				check(this.seed, next, buffer.duplicate().flip());
				next += buffer.position();
			}
			assertThat(next - this.offset).isEqualTo(count);
			this.offset = next;
			this.tally.checked(count);
			step();
		}

	}

}
