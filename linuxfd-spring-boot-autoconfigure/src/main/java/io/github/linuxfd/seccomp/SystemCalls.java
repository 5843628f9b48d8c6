package io.github.linuxfd.seccomp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Libseccomp;

/**
 * Names and numbers of system calls, as libseccomp knows them.
 *
 * @author linuxfd
 */
final class SystemCalls {

	private static final int UNKNOWN = -1;

	private SystemCalls() {
	}

	/** Less than -1 for a call that this architecture does not have. */
	static int number(Libseccomp library, String call) {
		if (!call.isEmpty() && Character.isDigit(call.charAt(0))) {
			return Numbers.ofInt(call, 0, Integer.MAX_VALUE);
		}
		int number = library.resolveName(cString(call));
		if (number == UNKNOWN) {
			throw new IllegalArgumentException("libseccomp " + library.version() + " knows no system call '" + call
					+ "'; a newer call can be given by its number");
		}
		return number;
	}

	/** The number itself if the call has no name. */
	static String name(Libseccomp library, int architecture, int number) {
		@Nullable String name = library.resolveNumber(architecture, number);
		return (name != null) ? name : Integer.toString(number);
	}

	static byte[] cString(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		return Arrays.copyOf(bytes, bytes.length + 1);
	}

}
