package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs programs that do what Java cannot.
 *
 * @author linuxfd
 */
public final class Shell {

	private Shell() {
	}

	/**
	 * Run a script of bash and wait for its end.
	 * @param script the script
	 * @param arguments its arguments, from {@code $1}
	 * @return the process
	 */
	public static Result bash(String script, String... arguments) {
		List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
		command.addAll(List.of(arguments));
		return run(command);
	}

	/**
	 * Run a program and wait for its end.
	 * @param command the program and its arguments
	 * @return what came of it
	 */
	public static Result run(List<String> command) {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			return new Result(process.pid(), process.waitFor(), output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Send a signal by {@code kill(1)}, whose process is thus the sender.
	 * @param signal its name or number
	 * @param pid the process
	 * @return the sender's process id
	 */
	public static long kill(String signal, long pid) {
		Result kill = run(List.of("/bin/kill", "-s", signal, Long.toString(pid)));
		kill.orFail();
		return kill.pid();
	}

	/**
	 * What a program did.
	 *
	 * @param pid its process id
	 * @param status its exit status
	 * @param output what it printed
	 */
	public record Result(long pid, int status, String output) {

		/**
		 * Return the output of a program that must not fail.
		 * @return the output
		 */
		public String orFail() {
			if (this.status != 0) {
				throw new AssertionError("exit status " + this.status + ": " + this.output);
			}
			return this.output;
		}

	}

}
