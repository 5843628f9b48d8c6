package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the application as it ends, politely or not, and starts again.
 *
 * @author linuxfd
 */
@Timeout(240)
class FileIntakeRestartIT {

	@TempDir
	private Path root;

	@Test
	void restartAfterTerminationIngestsWhatArrivedMeanwhile() throws Exception {
		Path inbox;
		try (FileIntakeProcess intake = start()) {
			inbox = intake.inbox();
			LiveLines browser = new LiveLines(intake);
			Files.writeString(inbox.resolve("a.csv"), "1\n");
			Awaitility.await().until(() -> browser.all().contains("INGESTED a.csv 1 row"));
			long start = System.nanoTime();
			assertThat(intake.terminate()).isEqualTo(143);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
			assertThat(ProcessHandle.of(intake.pid())).isEmpty();
			assertThat(browser.end()).succeedsWithin(Duration.ofSeconds(20));
			assertThat(intake.log()).doesNotContain("ERROR");
		}
		Files.writeString(inbox.resolve("b.csv"), "1\n2\n");
		Files.writeString(inbox.resolve("c.csv"), "1,\"\n");
		try (FileIntakeProcess intake = start()) {
			intake.awaitTotals(new Totals(2, 3, 1));
			assertThat(IntakeFixture.names(intake.done())).containsExactly("a.csv", "b.csv");
			assertThat(IntakeFixture.names(intake.failed())).containsExactly("c.csv", "c.csv.reason.txt");
		}
	}

	@Test
	void terminationWithADelayRefusesTrafficAndServesWhatStillComes() throws Exception {
		try (FileIntakeProcess intake = FileIntakeProcess.start(this.root.resolve("intake"),
				"--linuxfd.signal.shutdown.pre-stop-delay=1h", "--management.endpoint.health.probes.enabled=true")) {
			assertThat(intake.status("/actuator/health/readiness")).isEqualTo(200);
			assertThat(intake.get("/actuator/info")).contains("\"TERM\":\"REQUEUE\"");
			intake.signal("TERM");
			Awaitility.await().until(() -> intake.status("/actuator/health/readiness") == 503);
			Files.writeString(intake.inbox().resolve("a.csv"), "1\n");
			intake.awaitTotals(new Totals(1, 1, 0));
			Awaitility.await().until(() -> {
				intake.askToEnd(); // until it is late enough to be another request
				return intake.log().contains("Shutdown hurried by pid");
			});
			assertThat(intake.terminate()).isEqualTo(143);
			assertThat(intake.log()).containsPattern("Shutdown requested by pid \\d+ \\(.*\\) uid \\d+ signal=TERM")
				.contains("Commencing graceful shutdown");
		}
	}

	@Test
	void restartWhenKilledAmongTenThousandFilesLosesNoneAndTakesNoneTwice() throws Exception {
		Path source = FileIntakeIT.tenThousandFiles(this.root.resolve("source"));
		Process copy;
		try (FileIntakeProcess intake = start()) {
			// the others when it has been killed, however quick it was
			copy = new ProcessBuilder("sh", "-c", "cp '" + source + "'/bulk[0-7]* '" + intake.inbox() + "'").start();
			Awaitility.await()
				.pollInterval(Duration.ofMillis(50))
				.atMost(Duration.ofMinutes(2))
				.until(() -> intake.totals().files() > 4000);
			intake.kill();
			int done = IntakeFixture.names(intake.done()).size();
			assertThat(done).as("files in done/ when it was killed").isBetween(4000, 9999);
		}
		assertThat(copy.waitFor()).isZero();
		FileIntakeIT.shell("cp '" + source + "'/bulk[89]* '" + this.root.resolve("intake/inbox") + "'");
		try (FileIntakeProcess intake = start()) {
			intake.awaitTotals(new Totals(10_000, 30_000, 0));
			assertThat(intake.inbox()).isEmptyDirectory();
			assertThat(IntakeFixture.names(intake.done())).hasSize(10_000);
			assertThat(intake.terminate()).isEqualTo(143);
		}
		JdbcClient database = JdbcClient
			.create(new DriverManagerDataSource("jdbc:h2:file:" + this.root.resolve("intake/database/intake")));
		assertThat(count(database, "select count(distinct name) from intake_file")).isEqualTo(10_000);
		assertThat(count(database, "select count(distinct cells) from intake_row")).isEqualTo(30_000);
		assertThat(count(database, "select count(*) from intake_row")).isEqualTo(30_000);
		assertThat(count(database, "select count(*) from intake_file where moved = false")).isZero();
	}

	private static int count(JdbcClient database, String query) {
		return database.sql(query).query(Integer.class).single();
	}

	private FileIntakeProcess start() throws IOException {
		return FileIntakeProcess.start(this.root.resolve("intake"));
	}

}
