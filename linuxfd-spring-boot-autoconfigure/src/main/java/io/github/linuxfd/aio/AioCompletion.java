package io.github.linuxfd.aio;

import org.jspecify.annotations.Nullable;

/**
 * A completed operation.
 *
 * @param attachment the completion token that it was started with
 * @param result what a handler would get, if it has succeeded
 * @param failure why it has failed, if it has
 * @author linuxfd
 * @since 0.1.0
 */
public record AioCompletion(@Nullable Object attachment, @Nullable Object result, @Nullable Throwable failure) {

	/**
	 * Whether the operation has succeeded.
	 * @return {@code true} if there is no failure
	 */
	public boolean isSuccess() {
		return this.failure == null;
	}

}
