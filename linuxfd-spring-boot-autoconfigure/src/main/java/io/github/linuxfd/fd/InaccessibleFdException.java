package io.github.linuxfd.fd;

/**
 * The JVM does not let the descriptor of one of its objects be had.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class InaccessibleFdException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	InaccessibleFdException(String message, Throwable cause) {
		super(message, cause);
	}

}
