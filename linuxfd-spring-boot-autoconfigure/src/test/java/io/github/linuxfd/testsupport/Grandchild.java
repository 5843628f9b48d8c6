package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.awaitility.Awaitility;

/**
 * A running process that is another process's child, and no one of this JVM.
 *
 * @author linuxfd
 */
public final class Grandchild implements AutoCloseable {

	private final Process parent;

	private final ProcessHandle handle;

	private Grandchild(String script) {
		try {
			this.parent = new ProcessBuilder("sh", "-c", script).start();
			this.handle = ProcessHandle.of(Long.parseLong(this.parent.inputReader().readLine())).orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Start a process whose parent does nothing but wait for it.
	 * @return the process
	 */
	public static Grandchild start() {
		return new Grandchild("sleep 1000 > /dev/null & echo $!; wait");
	}

	/**
	 * Start a process whose parent has ended, so that somebody else has adopted it.
	 * @return the process
	 * @throws InterruptedException if the thread is interrupted
	 */
	public static Grandchild orphan() throws InterruptedException {
		Grandchild orphan = new Grandchild("sleep 1000 > /dev/null & echo $!");
		orphan.parent.waitFor();
		return orphan;
	}

	/**
	 * Return the process id.
	 * @return the process id
	 */
	public long pid() {
		return this.handle.pid();
	}

	/**
	 * Keep the parent from waiting for it when it ends.
	 */
	public void stopParent() {
		signalParent("STOP");
		Awaitility.await().until(() -> Files.readString(stat(this.parent.pid())).contains(") T "));
	}

	/**
	 * Let the parent wait for it.
	 */
	public void continueParent() {
		signalParent("CONT");
	}

	private void signalParent(String signal) {
		Shell.kill(signal, this.parent.pid());
	}

	/**
	 * Send {@code SIGKILL}.
	 */
	public void kill() {
		this.handle.destroyForcibly();
	}

	/**
	 * Wait until its parent has waited for it, and it is gone.
	 */
	public void awaitGone() {
		Awaitility.await().until(() -> Files.notExists(stat(pid())));
	}

	private static Path stat(long pid) {
		return Path.of("/proc", Long.toString(pid), "stat");
	}

	@Override
	public void close() {
		kill();
		this.parent.destroyForcibly();
		try {
			this.parent.waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
