package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link AioFileTemplate}.
 *
 * @author linuxfd
 */
class AioFileTemplateTests extends AioSpecification {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final long CHUNK = 1 << 18;

	private final BlockingQueue<Runnable> handlers = new LinkedBlockingQueue<>();

	private AioFileTemplate files;

	@BeforeEach
	void openFiles() {
		this.files = new AioFileTemplate(this.aio);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 4095, 4096, 262_144, 1_000_000 })
	void fileWhenWrittenIsReadBackIdentical(int size) throws IOException {
		Path file = this.directory.resolve("file");
		byte[] bytes = new byte[size];
		new Random(size).nextBytes(bytes);

		assertThat(this.files.writeAll(file, ByteBuffer.wrap(bytes))).succeedsWithin(LIMIT);

		assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
		assertThat(this.files.readAll(file)).succeedsWithin(LIMIT).isEqualTo(bytes);
	}

	@Test
	void writeWhenThereIsAFileReplacesIt() throws IOException {
		Path file = Files.writeString(this.directory.resolve("file"), "something longer");

		assertThat(this.files.writeAll(file, "grün")).succeedsWithin(LIMIT);

		assertThat(this.files.readAll(file, StandardCharsets.UTF_8)).succeedsWithin(LIMIT).isEqualTo("grün");
	}

	@Test
	void readWhenTheFileSaysItIsEmptyReadsWhatThereIs() {
		assertThat(this.files.readAll(Path.of("/proc/self/status"), StandardCharsets.UTF_8)).succeedsWithin(LIMIT)
			.asString()
			.startsWith("Name:")
			.contains("VmRSS");
	}

	@Test
	void copyTellsItsProgressAndReturnsTheSize() throws IOException {
		byte[] bytes = new byte[700_000];
		new Random(7).nextBytes(bytes);
		Path source = Files.write(this.directory.resolve("source"), bytes);
		Path target = Files.writeString(this.directory.resolve("target"), "x".repeat(800_000));
		List<Long> progress = new ArrayList<>();

		assertThat(this.files.copy(source, target, progress::add)).succeedsWithin(LIMIT).isEqualTo(700_000L);

		assertThat(progress).isSorted().doesNotHaveDuplicates().endsWith(700_000L).hasSizeGreaterThan(1);
		assertThat(Files.readAllBytes(target)).isEqualTo(bytes);
	}

	@Test
	void copyWhenBothAreTheSameFileIsRefusedAndLeavesIt() throws IOException {
		Path file = Files.writeString(this.directory.resolve("file"), "precious");
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), file);
		Path other = Files.createLink(this.directory.resolve("other"), file);
		for (Path target : List.of(file, link, other)) {
			assertThatIllegalArgumentException().isThrownBy(() -> this.files.copy(file, target, (bytes) -> {
			})).withMessageContaining("are the same file");
			assertThat(file).hasContent("precious");
		}
	}

	@Test
	void copyWhenTheSourceSaysItIsEmptyCopiesWhatThereIs() throws IOException {
		Path target = Files.writeString(this.directory.resolve("target"), "x".repeat(10_000));

		assertThat(this.files.copy(Path.of("/proc/version"), target, (bytes) -> {
		})).succeedsWithin(LIMIT);

		assertThat(target).hasContent(Files.readString(Path.of("/proc/version")));
	}

	@Test
	void writeWhenOnlyToMakeOrToAppendIsForWriting() throws IOException {
		Path file = this.directory.resolve("file");

		assertThat(this.files.writeAll(file, "one", StandardOpenOption.CREATE_NEW)).succeedsWithin(LIMIT);
		assertThat(this.files.writeAll(file, "two", StandardOpenOption.APPEND)).succeedsWithin(LIMIT);
		assertThat(file).hasContent("onetwo");
		assertThat(this.files.writeAll(file, "three", StandardOpenOption.TRUNCATE_EXISTING)).succeedsWithin(LIMIT);
		assertThat(file).hasContent("three");
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.files.writeAll(file, "four", StandardOpenOption.CREATE_NEW))
			.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.EEXIST));
	}

	@Test
	void readWhenTheFileIsLargerThanAnArrayIsRefused() {
		Path file = sparse(5L << 30);

		assertThatIllegalArgumentException().isThrownBy(() -> this.files.readAll(file))
			.withMessageContaining(file + " has 5368709120 bytes");
	}

	@Test
	void copyWhenTheProgressThrowsEndsWithThat() throws IOException {
		Path source = Files.write(this.directory.resolve("source"), new byte[700_000]);

		assertThat(this.files.copy(source, this.directory.resolve("target"), (bytes) -> {
			throw new IllegalStateException("enough");
		})).failsWithin(LIMIT).withThrowableThat().withMessageContaining("enough");
	}

	@Test
	void copyWhenTheTargetCannotBeOpenedClosesTheSource() throws IOException {
		Path source = Files.write(this.directory.resolve("source"), new byte[1]);

		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.files.copy(source, this.directory.resolve("no/target"), (bytes) -> {
			}))
			.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.ENOENT));
	}

	@Test
	void writeWhenTheDeviceIsFullFailsWithTheReason() {
		assertThat(this.files.writeAll(Path.of("/dev/full"), "x", StandardOpenOption.WRITE)).failsWithin(LIMIT)
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(SyscallException.class)
			.withMessageContaining("ENOSPC");
	}

	@Test
	void copyWhenCancelledWhileItReadsWritesNothingMore() throws Exception {
		Path target = this.directory.resolve("target");
		List<Long> told = new ArrayList<>();
		int open = OwnedFd.openCount();
		try (Aio patient = patient()) {
			int engine = OwnedFd.openCount();
			CompletableFuture<Long> copy = new AioFileTemplate(patient).copy(sparse(5L << 30), target, told::add);
			while (told.size() < 3) {
				handleNext();
			}
			assertThat(copy.cancel(false)).isTrue();
			handleNext(); // what the kernel has read meanwhile
			awaitIdle(patient, engine);
			assertThat(told).hasSize(3);
			assertThat(patient.engines().statistics().started(OperationKind.READ)).isEqualTo(4);
			assertThat(patient.engines().statistics().started(OperationKind.WRITE)).isEqualTo(3);
			assertThat(target).hasSize(told.get(2));
		}
		assertThat(OwnedFd.openCount()).isEqualTo(open);
	}

	@Test
	void copyWhenCancelledWhileItWritesLeavesAtMostThatMore() throws Exception {
		Path target = this.directory.resolve("target");
		List<Long> told = new ArrayList<>();
		try (Aio patient = patient()) {
			int engine = OwnedFd.openCount();
			CompletableFuture<Long> copy = new AioFileTemplate(patient).copy(sparse(5L << 30), target, told::add);
			handleNext();
			assertThat(copy.cancel(false)).isTrue();
			handleNext();
			awaitIdle(patient, engine);
			assertThat(told).isEmpty();
			assertThat(patient.engines().statistics().started(OperationKind.WRITE)).isOne();
			assertThat(Files.size(target)).isBetween(0L, CHUNK);
		}
	}

	@Test
	void copyMayBeCancelledByItsProgress() {
		Path target = this.directory.resolve("target");
		CompletableFuture<CompletableFuture<Long>> own = new CompletableFuture<>();
		List<Long> told = new CopyOnWriteArrayList<>();
		int open = OwnedFd.openCount();
		CompletableFuture<Long> copy = this.files.copy(sparse(5L << 30), target, (bytes) -> {
			told.add(bytes);
			if (bytes >= 4 * CHUNK) {
				own.join().cancel(false);
			}
		});
		own.complete(copy);
		awaitIdle(this.aio, open);
		assertThat(copy).isCancelled();
		long last = told.get(told.size() - 1);
		assertThat(last).isBetween(4 * CHUNK, 5 * CHUNK);
		assertThat(target).hasSize(last);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void readWhenCancelledReadsNothingMore(boolean text) throws Exception {
		try (Aio patient = patient()) {
			int engine = OwnedFd.openCount();
			AioFileTemplate template = new AioFileTemplate(patient);
			Path source = sparse(64L << 20);
			CompletableFuture<?> read = text ? template.readAll(source, StandardCharsets.UTF_8)
					: template.readAll(source);
			handleNext();
			assertThat(read.cancel(false)).isTrue();
			handleNext();
			awaitIdle(patient, engine);
			assertThat(read).isCancelled();
			assertThat(patient.engines().statistics().started(OperationKind.READ)).isEqualTo(2);
		}
	}

	@Test
	void writeWhenCancelledWritesNothingMore() throws Exception {
		Path target = this.directory.resolve("target");
		try (Aio patient = patient(); FileChannel source = FileChannel.open(sparse(1L << 30))) {
			int engine = OwnedFd.openCount();
			ByteBuffer bytes = source.map(FileChannel.MapMode.READ_ONLY, 0, 1L << 30);
			CompletableFuture<Void> write = new AioFileTemplate(patient).writeAll(target, bytes);
			handleNext();
			assertThat(write.cancel(false)).isTrue();
			handleNext();
			awaitIdle(patient, engine);
			assertThat(patient.engines().statistics().started(OperationKind.WRITE)).isEqualTo(2);
			assertThat(Files.size(target)).isBetween(CHUNK, 2 * CHUNK);
			assertThat(bytes.position()).isZero();
		}
	}

	@Test
	void workWhoseFutureIsCompletedOtherwiseStopsAfterThePieceUnderWay() throws Exception {
		try (Aio patient = patient()) {
			int engine = OwnedFd.openCount();
			CompletableFuture<Long> copy = new AioFileTemplate(patient).copy(sparse(5L << 30),
					this.directory.resolve("target"), (bytes) -> {
					});
			assertThat(copy.completeExceptionally(new IllegalStateException("no time"))).isTrue();
			handleNext();
			awaitIdle(patient, engine);
			assertThat(patient.engines().statistics().started(OperationKind.READ)).isOne();
			assertThat(patient.engines().statistics().started(OperationKind.WRITE)).isZero();
		}
	}

	@Test
	void copyMayBeCompletedByItsProgress() throws Exception {
		CompletableFuture<CompletableFuture<Long>> own = new CompletableFuture<>();
		try (Aio patient = patient()) {
			int engine = OwnedFd.openCount();
			CompletableFuture<Long> copy = new AioFileTemplate(patient).copy(sparse(5L << 30),
					this.directory.resolve("target"), (bytes) -> own.join().complete(bytes));
			own.complete(copy);
			handleNext();
			handleNext();
			awaitIdle(patient, engine);
			assertThat(copy).isCompletedWithValue(CHUNK);
			assertThat(patient.engines().statistics().started(OperationKind.READ)).isOne();
		}
	}

	/** Whose handlers are called by the test. */
	private Aio patient() {
		return open(new AioSettings(AioEngine.AUTO, 1, 256, 4096, 4, this.handlers::add));
	}

	private void handleNext() throws InterruptedException {
		Runnable handler = this.handlers.poll(SECONDS, TimeUnit.SECONDS);
		assertThat(handler).isNotNull();
		handler.run();
	}

	private static void awaitIdle(Aio aio, int descriptors) {
		await().untilAsserted(() -> {
			assertThat(aio.engines().statistics().inFlight()).isZero();
			assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
		});
	}

	private Path sparse(long size) {
		Path path = this.directory.resolve("sparse");
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			file.setLength(size);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return path;
	}

}
