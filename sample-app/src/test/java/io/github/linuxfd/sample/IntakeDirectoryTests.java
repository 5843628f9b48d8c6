package io.github.linuxfd.sample;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link IntakeDirectory}.
 *
 * @author linuxfd
 */
class IntakeDirectoryTests {

	@TempDir
	private Path root;

	private IntakeDirectory directory;

	@BeforeEach
	void open() throws IOException {
		this.directory = open(this.root);
	}

	@AfterEach
	void close() throws IOException {
		this.directory.close();
	}

	@Test
	void createMakesDirectories() {
		assertThat(this.root.resolve("inbox")).isDirectory();
		assertThat(this.root.resolve("done")).isDirectory();
		assertThat(this.root.resolve("failed")).isDirectory();
	}

	@Test
	void createWhenAnotherIntakeIsThereFails() {
		assertThatIllegalStateException().isThrownBy(() -> open(this.root))
			.withMessageContaining("Another file intake")
			.withMessageContaining("intake.directory");
	}

	@Test
	void moveWhenNameIsTakenAddsANumberBeforeTheExtension() throws IOException {
		for (String content : new String[] { "0", "1", "2" }) {
			this.directory.moveToDone(drop("a.tar.csv", content));
		}
		assertThat(this.root.resolve("done/a.tar.csv")).hasContent("0");
		assertThat(this.root.resolve("done/a.tar.1.csv")).hasContent("1");
		assertThat(this.root.resolve("done/a.tar.2.csv")).hasContent("2");
	}

	@Test
	void moveWhenNameHasNoExtensionAddsANumberAtTheEnd() throws IOException {
		this.directory.moveToDone(drop("50% übrig", "0"));
		this.directory.moveToDone(drop("50% übrig", "1"));
		assertThat(this.root.resolve("done/50% übrig")).hasContent("0");
		assertThat(this.root.resolve("done/50% übrig.1")).hasContent("1");
	}

	@Test
	void moveWhenNameIsNotTextKeepsItsBytes() throws IOException {
		String raw = "caf%E9%FF.csv";
		for (int i = 0; i < 2; i++) {
			Path file = Path.of(URI.create(this.root.toUri() + "inbox/" + raw));
			Files.writeString(file, "" + i);
			this.directory.moveToDone(file);
		}
		assertThat(Path.of(URI.create(this.root.toUri() + "done/" + raw))).hasContent("0");
		assertThat(Path.of(URI.create(this.root.toUri() + "done/caf%E9%FF.1.csv"))).hasContent("1");
	}

	@Test
	void moveWhenDirectoryIsGoneMakesItAnew() throws IOException {
		Files.delete(this.root.resolve("done"));
		this.directory.moveToDone(drop("a.csv", "0"));
		assertThat(this.root.resolve("done/a.csv")).hasContent("0");
	}

	@Test
	void moveToFailedWritesReasonNextToFile() throws IOException {
		this.directory.moveToFailed(drop("a.csv", "0"), "it is bad");
		assertThat(IntakeFixture.names(this.root.resolve("failed"))).containsExactly("a.csv", "a.csv.reason.txt");
		assertThat(this.root.resolve("failed/a.csv.reason.txt")).hasContent("it is bad\n");
	}

	@Test
	void moveToFailedWhenNameIsTakenKeepsEachReason() throws IOException {
		this.directory.moveToFailed(drop("a.csv", "0"), "reason 0");
		this.directory.moveToFailed(drop("a.csv", "1"), "reason 1");
		assertThat(this.root.resolve("failed/a.csv.reason.txt")).hasContent("reason 0\n");
		assertThat(this.root.resolve("failed/a.1.csv")).hasContent("1");
		assertThat(this.root.resolve("failed/a.1.csv.reason.txt")).hasContent("reason 1\n");
	}

	@Test
	void moveToFailedWhenAnotherFileHasTheNameOfTheReasonKeepsIt() throws IOException {
		this.directory.moveToFailed(drop("a.csv.reason.txt", "theirs"), "x");
		this.directory.moveToFailed(drop("a.csv", "0"), "y");
		assertThat(this.root.resolve("failed/a.csv.reason.txt")).hasContent("theirs");
		assertThat(this.root.resolve("failed/a.1.csv")).hasContent("0");
		assertThat(this.root.resolve("failed/a.1.csv.reason.txt")).hasContent("y\n");
	}

	@Test
	void moveToFailedWhenACrashLeftTheReasonUsesIt() throws IOException {
		Files.writeString(this.root.resolve("failed/a.csv.reason.txt"), "why\n");
		this.directory.moveToFailed(drop("a.csv", "0"), "why");
		assertThat(IntakeFixture.names(this.root.resolve("failed"))).containsExactly("a.csv", "a.csv.reason.txt");
	}

	@Test
	void moveToFailedWhenNameIsTooLongForAReasonMovesTheFile() throws IOException {
		String name = "n".repeat(255);
		this.directory.moveToFailed(drop(name, "0"), "why");
		assertThat(IntakeFixture.names(this.root.resolve("failed"))).containsExactly(name);
	}

	private static IntakeDirectory open(Path root) throws IOException {
		return new IntakeDirectory(IntakeFixture.properties(root));
	}

	private Path drop(String name, String content) throws IOException {
		return Files.writeString(this.root.resolve("inbox").resolve(name), content);
	}

}
