package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link AioFileTemplate}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(60)
class AioFileTemplateTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final Aio aio = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT));

	private final AioFileTemplate files = new AioFileTemplate(this.aio);

	@TempDir
	Path directory;

	@AfterEach
	void closeAio() {
		this.aio.close();
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
	void readWhenTheFileIsLargerThanAnArrayIsRefused() throws IOException {
		Path file = this.directory.resolve("file");
		try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
			sparse.setLength(5L << 30);
		}

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

}
