package io.github.linuxfd.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.sun.nio.file.ExtendedOpenOption;

import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioFile;
import io.github.linuxfd.aio.AioFileChannel;
import io.github.linuxfd.aio.AioSettings;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Blocks of a file read at random, many in flight. Every reader has one read in flight
 * and starts the next one when that has completed, so that nothing is shared between the
 * threads that run the handlers.
 *
 * @author linuxfd
 */
final class FileReads {

	static final Benchmark BENCHMARK = new Benchmark("FILE DEPTH READS [direct]",
			Map.of("aio", FileReads::runAio, "linuxfd", FileReads::runChannel, "jdk", (arguments) -> run(arguments,
					(path, options) -> Blocks.of(AsynchronousFileChannel.open(path, options, null)))));

	private static final int BLOCK = 4096;

	private FileReads() {
	}

	private static void runAio(List<String> arguments) throws IOException {
		try (Aio aio = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT))) {
			run(arguments, (path, options) -> Blocks.of(aio, aio.open(path, options.toArray(OpenOption[]::new))));
		}
	}

	private static void runChannel(List<String> arguments) throws IOException {
		try (AioEngines engines = new AioEngines(Syscalls.system(), AioSettings.DEFAULT)) {
			run(arguments, (path, options) -> Blocks.of(AioFileChannel.open(engines, path, options, null)));
		}
	}

	private static void run(List<String> arguments, Opening opening) throws IOException {
		int depth = Integer.parseInt(arguments.get(1));
		long each = Long.parseLong(arguments.get(2)) / depth;
		Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ));
		if (arguments.size() > 3) {
			options.add(ExtendedOpenOption.DIRECT);
		}
		try (Blocks file = opening.open(Path.of(arguments.get(0)), options)) {
			long blocks = file.size() / BLOCK;
			List<Reader> readers = IntStream.range(0, depth).mapToObj((i) -> new Reader(file, blocks, i)).toList();
			read(readers, each / 2);
			Contract.ready();
			long startNanos = System.nanoTime();
			read(readers, each);
			long nanos = System.nanoTime() - startNanos;
			Contract
				.result(new Json().put("n", each * depth).put("secs", (double) nanos / TimeUnit.SECONDS.toNanos(1)));
		}
	}

	private static void read(List<Reader> readers, long each) {
		readers.stream().map((reader) -> reader.start(each)).toList().forEach(CompletableFuture::join);
	}

	/**
	 * Whose channel it is.
	 */
	@FunctionalInterface
	private interface Opening {

		Blocks open(Path path, Set<OpenOption> options) throws IOException;

	}

	/**
	 * A file, by whatever it is read.
	 */
	private interface Blocks extends AutoCloseable {

		static Blocks of(AsynchronousFileChannel channel) {
			return new Blocks() {

				@Override
				public long size() throws IOException {
					return channel.size();
				}

				@Override
				public void read(ByteBuffer target, long position, CompletableFuture<Void> end, Reader reader) {
					channel.read(target, position, end, reader);
				}

				@Override
				public void close() throws IOException {
					channel.close();
				}

			};
		}

		static Blocks of(Aio aio, AioFile file) {
			return new Blocks() {

				@Override
				public long size() {
					return file.size();
				}

				@Override
				public void read(ByteBuffer target, long position, CompletableFuture<Void> end, Reader reader) {
					aio.read(file, target, position, end, reader);
				}

				@Override
				public void close() {
					file.close();
				}

			};
		}

		long size() throws IOException;

		void read(ByteBuffer target, long position, CompletableFuture<Void> end, Reader reader);

		@Override
		void close() throws IOException;

	}

	/**
	 * One read in flight.
	 */
	private static final class Reader implements CompletionHandler<Integer, CompletableFuture<Void>> {

		private final Blocks file;

		private final long blocks;

		private final ByteBuffer buffer;

		private long random;

		private long left;

		Reader(Blocks file, long blocks, int number) {
			this.file = file;
			this.blocks = blocks;
			this.buffer = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK).slice();
			this.random = (number + 1) * 0x9E3779B97F4A7C15L; // as in blocks.h
		}

		CompletableFuture<Void> start(long reads) {
			CompletableFuture<Void> end = new CompletableFuture<>();
			this.left = reads;
			next(end);
			return end;
		}

		private void next(CompletableFuture<Void> end) {
			this.random ^= this.random << 13;
			this.random ^= this.random >>> 7;
			this.random ^= this.random << 17;
			long block = (this.random >>> Integer.SIZE) * this.blocks >>> Integer.SIZE;
			this.file.read(this.buffer.clear(), block * BLOCK, end, this);
		}

		@Override
		public void completed(Integer bytes, CompletableFuture<Void> end) {
			if (bytes < BLOCK) {
				end.completeExceptionally(new EOFException("A block of " + bytes + " bytes"));
			}
			else if (--this.left > 0) {
				next(end);
			}
			else {
				end.complete(null);
			}
		}

		@Override
		public void failed(Throwable failure, CompletableFuture<Void> end) {
			end.completeExceptionally(failure);
		}

	}

}
