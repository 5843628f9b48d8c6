package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the live page in a browser. With {@code -Dsample.screenshot=file.png} one
 * leaves a picture of it.
 *
 * @author linuxfd
 */
@Timeout(240)
class LivePageIT {

	private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

	private static final Path CHROMEDRIVER = Path.of("/usr/bin/chromedriver");

	@TempDir
	private static Path root;

	private static FileIntakeProcess intake;

	private static ChromeDriver browser;

	private static WebDriverWait browserWait;

	@BeforeAll
	static void open() throws IOException {
		Assumptions.assumeTrue(Files.isExecutable(CHROMIUM) && Files.isExecutable(CHROMEDRIVER),
				"THE LIVE PAGE IS NOT TESTED: there is no Chromium here. Install the Debian packages"
						+ " 'chromium' and 'chromium-driver'.");
		intake = FileIntakeProcess.start(root.resolve("intake"), "--intake.report-every=1s");
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM.toFile());
		options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-US",
				"--window-size=1100,850", "--user-data-dir=" + root.resolve("browser"));
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(CHROMEDRIVER.toFile())
			.build();
		browser = new ChromeDriver(service, options);
		browserWait = new WebDriverWait(browser, Duration.ofSeconds(60));
		browser.get(intake.uri("/").toString());
		awaitText("connection", "live");
	}

	@AfterAll
	static void close() {
		try {
			if (browser != null) {
				browser.quit();
			}
		}
		finally {
			if (intake != null) {
				intake.close();
			}
		}
	}

	@Test
	void pageShowsLiveWhatHappens() throws Exception {
		Totals before = intake.totals();
		Files.writeString(intake.inbox().resolve("three.csv"), "1\n2\n3\n");
		awaitLine("ingested", "three.csv3 rows");
		awaitLine("arrived", "three.csvCLOSE_WRITE");
		awaitNumber("files", before.files() + 1);
		awaitNumber("rows", before.rows() + 3);
		awaitLine("tick", "files ");

		Files.writeString(intake.inbox().resolve("<img src=x onerror=alert(1)>.csv"), "1,\"\n");
		awaitLine("failed", "<img src=x onerror=alert(1)>.csvbroken quotes");
		awaitNumber("failed", before.failed() + 1);
		assertThat(browser.findElements(By.tagName("img"))).isEmpty();

		intake.signal("HUP");
		awaitLine("signal", "SIGHUP from pid ");
		String screenshot = System.getProperty("sample.screenshot");
		if (screenshot != null) {
			Files.write(Path.of(screenshot), browser.getScreenshotAs(OutputType.BYTES));
		}
	}

	@Test
	void pageWhenManyFilesComeShowsTheLatest() throws IOException {
		Totals before = intake.totals();
		for (int i = 0; i < 1000; i++) {
			Files.writeString(intake.inbox().resolve("f" + i + ".csv"), "1\n");
		}
		awaitNumber("files", before.files() + 1000);
		assertThat(lines()).hasSizeBetween(90, 100);
	}

	@Test
	void pageWhenServiceRestartsConnectsAgain() throws IOException {
		int port = intake.port();
		assertThat(intake.terminate()).isEqualTo(143);
		browserWait.until(ExpectedConditions.textToBePresentInElementLocated(By.id("connection"), "connection lost"));
		intake.close();
		intake = FileIntakeProcess.start(root.resolve("intake"), port, "--intake.report-every=1s");
		awaitText("connection", "live");
		Files.writeString(intake.inbox().resolve("again.csv"), "1\n");
		awaitLine("ingested", "again.csv1 row");
	}

	private static void awaitNumber(String id, long number) {
		awaitText(id, String.format(Locale.US, "%,d", number));
	}

	private static void awaitText(String id, String text) {
		browserWait.until(ExpectedConditions.textToBe(By.id(id), text));
	}

	private static void awaitLine(String kind, String text) {
		browserWait.until((driver) -> lines().stream().anyMatch((line) -> line.startsWith(kind + " " + text)));
	}

	@SuppressWarnings("unchecked")
	private static List<String> lines() {
		Object lines = browser.executeScript("return Array.from(document.querySelectorAll('#events tr'),"
				+ " row => row.cells[1].textContent + ' ' + row.cells[2].textContent)");
		return (lines != null) ? (List<String>) lines : List.of();
	}

}
