package io.github.linuxfd.sample;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DataIntegrityViolationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willCallRealMethod;
import static org.mockito.BDDMockito.willReturn;
import static org.mockito.BDDMockito.willThrow;

/**
 * Tests for {@link FileIntake}.
 *
 * @author linuxfd
 */
class FileIntakeTests {

	@TempDir
	private Path root;

	private IntakeFixture fixture;

	@BeforeEach
	void open() throws IOException {
		this.fixture = new IntakeFixture(this.root);
	}

	@AfterEach
	void close() throws IOException {
		this.fixture.close();
	}

	@Test
	void ingestWhenFileHasThreeRowsStoresThemAndMovesIt() throws IOException {
		this.fixture.ingest("a.csv", "1,x\n2,\"y, z\"\n3,\"\"\"q\"\"\"\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 3, 0));
		assertThat(this.fixture.cells()).containsExactly("[\"1\",\"x\"]", "[\"2\",\"y, z\"]", "[\"3\",\"\\\"q\\\"\"]");
		assertThat(this.fixture.inbox()).isEmpty();
		assertThat(this.fixture.done()).containsExactly("a.csv");
		assertThat(this.fixture.unmovedCount()).isZero();
	}

	@Test
	void ingestWhenFileIsEmptyCountsItWithoutRows() throws IOException {
		this.fixture.ingest("a.csv", "");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 0, 0));
		assertThat(this.fixture.done()).containsExactly("a.csv");
	}

	@Test
	void ingestWhenRowsNeedSeveralBatchesNumbersThemThrough() throws IOException {
		StringBuilder text = new StringBuilder();
		for (int i = 1; i <= 1234; i++) {
			text.append(i).append("\n");
		}
		this.fixture.ingest("a.csv", text.toString());
		assertThat(this.fixture.client.sql("select count(*) from intake_row where cells = '[\"' || row_number || '\"]'")
			.query(Integer.class)
			.single()).isEqualTo(1234);
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 1234, 0));
	}

	@Test
	void ingestWhenCsvIsBrokenKeepsNoRowAndTellsWhy() throws IOException {
		this.fixture.ingest("bad.csv", "1,x\n".repeat(1000) + "2,\"y\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(0, 0, 1));
		assertThat(this.fixture.cells()).isEmpty();
		assertThat(this.fixture.inbox()).isEmpty();
		assertThat(this.fixture.done()).isEmpty();
		assertThat(this.fixture.failed()).containsExactly("bad.csv", "bad.csv.reason.txt");
		assertThat(this.fixture.directory.failed().resolve("bad.csv.reason.txt")).content().contains("broken quotes");
		assertThat(this.fixture.client.sql("select reason from intake_file").query(String.class).single())
			.contains("broken quotes");
	}

	@Test
	void ingestWhenARowIsTooLongFailsTheFile() throws IOException {
		this.fixture.ingest("bad.csv", "\u0001".repeat(900_000));
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(0, 0, 1));
		assertThat(this.fixture.directory.failed().resolve("bad.csv.reason.txt")).content()
			.contains("row 1 is longer than");
	}

	@Test
	void ingestWhenFileIsGoneDoesNothing() throws IOException {
		this.fixture.intake.ingest(List.of(this.fixture.inbox("gone.csv")));
		assertThat(this.fixture.intake.totals()).isEqualTo(Totals.NONE);
		assertThat(this.fixture.failed()).isEmpty();
	}

	@Test
	void ingestWhenAFileIsReportedTwiceIngestsItOnce() throws IOException {
		Path file = this.fixture.drop("a.csv", "1\n");
		this.fixture.intake.ingest(List.of(file, file));
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 1, 0));
		assertThat(this.fixture.done()).containsExactly("a.csv");
	}

	@Test
	void ingestWhenSeveralThreadsAskIngestsEachFileOnce() throws Exception {
		List<Path> files = new ArrayList<>();
		for (int i = 0; i < 300; i++) {
			files.add(this.fixture.drop("f" + i + ".csv", "1\n2\n"));
		}
		ExecutorService executor = Executors.newFixedThreadPool(3);
		try {
			List<Future<?>> asked = List.of(executor.submit(() -> this.fixture.intake.ingest(files)),
					executor.submit(() -> {
						this.fixture.scan();
						return true;
					}), executor.submit(() -> files.forEach((file) -> this.fixture.intake.ingest(List.of(file)))));
			for (Future<?> each : asked) {
				each.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(300, 600, 0));
		assertThat(this.fixture.cells()).hasSize(600);
		assertThat(this.fixture.done()).hasSize(300);
	}

	@Test
	void ingestWhenNameComesAgainKeepsBothFiles() throws IOException {
		this.fixture.ingest("a.csv", "1\n");
		this.fixture.ingest("a.csv", "2\n");
		assertThat(this.fixture.cells()).containsExactly("[\"1\"]", "[\"2\"]");
		assertThat(this.fixture.done()).containsExactly("a.1.csv", "a.csv");
	}

	@Test
	void ingestWhenTheVeryFileIsPutBackIngestsItAgain() throws IOException {
		this.fixture.ingest("a.csv", "1\n");
		Files.move(this.fixture.directory.done().resolve("a.csv"), this.fixture.inbox("a.csv"));
		this.fixture.scan();
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(2, 2, 0));
		assertThat(this.fixture.done()).containsExactly("a.csv");
	}

	@Test
	void ingestWhenNameIsNotTextIngestsTheFile() throws IOException {
		Path file = Path.of(URI.create(this.fixture.directory.inbox().toUri() + "caf%E9.csv"));
		Files.writeString(file, "1\n");
		this.fixture.scan();
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 1, 0));
		assertThat(Path.of(URI.create(this.fixture.directory.done().toUri() + "caf%E9.csv"))).hasContent("1\n");
	}

	@Test
	void ingestWhenEntryIsNotAFileLeavesIt() throws Exception {
		Files.createDirectory(this.fixture.inbox("directory.csv"));
		Path elsewhere = Files.writeString(this.root.resolve("elsewhere.csv"), "1\n");
		Files.createSymbolicLink(this.fixture.inbox("link.csv"), elsewhere);
		assertThat(new ProcessBuilder("mkfifo", this.fixture.inbox("pipe.csv").toString()).start().waitFor()).isZero();
		this.fixture.scan();
		assertThat(this.fixture.intake.totals()).isEqualTo(Totals.NONE);
		assertThat(this.fixture.inbox()).containsExactly("directory.csv", "link.csv", "pipe.csv");
	}

	@Test
	void ingestWhenNameIsThatOfAnUnfinishedFileLeavesIt() throws IOException {
		this.fixture.ingest(".a.csv.x7Gh2", "1\n");
		this.fixture.ingest("b.csv.part", "1\n");
		this.fixture.ingest("c.tmp", "1\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(Totals.NONE);
		assertThat(this.fixture.inbox()).hasSize(3);
	}

	@Test
	void ingestWhenFileIsBeingWrittenLeavesItUntilItIsClosed() throws IOException {
		Path file = this.fixture.drop("a.csv", "1\n");
		willReturn(true).given(this.fixture.writers).isBeingWritten(file);
		this.fixture.scan();
		assertThat(this.fixture.inbox()).containsExactly("a.csv");
		assertThat(this.fixture.intake.totals()).isEqualTo(Totals.NONE);
		willReturn(false).given(this.fixture.writers).isBeingWritten(file);
		this.fixture.retry();
		assertThat(this.fixture.done()).containsExactly("a.csv");
	}

	@Test
	void ingestFoundWhenFileIsUnsettledLeavesIt() throws IOException {
		Path unsettled = this.fixture.drop("a.csv", "1\n");
		Path settled = this.fixture.drop("b.csv", "1\n");
		willReturn(true).given(this.fixture.writers).isUnsettled(unsettled);
		this.fixture.intake.ingestFound(List.of(unsettled, settled));
		assertThat(this.fixture.inbox()).containsExactly("a.csv");
		assertThat(this.fixture.done()).containsExactly("b.csv");
		this.fixture.retry();
		assertThat(this.fixture.inbox()).isEmpty();
	}

	@Test
	void ingestWhenFileGrowsWhileItIsReadReadsItAgain() throws IOException {
		Path file = this.fixture.drop("a.csv", "1\n");
		willAnswer((invocation) -> {
			Files.writeString(file, "2\n", StandardOpenOption.APPEND);
			return invocation.callRealMethod();
		}).willCallRealMethod().given(this.fixture.records).setRowCount(anyLong(), anyInt());
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.cells()).containsExactly("[\"1\"]", "[\"2\"]");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 2, 0));
	}

	@Test
	void ingestWhenFileGrowsBeforeItMovesReplacesWhatWasRead() throws IOException {
		Path file = this.fixture.drop("a.csv", "1\n");
		willAnswer((invocation) -> {
			Files.writeString(file, "2\n", StandardOpenOption.APPEND);
			return invocation.callRealMethod();
		}).willCallRealMethod().given(this.fixture.records).makeSure();
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.inbox()).containsExactly("a.csv");
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.cells()).containsExactly("[\"1\"]", "[\"2\"]");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 2, 0));
		assertThat(this.fixture.done()).containsExactly("a.csv");
		assertThat(this.fixture.unmovedCount()).isZero();
	}

	@Test
	void ingestWhenFileIsOpenedAgainBeforeItMovesLeavesIt() throws IOException {
		Path file = this.fixture.drop("a.csv", "1\n");
		willReturn(false, true, false).given(this.fixture.writers).isBeingWritten(file);
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.inbox()).containsExactly("a.csv");
		Files.writeString(file, "2\n", StandardOpenOption.APPEND);
		this.fixture.intake.ingest(List.of(file));
		assertThat(this.fixture.cells()).containsExactly("[\"1\"]", "[\"2\"]");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 2, 0));
		assertThat(this.fixture.done()).containsExactly("a.csv");
	}

	@Test
	void ingestWhenFileMustNotBeReadFailsIt() throws IOException {
		willThrow(new UnusableFileException("it cannot be read: permission denied")).given(this.fixture.records)
			.setRowCount(anyLong(), anyInt());
		this.fixture.ingest("a.csv", "1\n");
		assertThat(this.fixture.failed()).containsExactly("a.csv", "a.csv.reason.txt");
	}

	@Test
	void ingestWhenDatabaseFailsLeavesFilesForTheRetry() throws IOException {
		willThrow(new DataIntegrityViolationException("test")).given(this.fixture.records).add(any(), any());
		willThrow(new DataIntegrityViolationException("test")).given(this.fixture.records).totals();
		this.fixture.drop("a.csv", "1\n");
		this.fixture.drop("b.csv", "1\n");
		this.fixture.scan();
		assertThat(this.fixture.inbox()).containsExactly("a.csv", "b.csv");
		assertThat(this.fixture.failed()).isEmpty();
		willCallRealMethod().given(this.fixture.records).add(any(), any());
		willCallRealMethod().given(this.fixture.records).totals();
		this.fixture.retry();
		assertThat(this.fixture.done()).containsExactly("a.csv", "b.csv");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(2, 2, 0));
	}

	@Test
	void ingestWhenDatabaseRefusesOneFileTakesTheOthers() throws IOException {
		willAnswer((invocation) -> {
			if (invocation.getArgument(0, ArrivedFile.class).name().equals("b.csv")) {
				throw new DataIntegrityViolationException("test");
			}
			return invocation.callRealMethod();
		}).given(this.fixture.records).add(any(), any());
		for (String name : List.of("a.csv", "b.csv", "c.csv")) {
			this.fixture.drop(name, "1\n");
		}
		this.fixture.scan();
		assertThat(this.fixture.inbox()).containsExactly("b.csv");
		assertThat(this.fixture.done()).containsExactly("a.csv", "c.csv");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(2, 2, 0));
	}

	@Test
	void ingestWhenFileCannotMoveOnlyMovesItLater() throws IOException {
		willThrow(new AccessDeniedException("test")).given(this.fixture.directory).move(any(), any());
		this.fixture.ingest("a.csv", "1\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 1, 0));
		this.fixture.retry();
		assertThat(this.fixture.inbox()).containsExactly("a.csv");
		willCallRealMethod().given(this.fixture.directory).move(any(), any());
		this.fixture.retry();
		assertThat(this.fixture.done()).containsExactly("a.csv");
		assertThat(this.fixture.cells()).hasSize(1);
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 1, 0));
	}

	@Test
	void leftBehindWhenNothingWasLeftIsFalse() throws IOException {
		this.fixture.ingest("a.csv", "1\n");
		assertThat(this.fixture.intake.takeLeftBehind()).isFalse();
	}

	@Test
	void restartWhenKilledBeforeCommitIngestsTheFile() throws IOException {
		willThrow(new Killed()).given(this.fixture.records).setRowCount(anyLong(), anyInt());
		killedWhileIngesting("a.csv", "1\n2\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(Totals.NONE);
		this.fixture.scan();
		assertOneFileOfTwoRows();
	}

	@Test
	void restartWhenKilledBetweenCommitAndMoveOnlyMovesTheFile() throws IOException {
		willThrow(new Killed()).given(this.fixture.directory).move(any(), any());
		killedWhileIngesting("a.csv", "1\n2\n");
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 2, 0));
		this.fixture.scan();
		assertOneFileOfTwoRows();
	}

	@Test
	void restartWhenKilledBetweenMoveAndTickOffTicksItOff() throws IOException {
		willThrow(new Killed()).given(this.fixture.records).setMoved(any());
		killedWhileIngesting("a.csv", "1\n2\n");
		this.fixture.scan();
		assertOneFileOfTwoRows();
	}

	@Test
	void restartWhenKilledBeforeTickOffAndFileIsPutBackIngestsItAgain() throws IOException {
		willThrow(new Killed()).given(this.fixture.records).setMoved(any());
		killedWhileIngesting("a.csv", "1\n2\n");
		Files.move(this.fixture.directory.done().resolve("a.csv"), this.fixture.inbox("a.csv"));
		this.fixture.scan();
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(2, 4, 0));
	}

	@Test
	void restartWhenKilledBeforeMoveAndAnotherFileHasTheNameIngestsIt() throws IOException {
		willThrow(new Killed()).given(this.fixture.directory).move(any(), any());
		Path other = Files.writeString(this.root.resolve("other.csv"), "3\n");
		killed("a.csv", "1\n2\n");
		Files.move(other, this.root.resolve("inbox/a.csv"), StandardCopyOption.REPLACE_EXISTING);
		restart();
		this.fixture.scan();
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(2, 3, 0));
		assertThat(this.fixture.unmovedCount()).isZero();
	}

	@Test
	void restartWhenKilledAfterFailureWasRecordedMovesFileWithReason() throws IOException {
		willThrow(new Killed()).given(this.fixture.directory).moveToFailed(any(), any());
		killedWhileIngesting("a.csv", "1\n2,3\n");
		this.fixture.scan();
		assertOneFailedFile();
	}

	@Test
	void restartWhenKilledBetweenReasonAndMoveUsesTheReason() throws IOException {
		willThrow(new Killed()).given(this.fixture.directory).move(any(), any());
		killedWhileIngesting("a.csv", "1\n2,3\n");
		assertThat(this.fixture.failed()).containsExactly("a.csv.reason.txt");
		this.fixture.scan();
		assertOneFailedFile();
	}

	@Test
	void restartWhenKilledBetweenMoveToFailedAndTickOffTicksItOff() throws IOException {
		willThrow(new Killed()).given(this.fixture.records).setMoved(any());
		killedWhileIngesting("a.csv", "1\n2,3\n");
		this.fixture.scan();
		assertOneFailedFile();
	}

	private void assertOneFileOfTwoRows() throws IOException {
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(1, 2, 0));
		assertThat(this.fixture.records.totals()).isEqualTo(new Totals(1, 2, 0));
		assertThat(this.fixture.cells()).containsExactly("[\"1\"]", "[\"2\"]");
		assertThat(this.fixture.inbox()).isEmpty();
		assertThat(this.fixture.done()).containsExactly("a.csv");
		assertThat(this.fixture.unmovedCount()).isZero();
	}

	private void assertOneFailedFile() throws IOException {
		assertThat(this.fixture.intake.totals()).isEqualTo(new Totals(0, 0, 1));
		assertThat(this.fixture.records.totals()).isEqualTo(new Totals(0, 0, 1));
		assertThat(this.fixture.inbox()).isEmpty();
		assertThat(this.fixture.failed()).containsExactly("a.csv", "a.csv.reason.txt");
		assertThat(this.fixture.directory.failed().resolve("a.csv.reason.txt")).content().contains("row 2");
		assertThat(this.fixture.unmovedCount()).isZero();
	}

	private void killedWhileIngesting(String name, String content) throws IOException {
		killed(name, content);
		restart();
	}

	private void killed(String name, String content) {
		assertThatExceptionOfType(Killed.class).isThrownBy(() -> this.fixture.ingest(name, content));
	}

	private void restart() throws IOException {
		this.fixture.close();
		this.fixture = new IntakeFixture(this.root);
	}

	/**
	 * Stands for the end of the process at this place.
	 */
	private static final class Killed extends Error {

	}

}
