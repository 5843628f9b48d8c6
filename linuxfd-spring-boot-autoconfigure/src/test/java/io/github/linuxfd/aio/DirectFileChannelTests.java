package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link AioFileChannel} on files opened with {@code O_DIRECT}, which is where
 * Linux AIO is used: what {@link AsynchronousFileChannel} promises, in whole blocks.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
@ParameterizedClass
@EnumSource(value = AioEngine.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
class DirectFileChannelTests {

	private static final int BLOCK = 4096;

	private static final int BLOCKS = 4;

	private static final int DEPTH = 2000;

	@RegisterExtension
	final EngineExtension engine;

	@TempDir
	Path directory;

	private final byte[] content = new byte[BLOCKS * BLOCK];

	private Path file;

	private ExecutorService executor;

	DirectFileChannelTests(AioEngine kind) {
		this.engine = new EngineExtension(kind);
	}

	@BeforeEach
	void create() throws IOException {
		new Random(1).nextBytes(this.content);
		this.file = Files.write(this.directory.resolve("file"), this.content);
		this.executor = Executors.newSingleThreadExecutor((task) -> new Thread(task, "handlers"));
	}

	@AfterEach
	void end() {
		this.executor.shutdown();
	}

	private AsynchronousFileChannel open() throws IOException {
		return open(this.file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
	}

	private AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options) throws IOException {
		Set<OpenOption> direct = new HashSet<>(options);
		direct.add(ExtendedOpenOption.DIRECT);
		return AioFileChannel.open(this.engine.engines(), path, direct, this.executor);
	}

	private static ByteBuffer aligned(int blocks) {
		return ByteBuffer.allocateDirect((blocks + 1) * BLOCK).alignedSlice(BLOCK).limit(blocks * BLOCK);
	}

	private ByteBuffer content(int at, int blocks) {
		return ByteBuffer.wrap(this.content, at * BLOCK, blocks * BLOCK);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void readMovesPositionByResult(boolean heap) throws IOException {
		try (AsynchronousFileChannel channel = open()) {
			ByteBuffer buffer = heap ? ByteBuffer.allocate(2 * BLOCK) : aligned(2);
			RecordingHandler<Integer> handler = new RecordingHandler<>();
			channel.read(buffer, BLOCK, "attachment", handler);
			assertThat(handler.await()).isEqualTo(2 * BLOCK);
			assertThat(handler.attachment()).isEqualTo("attachment");
			assertThat(handler.thread().getName()).isEqualTo("handlers");
			assertThat(buffer.hasRemaining()).isFalse();
			assertThat(buffer.flip()).isEqualTo(content(1, 2));
			assertThat(handler.invocations()).isOne();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void writeMovesPositionByResultAndGrowsTheFile(boolean heap) throws IOException {
		try (AsynchronousFileChannel channel = open()) {
			ByteBuffer buffer = heap ? ByteBuffer.allocate(BLOCK) : aligned(1);
			buffer.put(content(2, 1)).flip();
			assertThat(RecordingHandler.await(channel.write(buffer, 0))).isEqualTo(BLOCK);
			assertThat(buffer.hasRemaining()).isFalse();
			assertThat(RecordingHandler.await(channel.write(buffer.flip(), 6 * BLOCK))).isEqualTo(BLOCK);
			assertThat(channel.size()).isEqualTo(7 * BLOCK);
			channel.force(true);
			ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(this.file));
			assertThat(whole.slice(0, BLOCK)).isEqualTo(content(2, 1));
			assertThat(whole.slice(BLOCK, 3 * BLOCK)).isEqualTo(content(1, 3));
			assertThat(whole.slice(6 * BLOCK, BLOCK)).isEqualTo(content(2, 1));
		}
	}

	@Test
	void readWhenAtOrBeyondTheEndReturnsMinusOneAndBeforeItLess() throws IOException {
		try (AsynchronousFileChannel channel = open()) {
			channel.truncate(2 * BLOCK + 100);
			assertThat(channel.size()).isEqualTo(2 * BLOCK + 100);
			ByteBuffer buffer = aligned(2);
			assertThat(RecordingHandler.await(channel.read(buffer, 2 * BLOCK))).isEqualTo(100);
			assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(this.content, 2 * BLOCK, 100));
			assertThat(RecordingHandler.await(channel.read(aligned(1), 3 * BLOCK))).isEqualTo(-1);
			assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(BLOCK), 1L << 30))).isEqualTo(-1);
			assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(0), 0))).isZero();
			assertThat(RecordingHandler.await(channel.write(ByteBuffer.allocate(0), 0))).isZero();
		}
	}

	@Test
	void operationWhenMisalignedFails() throws IOException {
		try (AsynchronousFileChannel channel = open()) {
			for (Future<Integer> misaligned : List.of(channel.read(ByteBuffer.allocate(BLOCK), 1),
					channel.read(ByteBuffer.allocate(100), 0), channel.write(ByteBuffer.allocate(100), 0))) {
				assertThat(RecordingHandler.awaitFailure(misaligned)).isInstanceOf(IOException.class)
					.hasMessage("Invalid argument");
			}
			assertThat(channel.isOpen()).isTrue();
			assertThat(RecordingHandler.await(channel.read(aligned(1), 0))).isEqualTo(BLOCK);
			ByteBuffer readOnly = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();
			assertThatIllegalArgumentException().isThrownBy(() -> channel.read(readOnly, 0));
			assertThat(RecordingHandler.await(channel.write(readOnly, 0))).isEqualTo(BLOCK);
		}
	}

	@Test
	void operationsWhenManyAreInFlightMoveTheirOwnBytes() throws IOException {
		int blocks = 400;
		byte[] expected = new byte[blocks * BLOCK];
		new Random(2).nextBytes(expected);
		List<Integer> order = new ArrayList<>();
		for (int i = 0; i < blocks; i++) {
			order.add(i);
		}
		Collections.shuffle(order, new Random(3));
		try (AsynchronousFileChannel channel = open()) {
			List<Future<Integer>> writes = new ArrayList<>();
			for (int block : order) {
				writes.add(channel.write(ByteBuffer.wrap(expected, block * BLOCK, BLOCK), (long) block * BLOCK));
			}
			for (Future<Integer> write : writes) {
				assertThat(RecordingHandler.await(write)).isEqualTo(BLOCK);
			}
			assertThat(Files.readAllBytes(this.file)).isEqualTo(expected);
			List<ByteBuffer> buffers = new ArrayList<>();
			List<RecordingHandler<Integer>> reads = new ArrayList<>();
			for (int block : order) {
				ByteBuffer buffer = (block % 2 == 0) ? ByteBuffer.allocate(BLOCK) : aligned(1);
				RecordingHandler<Integer> read = new RecordingHandler<>();
				buffers.add(buffer);
				reads.add(read);
				channel.read(buffer, (long) block * BLOCK, block, read);
			}
			for (int i = 0; i < blocks; i++) {
				assertThat(reads.get(i).await()).isEqualTo(BLOCK);
				assertThat(reads.get(i).attachment()).isEqualTo(order.get(i));
				assertThat(buffers.get(i).flip()).isEqualTo(ByteBuffer.wrap(expected, order.get(i) * BLOCK, BLOCK));
			}
		}
	}

	@Test
	void operationsWhenStartedByHandlersNeverOverflowTheStack() throws IOException {
		try (AsynchronousFileChannel channel = open()) {
			AtomicInteger left = new AtomicInteger(DEPTH);
			CompletableFuture<Void> done = new CompletableFuture<>();
			ByteBuffer buffer = aligned(1);
			channel.read(buffer, 0, null, new CompletionHandler<>() {

				@Override
				public void completed(Integer result, Object attachment) {
					if (left.decrementAndGet() == 0) {
						done.complete(null);
					}
					else {
						channel.read(buffer.clear().limit(BLOCK), 0, null, this);
					}
				}

				@Override
				public void failed(Throwable exc, Object attachment) {
					done.completeExceptionally(exc);
				}

			});
			RecordingHandler.await(done);
		}
	}

	@Test
	void closeCompletesEachOperationOnce() throws IOException {
		for (int i = 0; i < 20; i++) {
			AsynchronousFileChannel channel = open();
			List<RecordingHandler<Integer>> pending = new ArrayList<>();
			for (int j = 0; j < 20; j++) {
				RecordingHandler<Integer> handler = new RecordingHandler<>();
				channel.read(ByteBuffer.allocate(BLOCK), 0, null, handler);
				pending.add(handler);
			}
			channel.close();
			for (RecordingHandler<Integer> handler : pending) {
				RecordingHandler.eventually().until(() -> handler.invocations() > 0);
				try {
					assertThat(handler.await()).isEqualTo(BLOCK);
				}
				catch (RuntimeException ex) {
					assertThat(ex).hasCauseInstanceOf(AsynchronousCloseException.class);
				}
			}
			assertThat(RecordingHandler.awaitFailure(channel.read(ByteBuffer.allocate(BLOCK), 0)))
				.isInstanceOf(ClosedChannelException.class);
			assertThat(pending).allMatch((handler) -> handler.invocations() == 1);
		}
	}

	@Test
	void stormOfOperationsCompletesEachOnceAndKeepsEveryByte() throws Exception {
		new FileStorm(this::open, this.directory.resolve("storm"), BLOCK).run();
	}

}
