package io.github.linuxfd.seccomp;

/**
 * How an argument of a system call is compared: {@code enum scmp_compare}. All are
 * unsigned.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man3/seccomp_rule_add.3.html">seccomp_rule_add.3</a>
 */
public enum SeccompComparator {

	/** {@code SCMP_CMP_NE}: another value. */
	NE("!="),

	/** {@code SCMP_CMP_LT}: a smaller value. */
	LT("<"),

	/** {@code SCMP_CMP_LE}: this value or a smaller one. */
	LE("<="),

	/** {@code SCMP_CMP_EQ}: this value. */
	EQ("=="),

	/** {@code SCMP_CMP_GE}: this value or a greater one. */
	GE(">="),

	/** {@code SCMP_CMP_GT}: a greater value. */
	GT(">"),

	/** {@code SCMP_CMP_MASKED_EQ}: this value in the bits of a mask. */
	MASKED_EQ("==");

	private final String sign;

	SeccompComparator(String sign) {
		this.sign = sign;
	}

	/** The library counts from 1, in this order. */
	int number() {
		return ordinal() + 1;
	}

	String sign() {
		return this.sign;
	}

}
