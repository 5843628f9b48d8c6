package io.github.linuxfd.seccomp;

/**
 * What a filter has beside its rules: {@code enum scmp_filter_attr}.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man3/seccomp_attr_set.3.html">seccomp_attr_set.3</a>
 */
public enum SeccompAttribute {

	/** {@code SCMP_FLTATR_ACT_DEFAULT}: the default action; can be read only. */
	DEFAULT_ACTION(1),

	/**
	 * {@code SCMP_FLTATR_ACT_BADARCH}: the action for calls by an architecture that the
	 * filter does not have, such as 32-bit ones. {@code KILL_THREAD} unless set.
	 */
	BAD_ARCHITECTURE_ACTION(2),

	/**
	 * {@code SCMP_FLTATR_CTL_NNP}: whether loading sets {@code NO_NEW_PRIVS}, so that it
	 * needs no privileges. Cannot be taken back: set-user-ID programs started later have
	 * no effect any more. 1 unless set.
	 */
	NO_NEW_PRIVILEGES(3),

	/**
	 * {@code SCMP_FLTATR_CTL_TSYNC}: whether the filter is for all threads of the process
	 * and not for the calling one only. 1 unless set, which libseccomp itself has not.
	 */
	ALL_THREADS(4),

	/** {@code SCMP_FLTATR_API_TSKIP}: whether rules for call -1 are accepted. */
	SKIPPED_CALL(5),

	/**
	 * {@code SCMP_FLTATR_CTL_LOG}: whether all actions but {@code ALLOW} are logged by
	 * the kernel, as far as {@code kernel.seccomp.actions_logged} says so.
	 */
	LOG(6),

	/**
	 * {@code SCMP_FLTATR_CTL_SSB}: whether the processor's speculative store bypass is
	 * left on.
	 */
	SPECULATIVE_STORE_BYPASS(7),

	/**
	 * {@code SCMP_FLTATR_CTL_OPTIMIZE}: 1 orders the rules by priority, 2 makes a binary
	 * tree of them.
	 */
	OPTIMIZATION(8),

	/**
	 * {@code SCMP_FLTATR_API_SYSRAWRC}: whether the kernel's own errors are returned.
	 * Always 1 here.
	 */
	KERNEL_ERRORS(9);

	private final int number;

	SeccompAttribute(int number) {
		this.number = number;
	}

	int number() {
		return this.number;
	}

}
