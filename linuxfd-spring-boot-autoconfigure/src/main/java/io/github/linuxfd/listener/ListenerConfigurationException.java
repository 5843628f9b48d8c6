package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

/**
 * A listener cannot be what its annotation or declaration says. Fails the application
 * context.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ListenerConfigurationException extends IllegalStateException {

	private final String listener;

	private final String problem;

	ListenerConfigurationException(String listener, String problem, @Nullable Throwable cause) {
		super(listener + ": " + problem, cause);
		this.listener = listener;
		this.problem = problem;
	}

	/**
	 * Return what was declared, and where.
	 * @return the annotation with the bean and the method, or the property
	 */
	public String listener() {
		return this.listener;
	}

	/**
	 * Return what is wrong.
	 * @return the problem, with the value that has it
	 */
	public String problem() {
		return this.problem;
	}

}
