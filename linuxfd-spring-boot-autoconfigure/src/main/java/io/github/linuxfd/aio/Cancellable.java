package io.github.linuxfd.aio;

/**
 * Something under way that can be asked to end soon.
 *
 * @author linuxfd
 */
interface Cancellable {

	/** Any thread may call, at any time. */
	void cancel();

}
