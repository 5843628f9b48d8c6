package io.github.linuxfd.signalfd;

import org.jspecify.annotations.Nullable;

/**
 * This system does not allow to take a signal from the JVM.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SignalReceptionException extends RuntimeException {

	SignalReceptionException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
