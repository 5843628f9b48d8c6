package io.github.linuxfd.listener;

import org.springframework.core.NestedRuntimeException;

/**
 * A handler threw something. Given to the {@link org.springframework.util.ErrorHandler
 * ErrorHandler}; the next event follows.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ListenerExecutionFailedException extends NestedRuntimeException {

	private final String listener;

	ListenerExecutionFailedException(String listener, String message, Throwable cause) {
		super("Listener '" + listener + "' " + message, cause);
		this.listener = listener;
	}

	/**
	 * Return the listener.
	 * @return the listener's id
	 */
	public String listener() {
		return this.listener;
	}

}
