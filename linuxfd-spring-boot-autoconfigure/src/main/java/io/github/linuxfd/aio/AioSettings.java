package io.github.linuxfd.aio;

import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * How an {@link Aio} works.
 *
 * @param engine by what the kernel is asked
 * @param rings how many rings of io_uring there are, each with a thread
 * @param submissions how many operations one call gives to the kernel at most
 * @param completions how many completions a ring has room for; the kernel keeps what is
 * more
 * @param threads without io_uring, how many threads do what cannot be had asynchronously,
 * and how many call handlers, at most
 * @param executor calls the handlers, or {@code null} to have them called by the ring's
 * thread that has got the completion, and without io_uring by the threads for them
 * @author linuxfd
 * @since 0.1.0
 */
public record AioSettings(AioEngine engine, int rings, int submissions, int completions, int threads,
		@Nullable Executor executor) {

	/** What suits most: one ring of 256 and 4096 entries, and handlers on its thread. */
	public static final AioSettings DEFAULT = new AioSettings(AioEngine.AUTO, 1, 256, 4096, 8, null);

	/**
	 * Check the numbers.
	 */
	public AioSettings {
		check("rings", rings, 64);
		check("submissions", submissions, 1 << 15);
		check("completions", completions, 1 << 16);
		check("threads", threads, 1 << 10);
		if (completions < submissions) {
			throw new IllegalArgumentException(
					"completions is " + completions + ", and has to be at least submissions, which is " + submissions);
		}
	}

	private static void check(String name, int value, int most) {
		if (value < 1 || value > most) {
			throw new IllegalArgumentException(name + " is " + value + ", and has to be from 1 to " + most);
		}
	}

	/**
	 * Return the same with another engine.
	 * @param other by what the kernel is asked
	 * @return the settings
	 */
	public AioSettings withEngine(AioEngine other) {
		return new AioSettings(other, this.rings, this.submissions, this.completions, this.threads, this.executor);
	}

}
