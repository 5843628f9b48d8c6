package io.github.linuxfd.aio;

import org.jspecify.annotations.Nullable;

/**
 * Something to be done on an engine's thread; a link of its queue, so that queueing
 * allocates nothing.
 *
 * @author linuxfd
 */
abstract class Command implements Runnable {

	@Nullable Command next;

	/** On the engine's thread. */
	@Override
	public abstract void run();

	/** How many entries of a submission queue this takes at most. */
	int entries() {
		return 1;
	}

}
