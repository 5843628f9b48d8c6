package io.github.linuxfd.testsupport;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A child JVM with the class path of the tests, for what would harm this one.
 *
 * @author linuxfd
 */
public final class ForkedJvm implements AutoCloseable {

	private static final Duration TIMEOUT = Duration.ofMinutes(3);

	private static final String CLASS_PATH = System.getProperty("java.class.path");

	private final Process process;

	private final List<String> lines = new CopyOnWriteArrayList<>();

	private final Thread reader;

	private ForkedJvm(Process process) {
		this.process = process;
		this.reader = new Thread(this::read, "output of " + process.pid());
		this.reader.setDaemon(true);
		this.reader.start();
	}

	/**
	 * Start a JVM.
	 * @param mainClass has a main method; reads nothing
	 * @param arguments its arguments
	 * @return the JVM, to be ended by the caller
	 */
	public static ForkedJvm start(Class<?> mainClass, String... arguments) {
		return startBy(List.of(), mainClass, arguments);
	}

	/**
	 * Start a JVM with a library that other tests must not have.
	 * @param jar the library
	 * @param mainClass has a main method; reads nothing
	 * @return the JVM, to be ended by the caller
	 */
	public static ForkedJvm startWith(Path jar, Class<?> mainClass) {
		return start(List.of(), CLASS_PATH + File.pathSeparator + jar, mainClass);
	}

	/**
	 * Start a JVM through another program.
	 * @param wrapper the program and its arguments, to which the JVM's command line is
	 * appended, for instance {@code env LC_ALL=C}
	 * @param mainClass has a main method; reads nothing
	 * @param arguments its arguments
	 * @return the JVM, to be ended by the caller
	 */
	public static ForkedJvm startBy(List<String> wrapper, Class<?> mainClass, String... arguments) {
		return start(wrapper, CLASS_PATH, mainClass, arguments);
	}

	private static ForkedJvm start(List<String> wrapper, String classPath, Class<?> mainClass, String... arguments) {
		// nohup(1) and background jobs of a shell ignore some, and children inherit that
		List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,QUIT,TERM"));
		command.addAll(wrapper);
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-ea");
		command.add("-XX:TieredStopAtLevel=1");
		command.add("-Xmx128m");
		if (Runtime.version().feature() >= 22) {
			command.add("--enable-native-access=ALL-UNNAMED");
		}
		command.add("-cp");
		command.add(classPath);
		command.add(mainClass.getName());
		command.addAll(List.of(arguments));
		try {
			return new ForkedJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read() {
		try (BufferedReader reader = this.process.inputReader()) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				this.lines.add(line);
			}
		}
		catch (IOException ex) {
			this.lines.add("the output ended: " + ex);
		}
	}

	/**
	 * Return the process id. A wrapper must have replaced itself by the JVM.
	 * @return the process id
	 */
	public long pid() {
		return this.process.pid();
	}

	/**
	 * Return what the JVM has printed.
	 * @return the lines of both outputs
	 */
	public List<String> lines() {
		return this.lines;
	}

	/**
	 * Wait for a line.
	 * @param wanted the whole line
	 * @return the line
	 */
	public String awaitLine(String wanted) {
		return awaitLine(wanted::equals);
	}

	/**
	 * Wait for a line.
	 * @param wanted whether it is the line
	 * @return the first such line
	 */
	public String awaitLine(Predicate<String> wanted) {
		try {
			Awaitility.await()
				.atMost(TIMEOUT)
				.pollInterval(Duration.ofMillis(5))
				.until(() -> !this.process.isAlive() || this.lines.stream().anyMatch(wanted));
			if (!this.process.isAlive()) {
				this.reader.join(TIMEOUT.toMillis());
			}
		}
		catch (ConditionTimeoutException ex) {
			throw new AssertionError("The line did not come; the child printed " + this.lines, ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return this.lines.stream()
			.filter(wanted)
			.findFirst()
			.orElseThrow(() -> new AssertionError("The child ended without the line and printed " + this.lines));
	}

	/**
	 * Wait for the end.
	 * @return the exit status; 128 and the signal's number if a signal was the end
	 */
	public int awaitExit() {
		try {
			if (!this.process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
				throw new AssertionError("The child does not end and printed " + this.lines);
			}
			this.reader.join(TIMEOUT.toMillis());
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError(ex);
		}
	}

	/**
	 * Whether the JVM runs.
	 * @return {@code true} as long as it does
	 */
	public boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * End this one process.
	 */
	@Override
	public void close() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor();
			this.reader.join(TIMEOUT.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
