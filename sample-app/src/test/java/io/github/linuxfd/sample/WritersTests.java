package io.github.linuxfd.sample;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.inotify.InotifyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.willReturn;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link Writers}.
 *
 * @author linuxfd
 */
class WritersTests {

	private static final Duration SETTLE_TIME = Duration.ofMinutes(1);

	private static final int F_SETLEASE = 1024;

	private static final int EACCES = 13;

	@TempDir
	private Path directory;

	private Path file;

	private final Writers writers = new Writers(new InotifyFactory(Syscalls.system()), SETTLE_TIME);

	@BeforeEach
	void write() throws IOException {
		this.file = Files.writeString(this.directory.resolve("a.csv"), "1\n");
	}

	@Test
	void isBeingWrittenWhenSomebodyWritesIsTrueUntilItIsClosed() throws IOException {
		try (OutputStream writer = Files.newOutputStream(this.file)) {
			assertThat(this.writers.isBeingWritten(this.file)).isTrue();
			assertThat(this.writers.isUnsettled(this.file)).isFalse();
		}
		assertThat(this.writers.isBeingWritten(this.file)).isFalse();
		assertThat(this.writers.isUnsettled(this.file)).isFalse();
	}

	@Test
	void isUnsettledWhenKernelDoesNotSayAndFileChangedJustNowIsTrue() {
		assertThat(writersWithoutLeases().isUnsettled(this.file)).isTrue();
	}

	@Test
	void isUnsettledWhenKernelDoesNotSayAndFileHasNotChangedForAWhileIsFalse() throws IOException {
		Files.setLastModifiedTime(this.file, FileTime.from(Instant.now().minus(SETTLE_TIME.multipliedBy(2))));
		assertThat(writersWithoutLeases().isUnsettled(this.file)).isFalse();
	}

	@Test
	void isUnsettledWhenFileIsGoneIsFalse() throws IOException {
		Files.delete(this.file);
		assertThat(this.writers.isUnsettled(this.file)).isFalse();
	}

	/** As for a file of another user. */
	private static Writers writersWithoutLeases() {
		Syscalls syscalls = mock(Syscalls.class, delegatesTo(Syscalls.system()));
		willReturn(-EACCES).given(syscalls).fcntl(anyInt(), eq(F_SETLEASE), anyLong());
		return new Writers(new InotifyFactory(syscalls), SETTLE_TIME);
	}

}
