package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Threads that write, read, cancel and close as chance has it, each in its own part of
 * one file. Each byte follows from the block it belongs to and how often that has been
 * written, so that none can be lost, old or misplaced unnoticed.
 *
 * @author linuxfd
 */
final class FileStorm {

	private static final Set<OpenOption> OPTIONS = Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ,
			StandardOpenOption.WRITE);

	private static final int THREADS = 3;

	private static final int BLOCKS = 200;

	private static final int ALIGNMENT = 4096;

	private final Opener opener;

	private final Path file;

	/** Of a block, in bytes. */
	private final int size;

	private final Tally tally;

	FileStorm(Opener opener, Path file, int size) {
		this.opener = opener;
		this.file = file;
		this.size = size;
		this.tally = new Tally("File channels, blocks of " + size);
	}

	void run() throws Exception {
		try (AsynchronousFileChannel channel = this.opener.open(this.file, OPTIONS)) {
			this.tally.run(THREADS, (number, random) -> new Region(channel, number, random)::somewhere);
		}
		this.tally.check();
	}

	/**
	 * How to open a channel of the kind to be tested.
	 */
	interface Opener {

		AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options) throws IOException;

	}

	/**
	 * The part of the file that one thread writes and reads.
	 */
	private final class Region {

		private final AsynchronousFileChannel channel;

		private final int number;

		private final Random random;

		/** How often each block has been written; missing if its content is unknown. */
		private final Map<Integer, Integer> generations = new HashMap<>();

		/** A cancelled write may still come. */
		private final Set<Integer> lost = new HashSet<>();

		Region(AsynchronousFileChannel channel, int number, Random random) {
			this.channel = channel;
			this.number = number;
			this.random = random;
		}

		void somewhere() throws IOException {
			switch (this.random.nextInt(5)) {
				case 0, 1 -> write();
				case 2, 3 -> read();
				default -> {
					if (this.random.nextInt(4) == 0) {
						closeDuringReads();
					}
					else {
						cancel();
					}
				}
			}
		}

		private List<Integer> someBlocks() {
			return this.random.ints(8, 0, BLOCKS)
				.distinct()
				.filter((block) -> !this.lost.contains(block))
				.boxed()
				.toList();
		}

		private void write() {
			Map<Integer, Future<Integer>> writes = new HashMap<>();
			Map<Integer, ByteBuffer> buffers = new HashMap<>();
			for (int block : someBlocks()) {
				int generation = this.generations.merge(block, 1, Integer::sum);
				ByteBuffer buffer = allocate();
				while (buffer.hasRemaining()) {
					buffer.put(byteAt(block, generation, buffer.position()));
				}
				buffers.put(block, buffer.flip());
				writes.put(block, start(true, buffer, block));
			}
			writes.forEach((block, future) -> {
				assertThat(RecordingHandler.await(future)).isEqualTo(size());
				assertThat(buffers.get(block).hasRemaining()).isFalse();
			});
		}

		private void read() {
			Map<Integer, Future<Integer>> reads = new HashMap<>();
			Map<Integer, ByteBuffer> buffers = new HashMap<>();
			for (int block : someBlocks()) {
				if (this.generations.containsKey(block)) {
					ByteBuffer buffer = allocate();
					buffers.put(block, buffer);
					reads.put(block, start(false, buffer, block));
				}
			}
			reads.forEach((block, future) -> {
				assertThat(RecordingHandler.await(future)).isEqualTo(size());
				check(block, buffers.get(block));
			});
		}

		private void check(int block, ByteBuffer buffer) {
			assertThat(buffer.position()).isEqualTo(size());
			int generation = this.generations.get(block);
			for (int i = 0; i < size(); i++) {
				if (buffer.get(i) != byteAt(block, generation, i)) {
					throw new AssertionError("block " + block + " of " + this.number + " is wrong at " + i);
				}
			}
			FileStorm.this.tally.checked(size());
		}

		private void cancel() {
			int block = this.random.nextInt(BLOCKS);
			boolean write = this.lost.size() < BLOCKS / 2 && this.random.nextInt(10) == 0;
			Future<Integer> future = write ? this.channel.write(ByteBuffer.allocate(size()), position(block))
					: this.channel.read(allocate(), position(block));
			if (write) {
				this.lost.add(block);
				this.generations.remove(block);
			}
			boolean cancelled = future.cancel(false);
			assertThat(future.isDone()).isTrue();
			assertThat(future.isCancelled()).isEqualTo(cancelled);
			if (cancelled) {
				assertThat(catchThrowable(future::get)).isInstanceOf(CancellationException.class);
			}
			else {
				RecordingHandler.await(future);
			}
			assertThat(this.channel.isOpen()).isTrue();
		}

		private void closeDuringReads() throws IOException {
			List<Tally.Once<Integer>> reads = new ArrayList<>();
			List<ByteBuffer> buffers = new ArrayList<>();
			List<Integer> blocks = someBlocks().stream().filter(this.generations::containsKey).toList();
			try (AsynchronousFileChannel other = FileStorm.this.opener.open(FileStorm.this.file, OPTIONS)) {
				for (int block : blocks) {
					Tally.Once<Integer> read = FileStorm.this.tally.once();
					ByteBuffer buffer = allocate();
					other.read(buffer, position(block), null, read);
					buffers.add(buffer);
					reads.add(read);
				}
			}
			for (int i = 0; i < reads.size(); i++) {
				CompletableFuture<Integer> outcome = reads.get(i).outcome();
				RecordingHandler.eventually().until(outcome::isDone);
				if (outcome.isCompletedExceptionally()) {
					assertThat(RecordingHandler.awaitFailure(outcome)).isInstanceOf(AsynchronousCloseException.class);
				}
				else {
					assertThat(outcome.join()).isEqualTo(size());
					check(blocks.get(i), buffers.get(i));
				}
			}
		}

		private Future<Integer> start(boolean write, ByteBuffer buffer, int block) {
			if (this.random.nextBoolean()) {
				return write ? this.channel.write(buffer, position(block)) : this.channel.read(buffer, position(block));
			}
			Tally.Once<Integer> operation = FileStorm.this.tally.once();
			if (write) {
				this.channel.write(buffer, position(block), null, operation);
			}
			else {
				this.channel.read(buffer, position(block), null, operation);
			}
			return operation.outcome();
		}

		/** Aligned, as O_DIRECT wants it of direct ones. */
		private ByteBuffer allocate() {
			return this.random.nextBoolean() ? ByteBuffer.allocate(size())
					: ByteBuffer.allocateDirect(size() + 2 * ALIGNMENT).alignedSlice(ALIGNMENT).limit(size()).slice();
		}

		private int size() {
			return FileStorm.this.size;
		}

		private long position(int block) {
			// blocks of the threads take turns, so that neighbours are written at once
			return ((long) block * THREADS + this.number) * size();
		}

		private byte byteAt(int block, int generation, int index) {
			long mixed = ((((long) this.number << 40) + ((long) block << 20) + generation) * 4096L + index)
					* 0x9e3779b97f4a7c15L;
			return (byte) (mixed >>> 56);
		}

	}

}
