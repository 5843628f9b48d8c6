package io.github.linuxfd.testsupport;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A write lease of another process, which does not give it up: whoever opens the file
 * waits for {@code fs.lease-break-time} seconds. Any user may have one on his own files.
 *
 * @author linuxfd
 */
public final class Lease implements AutoCloseable {

	/**
	 * {@code fcntl(file, F_SETLEASE, F_WRLCK)}, as soon as nobody else has the file open.
	 */
	private static final String HOLD = "$SIG{IO} = 'IGNORE'; open(F, '+<', $ARGV[0]) or die $!; "
			+ "until (fcntl(F, 1024, 1)) { die $! if $n++ > 1000; select(undef, undef, undef, 0.01); } "
			+ "$| = 1; print qq(held\\n); sleep 60;";

	private final Process holder;

	private Lease(Process holder) {
		this.holder = holder;
	}

	/**
	 * Take a lease, with {@code perl}.
	 * @param file the file, which others have open for a moment only
	 * @return the lease
	 * @throws IOException if it cannot be had
	 */
	public static Lease on(Path file) throws IOException {
		Process holder = new ProcessBuilder("perl", "-e", HOLD, file.toString()).redirectErrorStream(true).start();
		BufferedReader output = holder.inputReader();
		String line = output.readLine();
		if (!"held".equals(line)) {
			holder.destroyForcibly();
			throw new IOException("No lease on " + file + ": " + line);
		}
		return new Lease(holder);
	}

	@Override
	public void close() throws InterruptedException {
		this.holder.destroyForcibly().waitFor();
	}

}
