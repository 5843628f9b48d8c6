package io.github.linuxfd.sample;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a browser on the live page is told.
 *
 * @author linuxfd
 */
final class LiveLines {

	private final List<String> lines = new CopyOnWriteArrayList<>();

	private final CompletableFuture<Void> end;

	LiveLines(FileIntakeProcess intake) {
		this.end = HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(intake.uri("/api/events")).build(), HttpResponse.BodyHandlers.ofLines())
			.thenAcceptAsync((response) -> response.body().forEach(this::read), (task) -> new Thread(task).start());
	}

	private void read(String line) {
		if (line.startsWith("data:")) {
			for (JsonNode event : JsonMapper.shared().readTree(line.substring(5)).path("events")) {
				this.lines.add(event.path("kind").asString() + " " + event.path("name").asString("") + " "
						+ event.path("text").asString());
			}
		}
	}

	/**
	 * Return what came so far.
	 * @return the kind, the file's name if it is about a file, and the text of each event
	 */
	List<String> all() {
		return this.lines;
	}

	/**
	 * Return how the stream ended.
	 * @return completed when the service closed it
	 */
	CompletableFuture<Void> end() {
		return this.end;
	}

}
