package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

/**
 * The filter that {@code linuxfd.seccomp} asks for cannot be loaded. Fails the
 * application context: it is not to run unprotected.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SeccompConfigurationException extends IllegalStateException {

	private final String action;

	SeccompConfigurationException(String problem, String action, @Nullable Throwable cause) {
		super(problem, cause);
		this.action = action;
	}

	/**
	 * Return what mends it.
	 * @return what to do, with the command if there is one
	 */
	public String action() {
		return this.action;
	}

}
