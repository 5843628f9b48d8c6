package io.github.linuxfd.seccomp;

import java.util.List;

/**
 * What becomes of a system call if all comparisons hold.
 *
 * @param action what becomes of it
 * @param call its name, for instance {@code execve}, or its number on this architecture
 * @param comparisons on its arguments, at most one for each; none for every call
 * @author linuxfd
 * @since 0.1.0
 */
public record SeccompRule(SeccompAction action, String call, List<SeccompComparison> comparisons) {

	public SeccompRule {
		comparisons = List.copyOf(comparisons);
		if (comparisons.stream().map(SeccompComparison::argument).distinct().count() < comparisons.size()) {
			throw new IllegalArgumentException(
					"There may be one comparison for each argument, which " + comparisons + " is not");
		}
	}

	/**
	 * Return a rule.
	 * @param action what becomes of the call
	 * @param call its name or number
	 * @param comparisons on its arguments, at most one for each
	 * @return the rule
	 */
	public static SeccompRule of(SeccompAction action, String call, SeccompComparison... comparisons) {
		return new SeccompRule(action, call, List.of(comparisons));
	}

	@Override
	public String toString() {
		return this.call + (this.comparisons.isEmpty() ? "" : this.comparisons.toString()) + " -> " + this.action;
	}

}
