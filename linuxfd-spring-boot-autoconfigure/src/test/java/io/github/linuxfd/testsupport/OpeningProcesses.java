package io.github.linuxfd.testsupport;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Processes that open a file and wait until somebody has let them. A test that leaves one
 * waiting fails.
 *
 * @author linuxfd
 */
public final class OpeningProcesses implements AfterEachCallback {

	/** What a process gets that was denied. */
	public static final String REFUSED = "refused: Operation not permitted";

	private final ExecutorService executor = Executors.newCachedThreadPool();

	/**
	 * Open and read a file, as cat(1) does.
	 * @param file the file
	 * @return its text, or {@code refused: } and the error
	 */
	public Future<String> cat(Path file) {
		return run(List.of("cat", file.toString()));
	}

	/**
	 * Run any program.
	 * @param command the program and its arguments
	 * @return its output, or {@code refused: } and the error
	 */
	public Future<String> run(List<String> command) {
		return this.executor.submit(() -> {
			Shell.Result result = Shell.run(command);
			String output = result.output();
			return (result.status() == 0) ? output
					: "refused: " + output.substring(output.lastIndexOf(": ") + 2).strip();
		});
	}

	@Override
	public void afterEach(ExtensionContext context) throws InterruptedException {
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(20, TimeUnit.SECONDS)).as("all were let").isTrue();
	}

}
