package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What is done with whole files, asynchronously: read all, write all, copy. Files are
 * opened by the caller's thread and closed when everything is done. To cancel the future
 * stops the work: the operation under way, of at most 256 KiB, is the last, and the files
 * are closed as soon as the kernel has let go of them. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioFileTemplate {

	/**
	 * A read of a cached file of this size costs more than its call, and not too much
	 * memory.
	 */
	private static final int CHUNK_BYTES = 1 << 18;

	/** Some JVMs have no longer arrays. */
	private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

	private final Aio aio;

	/**
	 * Read and write through an {@code Aio}.
	 * @param aio does the operations
	 */
	public AioFileTemplate(Aio aio) {
		this.aio = aio;
	}

	/**
	 * {@code open(2)}, {@code pread(2)} - reads a whole file.
	 * @param path the file
	 * @return its bytes, also of a file that says its size is 0, as in {@code /proc}
	 * @throws IllegalArgumentException if it is larger than an array can be, which is
	 * less than 2 GiB
	 * @throws io.github.linuxfd.errno.SyscallException if the file cannot be opened
	 */
	public CompletableFuture<byte[]> readAll(Path path) {
		return readAll(path, (bytes) -> bytes);
	}

	/**
	 * {@code open(2)}, {@code pread(2)} - reads a whole file of text.
	 * @param path the file
	 * @param charset how its bytes mean characters
	 * @return its text; malformed parts are replaced
	 * @throws io.github.linuxfd.errno.SyscallException if the file cannot be opened
	 */
	public CompletableFuture<String> readAll(Path path, Charset charset) {
		return readAll(path, (bytes) -> new String(bytes, charset));
	}

	private <R> CompletableFuture<R> readAll(Path path, Function<byte[], R> result) {
		AioFile file = this.aio.open(path);
		return begin(() -> new Reading<>(file, result), file);
	}

	/**
	 * {@code open(2)}, {@code pwrite(2)} - writes a whole file.
	 * @param path the file
	 * @param bytes what is to be in it, which is not to be changed until this has
	 * completed; after it was cancelled, a direct buffer is read until the write under
	 * way has ended
	 * @param options how it is opened, besides for writing; if there are none, it is made
	 * or replaced
	 * @return completes when all is written; what was written before a failure, or before
	 * it was cancelled, stays: the start of the bytes, however many
	 * @throws io.github.linuxfd.errno.SyscallException if the file cannot be opened
	 */
	public CompletableFuture<@Nullable Void> writeAll(Path path, ByteBuffer bytes, OpenOption... options) {
		Set<OpenOption> how = new HashSet<>((options.length > 0) ? List.of(options)
				: List.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING));
		how.add(StandardOpenOption.WRITE);
		AioFile file = this.aio.open(path, how.toArray(OpenOption[]::new));
		return begin(() -> new Writing(file, bytes.duplicate()), file);
	}

	/**
	 * {@code open(2)}, {@code pwrite(2)} - writes a whole file of text in UTF-8.
	 * @param path the file
	 * @param text what is to be in it
	 * @param options how it is opened; if there are none, it is made or replaced
	 * @return completes when all is written
	 * @throws io.github.linuxfd.errno.SyscallException if the file cannot be opened
	 */
	public CompletableFuture<@Nullable Void> writeAll(Path path, String text, OpenOption... options) {
		return writeAll(path, StandardCharsets.UTF_8.encode(text), options);
	}

	/**
	 * {@code open(2)}, {@code pread(2)}, {@code pwrite(2)} - copies a file.
	 * @param source the file to read
	 * @param target the file to make or replace; what was written before a failure, or
	 * before the copy was cancelled, stays: the start of the source, at most 256 KiB more
	 * than was told
	 * @param progress is told how many bytes are copied, after each step, on the thread
	 * that has got the completion; what it throws ends the copy, and nothing is told
	 * after the copy was cancelled
	 * @return the number of bytes, when all are written
	 * @throws IllegalArgumentException if both are the same file, by whatever names
	 * @throws io.github.linuxfd.errno.SyscallException if a file cannot be opened
	 */
	public CompletableFuture<Long> copy(Path source, Path target, LongConsumer progress) {
		checkDifferent(source, target);
		AioFile from = this.aio.open(source);
		AioFile to = closingIfItFails(() -> this.aio.open(target, StandardOpenOption.CREATE,
				StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE), from);
		return begin(() -> new Copying(from, to, progress), from, to);
	}

	/** It would be empty before the first byte of it was read. */
	private static void checkDifferent(Path source, Path target) {
		boolean same;
		try {
			same = Files.isSameFile(source, target);
		}
		catch (IOException ex) {
			same = false; // there is not yet a target, or open(2) will say what is wrong
		}
		if (same) {
			throw new IllegalArgumentException(source + " and " + target + " are the same file");
		}
	}

	private static <R> CompletableFuture<R> begin(Supplier<Work<R>> work, AioFile... files) {
		return closingIfItFails(() -> {
			Work<R> begun = work.get();
			begun.next();
			return begun;
		}, files);
	}

	private static <T> T closingIfItFails(Supplier<T> step, AioFile... files) {
		boolean done = false;
		try {
			T result = step.get();
			done = true;
			return result;
		}
		finally {
			if (!done) {
				List.of(files).forEach(AioFile::close);
			}
		}
	}

	/**
	 * One operation after the other, and the future of the last; what a step throws is
	 * the end. The files are closed before it completes.
	 *
	 * @param <R> the type of the result
	 */
	private abstract static class Work<R> extends CompletableFuture<R>
			implements CompletionHandler<Integer, @Nullable Void> {

		private final List<AioFile> files;

		Work(AioFile... files) {
			this.files = List.of(files);
		}

		abstract void next();

		abstract void moved(int bytes);

		final void end(@Nullable R result) {
			closeFiles();
			complete(result);
		}

		@Override
		public void completed(Integer bytes, @Nullable Void attachment) {
			if (isDone()) {
				closeFiles(); // whoever has completed it
				return;
			}
			try {
				moved(bytes);
			}
			catch (RuntimeException | Error ex) {
				failed(ex, null);
			}
		}

		@Override
		public void failed(Throwable failure, @Nullable Void attachment) {
			closeFiles();
			completeExceptionally(failure);
		}

		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			boolean cancelled = super.cancel(mayInterruptIfRunning);
			if (cancelled) {
				closeFiles(); // and so cancels what is under way
			}
			return cancelled;
		}

		final void closeFiles() {
			this.files.forEach(AioFile::closeIfOpen);
		}

		/** The futures made of this one are no work. */
		@Override
		public <U> CompletableFuture<U> newIncompleteFuture() {
			return new CompletableFuture<>();
		}

	}

	private final class Reading<R> extends Work<R> {

		private final AioFile file;

		private final Function<byte[], R> result;

		private ByteBuffer bytes;

		Reading(AioFile file, Function<byte[], R> result) {
			super(file);
			this.file = file;
			this.result = result;
			long size = file.size();
			if (size > MOST_BYTES && !Files.isDirectory(file.path())) {
				throw tooLarge(size);
			}
			// one more, to see the end without another round
			this.bytes = ByteBuffer.allocate((int) Math.min(Math.max(size + 1, 4096), MOST_BYTES));
		}

		private IllegalArgumentException tooLarge(long size) {
			return new IllegalArgumentException(this.file.path() + " has " + size + " bytes, and an array at most "
					+ MOST_BYTES + "; read it in parts");
		}

		@Override
		void next() {
			ByteBuffer rest = this.bytes.slice(this.bytes.position(), Math.min(this.bytes.remaining(), CHUNK_BYTES));
			AioFileTemplate.this.aio.read(this.file, rest, this.bytes.position(), null, this);
		}

		@Override
		void moved(int count) {
			if (count < 0) {
				byte[] all = new byte[this.bytes.position()];
				this.bytes.get(0, all);
				end(this.result.apply(all));
				return;
			}
			this.bytes.position(this.bytes.position() + count);
			if (!this.bytes.hasRemaining()) {
				if (this.bytes.capacity() == MOST_BYTES) {
					throw tooLarge(this.file.size());
				}
				ByteBuffer larger = ByteBuffer.allocate((int) Math.min(2L * this.bytes.capacity(), MOST_BYTES));
				this.bytes = larger.put(this.bytes.flip());
			}
			next();
		}

	}

	private final class Writing extends Work<@Nullable Void> {

		private final AioFile file;

		private final ByteBuffer bytes;

		private long written;

		Writing(AioFile file, ByteBuffer bytes) {
			super(file);
			this.file = file;
			this.bytes = bytes;
		}

		@Override
		void next() {
			if (this.bytes.hasRemaining()) {
				int length = Math.min(this.bytes.remaining(), CHUNK_BYTES);
				AioFileTemplate.this.aio.write(this.file, this.bytes.slice(this.bytes.position(), length), this.written,
						null, this);
			}
			else {
				end(null);
			}
		}

		@Override
		void moved(int count) {
			this.written += count;
			this.bytes.position(this.bytes.position() + count);
			next();
		}

	}

	private final class Copying extends Work<Long> {

		private final AioFile from;

		private final AioFile to;

		private final LongConsumer progress;

		private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

		private boolean reading;

		private long copied;

		Copying(AioFile from, AioFile to, LongConsumer progress) {
			super(from, to);
			this.from = from;
			this.to = to;
			this.progress = progress;
		}

		@Override
		void next() {
			this.reading = true;
			AioFileTemplate.this.aio.read(this.from, this.chunk.clear(), this.copied, null, this);
		}

		@Override
		void moved(int count) {
			if (count < 0) {
				end(this.copied);
				return;
			}
			if (this.reading) {
				this.reading = false;
				this.chunk.flip();
			}
			else {
				this.copied += count;
				this.progress.accept(this.copied);
				if (isDone()) {
					closeFiles(); // maybe by that, and without a cancellation
					return;
				}
			}
			if (this.chunk.hasRemaining()) {
				AioFileTemplate.this.aio.write(this.to, this.chunk, this.copied, null, this);
			}
			else {
				next();
			}
		}

	}

}
