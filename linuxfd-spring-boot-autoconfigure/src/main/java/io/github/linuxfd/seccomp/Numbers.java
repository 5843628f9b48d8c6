package io.github.linuxfd.seccomp;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Numbers as properties have them. None is cut to the bits that fit, and none is octal.
 *
 * @author linuxfd
 */
final class Numbers {

	private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+");

	private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-f]+");

	private static final BigInteger UNSIGNED_MAX = new BigInteger("ffffffffffffffff", 16);

	private Numbers() {
	}

	static int ofInt(String text, int min, int max) {
		return read(text, BigInteger.valueOf(min), BigInteger.valueOf(max)).intValue();
	}

	static long ofLong(String text) {
		return read(text, BigInteger.valueOf(Long.MIN_VALUE), BigInteger.valueOf(Long.MAX_VALUE)).longValue();
	}

	/** What fits in 64 bits, with or without a sign. */
	static long ofRegister(String text) {
		return read(text, BigInteger.valueOf(Long.MIN_VALUE), UNSIGNED_MAX).longValue();
	}

	private static BigInteger read(String text, BigInteger min, BigInteger max) {
		String lower = text.toLowerCase(Locale.ROOT);
		BigInteger number = HEXADECIMAL.matcher(lower).matches() ? new BigInteger(lower.substring(2), 16)
				: DECIMAL.matcher(lower).matches() ? new BigInteger(lower) : null;
		if (number == null || number.compareTo(min) < 0 || number.compareTo(max) > 0) {
			throw new IllegalArgumentException("'" + text + "' is no number from " + min + " to " + max
					+ ", in decimal or, behind 0x, in hexadecimal");
		}
		return number;
	}

}
