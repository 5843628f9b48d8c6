package io.github.linuxfd.listener;

/**
 * An optional source is not there; the application goes on without it.
 *
 * @author linuxfd
 */
final class SourceUnavailableException extends RuntimeException {

	SourceUnavailableException(Throwable cause) {
		super(cause);
	}

}
