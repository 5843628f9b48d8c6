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
	NE(1, "!="),

	/** {@code SCMP_CMP_LT}: a smaller value. */
	LT(2, "<"),

	/** {@code SCMP_CMP_LE}: this value or a smaller one. */
	LE(3, "<="),

	/** {@code SCMP_CMP_EQ}: this value. */
	EQ(4, "=="),

	/** {@code SCMP_CMP_GE}: this value or a greater one. */
	GE(5, ">="),

	/** {@code SCMP_CMP_GT}: a greater value. */
	GT(6, ">"),

	/** {@code SCMP_CMP_MASKED_EQ}: this value in the bits of a mask. */
	MASKED_EQ(7, "==");

	private final int number;

	private final String sign;

	SeccompComparator(int number, String sign) {
		this.number = number;
		this.sign = sign;
	}

	int number() {
		return this.number;
	}

	String sign() {
		return this.sign;
	}

}
