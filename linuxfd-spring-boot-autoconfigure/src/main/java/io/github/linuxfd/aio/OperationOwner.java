package io.github.linuxfd.aio;

import org.jspecify.annotations.Nullable;

/**
 * Who has started an operation, and is told of its end before the user.
 *
 * @author linuxfd
 */
interface OperationOwner {

	/**
	 * On the engine's thread, once the operation is over, or on that of the caller who
	 * was too late to start it.
	 * @param lost whether the user has cancelled it before, and does not get the result
	 * @return the failure as the user is to see it
	 */
	@Nullable Throwable ended(Operation<?> operation, @Nullable Throwable failure, boolean lost);

}
