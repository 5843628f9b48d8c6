package io.github.linuxfd.aio;

import io.github.linuxfd.errno.Errno;

/**
 * How an operation has ended.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum AioOutcome {

	/** With a result. */
	SUCCESS,

	/** With an error of the system call. */
	ERROR,

	/** Because it was cancelled, its handle closed or its time over. */
	CANCELLED;

	static AioOutcome of(long result) {
		if (result >= 0) {
			return SUCCESS;
		}
		return Errno.ECANCELED.is(result) ? CANCELLED : ERROR;
	}

}
