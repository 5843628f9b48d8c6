package io.github.linuxfd.aio;

/**
 * How an operation has ended, as its handler was told.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum AioOutcome {

	/** With a result. */
	SUCCESS,

	/** With an error of the system call. */
	ERROR,

	/** Because it, its handle or the engine was to end. */
	CANCELLED,

	/** Because its time was over. */
	TIMEOUT

}
