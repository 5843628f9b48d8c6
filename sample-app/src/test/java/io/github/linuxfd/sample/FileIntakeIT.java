package io.github.linuxfd.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the running application with the programs that people use.
 *
 * @author linuxfd
 */
@Timeout(240)
class FileIntakeIT {

	private static final String CLOSE_WRITE = "linuxfd.events?tag=listener:inbox";

	@TempDir
	private static Path root;

	private static FileIntakeProcess intake;

	private static LiveLines lines;

	private Totals before;

	@BeforeAll
	static void start() throws IOException {
		intake = FileIntakeProcess.start(root.resolve("intake"), "--intake.report-every=1s");
		lines = new LiveLines(intake);
	}

	@AfterAll
	static void stop() {
		if (intake != null) {
			intake.close();
		}
	}

	@BeforeEach
	void remember() {
		this.before = intake.totals();
	}

	@Test
	void cpWhenFileHasThreeRowsIsIngestedOnce() throws Exception {
		Path file = Files.writeString(root.resolve("three.csv"), "1,a\n2,b\n3,c\n");
		double events = intake.meter(CLOSE_WRITE);
		shell("cp '" + file + "' '" + intake.inbox() + "'");
		intake.awaitTotals(before(1, 3, 0));
		assertThat(intake.done().resolve("three.csv")).hasSameTextualContentAs(file);
		assertThat(intake.inbox()).isEmptyDirectory();
		Awaitility.await().until(() -> lines.all().contains("INGESTED three.csv 3 rows"));
		assertThat(lines.all().stream().filter((line) -> line.startsWith("ARRIVED three.csv")))
			.containsExactly("ARRIVED three.csv CLOSE_WRITE");
		assertThat(intake.meter(CLOSE_WRITE) - events).isEqualTo(1);
	}

	@Test
	void catWhenItTakesTwoSecondsIsIngestedOnceItHasClosedTheFile() throws Exception {
		Process writer = new ProcessBuilder("sh", "-c",
				"for i in 1 2 3 4; do echo $i,x; sleep 0.5; done | cat >> '" + intake.inbox().resolve("slow.csv") + "'")
			.start();
		Awaitility.await().until(() -> Files.exists(intake.inbox().resolve("slow.csv")));
		do {
			// nobody may take it before, whoever asks
			intake.signal("HUP");
			assertThat(intake.totals()).isIn(this.before, before(1, 4, 0));
		}
		while (!writer.waitFor(300, TimeUnit.MILLISECONDS));
		intake.awaitTotals(before(1, 4, 0));
		Awaitility.await().until(() -> lines.all().contains("INGESTED slow.csv 4 rows"));
		assertThat(lines.all().stream().filter((line) -> line.startsWith("INGESTED slow.csv"))).hasSize(1);
	}

	@Test
	void mvWhenFileIsCompleteIsIngested() throws Exception {
		Path file = Files.writeString(root.resolve("moved.csv"), "1\n");
		shell("mv '" + file + "' '" + intake.inbox() + "'");
		intake.awaitTotals(before(1, 1, 0));
		assertThat(intake.done().resolve("moved.csv")).hasContent("1\n");
		Awaitility.await().until(() -> lines.all().contains("ARRIVED moved.csv MOVED_TO"));
	}

	@Test
	void fileWhenNotValidCsvGoesToFailedWithAReason() throws Exception {
		Files.writeString(intake.inbox().resolve("bad.csv"), "1,2\n3,\"4\n");
		intake.awaitTotals(before(0, 0, 1));
		assertThat(intake.failed().resolve("bad.csv")).exists();
		assertThat(intake.failed().resolve("bad.csv.reason.txt")).content().contains("broken quotes");
		Files.writeString(intake.inbox().resolve("good.csv"), "1,2\n");
		intake.awaitTotals(before(1, 1, 1));
	}

	@Test
	void hupRescansTheInboxAndTellsWhoAsked() throws Exception {
		// a new link to a file is neither written nor moved: nobody tells the listener
		Path file = Files.writeString(root.resolve("linked.csv"), "1\n2\n");
		Files.createLink(intake.inbox().resolve("linked.csv"), file);
		assertThat(intake.totals()).isEqualTo(this.before);
		Process shell = new ProcessBuilder("sh", "-c", "echo $$; kill -HUP " + intake.pid()).start();
		String pid = shell.inputReader().readLine();
		intake.awaitTotals(before(1, 2, 0));
		Awaitility.await()
			.until(() -> lines.all()
				.stream()
				.anyMatch((line) -> line.startsWith("SIGNAL") && line.contains("SIGHUP from pid " + pid + ", uid")));
	}

	@Test
	void copyOfTenThousandFilesLosesNoneAndTakesNoneTwice() throws Exception {
		Path source = tenThousandFiles(root.resolve("source"));
		shell("cp '" + source + "'/* '" + intake.inbox() + "'");
		intake.awaitTotals(before(10_000, 30_000, 0));
		assertThat(IntakeFixture.names(intake.done()).stream().filter((name) -> name.startsWith("bulk")))
			.hasSize(10_000);
		assertThat(intake.inbox()).isEmptyDirectory();
	}

	@Test
	void timerReportsThroughput() throws IOException {
		Files.writeString(intake.inbox().resolve("tick.csv"), "1\n");
		Awaitility.await()
			.until(() -> lines.all().stream().anyMatch((line) -> line.startsWith("TICK") && line.contains("files ")));
	}

	@Test
	void metersAreShown() {
		assertThat(intake.get("/actuator/metrics")).contains("\"linuxfd.events\"", "\"intake.files\"",
				"\"intake.rows\"");
		assertThat(intake.get("/actuator/prometheus")).contains("linuxfd_events_total", "intake_files_total");
		assertThat(intake.get("/actuator/health")).contains("UP");
	}

	private Totals before(int files, int rows, int failed) {
		return new Totals(this.before.files() + files, this.before.rows() + rows, this.before.failed() + failed);
	}

	static Path tenThousandFiles(Path directory) {
		try {
			Files.createDirectories(directory);
			for (int i = 0; i < 10_000; i++) {
				Files.writeString(directory.resolve("bulk" + i + ".csv"), i + ",a\n" + i + ",b\n" + i + ",c\n");
			}
			return directory;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static void shell(String command) throws Exception {
		assertThat(new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor()).isZero();
	}

}
