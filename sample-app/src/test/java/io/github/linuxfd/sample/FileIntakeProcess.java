package io.github.linuxfd.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged application, run by {@code java -jar} as a person would, on a port that is
 * free.
 *
 * @author linuxfd
 */
final class FileIntakeProcess implements AutoCloseable {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final Pattern STARTED = Pattern.compile("Started FileIntakeApplication");

	static {
		// a busy machine is no failure
		Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
	}

	private final HttpClient client = HttpClient.newHttpClient();

	private final Path directory;

	private final Path log;

	private final Process process;

	private final int port;

	private FileIntakeProcess(Path directory, Path log, Process process) {
		this.directory = directory;
		this.log = log;
		this.process = process;
		try {
			Awaitility.await()
				.atMost(Duration.ofMinutes(2))
				.until(() -> !process.isAlive() || STARTED.matcher(log()).find());
			Matcher matcher = PORT.matcher(log());
			assertThat(matcher.find()).as("It started; its log:%n%s", log()).isTrue();
			this.port = Integer.parseInt(matcher.group(1));
		}
		catch (RuntimeException | Error ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	/**
	 * Start the application.
	 * @param directory the directory of its inbox
	 * @param arguments more arguments
	 * @return the process, ready
	 * @throws IOException if there is none
	 */
	static FileIntakeProcess start(Path directory, String... arguments) throws IOException {
		return start(directory, 0, arguments);
	}

	static FileIntakeProcess start(Path directory, int port, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		// the quick compiler alone starts sooner
		command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", System.getProperty("sample.jar"),
				"--server.port=" + port, "--intake.directory=" + directory));
		command.addAll(List.of(arguments));
		Path log = Files.createTempFile(directory.getParent(), "intake", ".log");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		return new FileIntakeProcess(directory, log, process);
	}

	Path inbox() {
		return this.directory.resolve("inbox");
	}

	Path done() {
		return this.directory.resolve("done");
	}

	Path failed() {
		return this.directory.resolve("failed");
	}

	int port() {
		return this.port;
	}

	long pid() {
		return this.process.pid();
	}

	String log() {
		try {
			return Files.readString(this.log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	Totals totals() {
		return JsonMapper.shared().readValue(get("/api/totals"), Totals.class);
	}

	void awaitTotals(Totals totals) {
		Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> assertThat(totals()).isEqualTo(totals));
	}

	/**
	 * Read a meter.
	 * @param name the meter, with a query for tags if need be
	 * @return its count
	 */
	double meter(String name) {
		JsonNode answer = JsonMapper.shared().readTree(get("/actuator/metrics/" + name));
		for (JsonNode measurement : answer.path("measurements")) {
			if (measurement.path("statistic").asString().equals("COUNT")) {
				return measurement.path("value").asDouble();
			}
		}
		throw new AssertionError("No count in " + answer);
	}

	String get(String path) {
		HttpResponse<String> response = send(path);
		assertThat(response.statusCode()).as("GET %s: %s", path, response.body()).isEqualTo(200);
		return response.body();
	}

	int status(String path) {
		return send(path).statusCode();
	}

	private HttpResponse<String> send(String path) {
		try {
			return this.client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	URI uri(String path) {
		return URI.create("http://localhost:" + this.port + path);
	}

	void signal(String name) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor()).isZero();
	}

	/**
	 * End the process by {@code SIGKILL}.
	 */
	void kill() {
		this.process.destroyForcibly();
		awaitExit();
	}

	/**
	 * Send {@code SIGTERM}, if the process has not ended.
	 */
	void askToEnd() {
		this.process.destroy();
	}

	/**
	 * End the process by {@code SIGTERM}.
	 * @return the exit status
	 */
	int terminate() {
		askToEnd();
		return awaitExit();
	}

	private int awaitExit() {
		try {
			assertThat(this.process.waitFor(30, TimeUnit.SECONDS)).as("It ends; its log:%n%s", log()).isTrue();
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
