package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests of what an {@link AioFileChannel} does beyond the JDK's specification.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class AioFileChannelTests {

	private static final int BLOCK = 4096;

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	@TempDir
	private Path directory;

	private Path file;

	@BeforeEach
	void createFile() throws IOException {
		this.file = Files.writeString(this.directory.resolve("file"), "0123456789");
	}

	@Test
	void lockWhenAnotherChannelOfTheFileIsClosedIsKept() throws IOException {
		try (AioFileChannel channel = AioFileChannel.open(this.engine.engines(), this.file, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			FileLock lock = RecordingHandler.await(channel.lock(2, 3, false));
			FileChannel.open(this.file).close(); // this would end one of the JDK's
			try (FileChannel stranger = FileChannel.open(this.file, StandardOpenOption.WRITE)) {
				assertThat(stranger.tryLock(4, 1, false)).isNull();
				lock.release();
				assertThat(stranger.tryLock(4, 1, false)).isNotNull();
				assertThat(channel.tryLock(4, 1, false)).isNull();
			}
		}
	}

	@Test
	void lockWhenFileHasTwoNamesIsOfTheFile() throws IOException {
		Path link = Files.createLink(this.directory.resolve("link"), this.file);
		try (AioFileChannel one = AioFileChannel.open(this.engine.engines(), this.file, StandardOpenOption.WRITE);
				AioFileChannel other = AioFileChannel.open(this.engine.engines(), link, StandardOpenOption.WRITE)) {
			FileLock lock = one.tryLock();
			assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(other::tryLock);
			one.close();
			assertThat(lock.isValid()).isFalse();
			assertThat(other.tryLock()).isNotNull();
		}
	}

	@Test
	void closeWhenTheLocksCannotBeGivenBackSaysSoAndCloses() throws IOException {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		try (AioEngines engines = new AioEngines(faults.syscalls(), AioSettings.DEFAULT)) {
			AioFileChannel channel = AioFileChannel.open(engines, this.file, StandardOpenOption.READ,
					StandardOpenOption.WRITE);
			FileLock lock = channel.tryLock();
			faults.fail("fcntl", 1, Errno.EIO);
			assertThatIOException().isThrownBy(channel::close);
			assertThat(channel.isOpen()).isFalse();
			assertThat(lock.isValid()).isFalse();
			channel.close();
			try (AioFileChannel next = AioFileChannel.open(engines, this.file, StandardOpenOption.WRITE)) {
				assertThat(next.tryLock()).isNotNull();
			}
		}
	}

	@Test
	void openWhenItFailsNamesTheFileAndTheCall() {
		Path missing = this.directory.resolve("missing");
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> AioFileChannel.open(this.engine.engines(), missing))
			.withMessage(missing.toString())
			.withCauseInstanceOf(SyscallException.class);
		assertThatExceptionOfType(FileSystemException.class)
			.isThrownBy(() -> AioFileChannel.open(this.engine.engines(), this.directory, StandardOpenOption.WRITE))
			.withMessage(this.directory + ": Is a directory");
	}

	@Test
	void openWhenPathIsOfAnotherFileSystemIsRefused() throws IOException {
		try (FileSystem zip = FileSystems.newFileSystem(this.directory.resolve("zip"), Map.of("create", "true"))) {
			assertThatExceptionOfType(UnsupportedOperationException.class)
				.isThrownBy(() -> AioFileChannel.open(this.engine.engines(), zip.getPath("/file"),
						StandardOpenOption.WRITE, StandardOpenOption.CREATE));
		}
	}

	@Test
	void openWhenPermissionsForbidWritingStillWritesWhatItHasMade() throws Exception {
		Path path = this.directory.resolve("new");
		try (AsynchronousFileChannel channel = AioFileChannel.open(this.engine.engines(), path,
				Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), null,
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--r-----")))) {
			assertThat(RecordingHandler.await(channel.write(ByteBuffer.allocate(3), 0))).isEqualTo(3);
		}
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("r--r-----");
	}

	@Test
	void deleteOnCloseWhenPathIsALinkIsRefused() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.file);
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> AioFileChannel.open(this.engine.engines(),
				link, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
		assertThat(link).isSymbolicLink();
		assertThat(this.file).exists();
	}

	@Test
	void directReadsBypassTheCache() throws IOException {
		Path path = Files.createTempFile(Path.of("target"), "direct", null);
		try {
			byte[] bytes = new byte[2 * BLOCK];
			bytes[BLOCK] = 42;
			Files.write(path, bytes);
			try (AioFileChannel channel = AioFileChannel.open(this.engine.engines(), path, StandardOpenOption.READ,
					ExtendedOpenOption.DIRECT)) {
				ByteBuffer buffer = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK);
				assertThat(RecordingHandler.await(channel.read(buffer, BLOCK))).isEqualTo(BLOCK);
				assertThat(buffer.get(0)).isEqualTo((byte) 42);
				assertThat(RecordingHandler.awaitFailure(channel.read(buffer.clear().limit(BLOCK), 1)))
					.isInstanceOf(IOException.class)
					.hasMessage("Invalid argument");
			}
		}
		finally {
			Files.delete(path);
		}
	}

}
