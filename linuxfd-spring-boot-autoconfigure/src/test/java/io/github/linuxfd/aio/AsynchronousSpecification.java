package io.github.linuxfd.aio;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the specifications of the asynchronous channels share: threads that call handlers,
 * and the promise that every operation completes exactly once, which is checked after
 * each test.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
abstract class AsynchronousSpecification {

	/** So many calls would overflow the stack if one were made by the other. */
	static final int DEPTH = 10_000;

	private final Deque<Closeable> closeables = new ConcurrentLinkedDeque<>();

	private final List<RecordingHandler<?>> handlers = new CopyOnWriteArrayList<>();

	private final List<RecordingHandler<?>> refused = new ArrayList<>();

	private final PooledThreads threads = new PooledThreads();

	/**
	 * End the threads, once nobody gives them anything to do.
	 * @throws Exception if they do not end
	 */
	abstract void endThreads() throws Exception;

	@AfterEach
	final void everyOperationHasCompletedOnce() throws Exception {
		for (Closeable closeable : this.closeables) {
			closeable.close();
		}
		RecordingHandler.eventually()
			.untilAsserted(
					() -> assertThat(this.handlers).allMatch((handler) -> handler.invocations() > 0, "has completed"));
		endThreads();
		assertThat(this.handlers).allMatch((handler) -> handler.invocations() == 1, "has completed once");
		assertThat(this.refused).allMatch((handler) -> handler.invocations() == 0, "has not been called");
	}

	final PooledThreads threads() {
		return this.threads;
	}

	/**
	 * Whether a thread is one of those that call handlers.
	 * @param thread the thread
	 * @return {@code true} if it is
	 */
	final boolean isPooled(Thread thread) {
		return this.threads.all.contains(thread);
	}

	/**
	 * Return what handlers have thrown so far.
	 * @return what ended threads
	 */
	final List<Throwable> uncaught() {
		return this.threads.uncaught;
	}

	/**
	 * Return a handler that has to be called exactly once.
	 * @param <V> the type of the result
	 * @return a new handler
	 */
	final <V> RecordingHandler<V> handler() {
		RecordingHandler<V> handler = new RecordingHandler<>();
		this.handlers.add(handler);
		return handler;
	}

	/**
	 * Return a handler for a method that throws: it must never be called.
	 * @param <V> the type of the result
	 * @return a new handler
	 */
	final <V> RecordingHandler<V> refused() {
		RecordingHandler<V> handler = new RecordingHandler<>();
		this.refused.add(handler);
		return handler;
	}

	final <T extends Closeable> T closing(T closeable) {
		this.closeables.addFirst(closeable);
		return closeable;
	}

	/**
	 * Have each handler start the next operation.
	 * @param operation starts one with a handler
	 * @param expected its result
	 */
	final void assertChains(Consumer<CompletionHandler<Integer, Object>> operation, int expected) {
		AtomicInteger left = new AtomicInteger(DEPTH);
		CompletableFuture<Boolean> done = new CompletableFuture<>();
		operation.accept(new CompletionHandler<>() {

			@Override
			public void completed(Integer result, Object attachment) {
				if (!isPooled(Thread.currentThread())) {
					done.completeExceptionally(new AssertionError(Thread.currentThread() + " is a stranger"));
				}
				else if (result != expected) {
					done.completeExceptionally(new AssertionError("result " + result));
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
		assertThat(uncaught()).isEmpty();
	}

	static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
	}

	static String text(ByteBuffer... filled) {
		StringBuilder text = new StringBuilder();
		for (ByteBuffer buffer : filled) {
			text.append(StandardCharsets.US_ASCII.decode(buffer.duplicate().flip()));
		}
		return text.toString();
	}

	/**
	 * Who has made the channels.
	 */
	enum Maker {

		/** The control. */
		JDK(null),

		EPOLL(AioEngine.EPOLL),

		IO_URING(AioEngine.IO_URING);

		private final @Nullable AioEngine engine;

		Maker(@Nullable AioEngine engine) {
			this.engine = engine;
		}

		@Nullable AioEngine engine() {
			return this.engine;
		}

	}

	/**
	 * The ways to lay out a buffer.
	 */
	enum Memory {

		HEAP(ByteBuffer::allocate),

		DIRECT(ByteBuffer::allocateDirect),

		HEAP_SLICE((size) -> ByteBuffer.allocate(size + 20).position(7).limit(size + 7).slice()),

		DIRECT_SLICE((size) -> ByteBuffer.allocateDirect(size + 20).position(7).limit(size + 7).slice()),

		PART_OF_ARRAY((size) -> ByteBuffer.wrap(new byte[size + 20], 5, size).slice());

		private final IntFunction<ByteBuffer> allocator;

		Memory(IntFunction<ByteBuffer> allocator) {
			this.allocator = allocator;
		}

		ByteBuffer allocate(int size) {
			return this.allocator.apply(size);
		}

	}

	/**
	 * Makes threads and knows them afterwards.
	 */
	static final class PooledThreads implements ThreadFactory {

		private final List<Thread> all = new CopyOnWriteArrayList<>();

		private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();

		private final AtomicInteger alive = new AtomicInteger();

		@Override
		public Thread newThread(Runnable task) {
			Thread thread = new Thread(() -> {
				this.alive.incrementAndGet();
				try {
					task.run();
				}
				finally {
					this.alive.decrementAndGet();
				}
			}, "pooled-" + this.all.size());
			thread.setDaemon(true);
			thread.setUncaughtExceptionHandler((ended, ex) -> this.uncaught.add(ex));
			this.all.add(thread);
			return thread;
		}

		List<Thread> all() {
			return this.all;
		}

		int alive() {
			return this.alive.get();
		}

	}

}
