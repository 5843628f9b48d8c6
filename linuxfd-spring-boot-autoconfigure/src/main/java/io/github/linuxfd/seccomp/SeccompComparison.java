package io.github.linuxfd.seccomp;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition on one argument of a system call: {@code struct scmp_arg_cmp}. The kernel
 * compares all 64 bits of the register, of which a C {@code int} has the lower half only:
 * compare it with the mask {@code 0xffffffff}.
 *
 * @param argument the number of the argument, 0 to 5
 * @param comparator how it is compared
 * @param mask the bits that are compared; all of them unless the comparator is
 * {@link SeccompComparator#MASKED_EQ}
 * @param value what it is compared with, unsigned
 * @author linuxfd
 * @since 0.1.0
 */
public record SeccompComparison(int argument, SeccompComparator comparator, long mask, long value) {

	private static final Pattern TEXT = Pattern
		.compile("arg([0-5])\\s*(?:&\\s*(\\w+)\\s*)?(==|!=|<=|>=|<|>)\\s*(-?\\w+)");

	private static final long ALL_BITS = -1;

	public SeccompComparison {
		if (argument < 0 || argument > 5) {
			throw new IllegalArgumentException("A system call has the arguments 0 to 5, not " + argument);
		}
		if (comparator != SeccompComparator.MASKED_EQ && mask != ALL_BITS) {
			throw new IllegalArgumentException(comparator + " takes no mask");
		}
		if ((value & ~mask) != 0) {
			throw new IllegalArgumentException("0x" + Long.toHexString(value) + " has bits that the mask 0x"
					+ Long.toHexString(mask) + " has not, and would never match");
		}
	}

	/**
	 * Compare a whole argument.
	 * @param argument the number of the argument, 0 to 5
	 * @param comparator how it is compared, without a mask
	 * @param value what it is compared with, unsigned
	 * @return the comparison
	 */
	public static SeccompComparison of(int argument, SeccompComparator comparator, long value) {
		return new SeccompComparison(argument, comparator, ALL_BITS, value);
	}

	/**
	 * Compare some bits of an argument.
	 * @param argument the number of the argument, 0 to 5
	 * @param mask the bits that are compared
	 * @param value what they have to be
	 * @return the comparison
	 */
	public static SeccompComparison masked(int argument, long mask, long value) {
		return new SeccompComparison(argument, SeccompComparator.MASKED_EQ, mask, value);
	}

	/**
	 * Read a comparison, as properties have it.
	 * @param text for instance {@code arg1 == 0x5412} or {@code arg0 & 0x3 == 2}
	 * @return the comparison
	 * @throws IllegalArgumentException if it is none, or a number has more than 64 bits
	 */
	public static SeccompComparison valueOf(String text) {
		Matcher matcher = TEXT.matcher(text.strip());
		if (!matcher.matches()) {
			throw new IllegalArgumentException(
					"'" + text + "' is no comparison such as 'arg1 == 0x5412' or 'arg0 & 0x3 == 2'");
		}
		int argument = Integer.parseInt(matcher.group(1));
		long value = Numbers.ofRegister(matcher.group(4));
		String sign = matcher.group(3);
		if (matcher.group(2) != null) {
			if (!sign.equals("==")) {
				throw new IllegalArgumentException("'" + text + "': behind a mask there is only '=='");
			}
			return masked(argument, Numbers.ofRegister(matcher.group(2)), value);
		}
		SeccompComparator comparator = Arrays.stream(SeccompComparator.values())
			.filter((each) -> each.sign().equals(sign))
			.findFirst()
			.orElseThrow();
		return of(argument, comparator, value);
	}

	/**
	 * Return this comparison in the form that {@link #valueOf} reads.
	 */
	@Override
	public String toString() {
		String masked = (this.comparator == SeccompComparator.MASKED_EQ) ? " & 0x" + Long.toHexString(this.mask) : "";
		return "arg" + this.argument + masked + " " + this.comparator.sign() + " 0x" + Long.toHexString(this.value);
	}

}
