package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.List;

import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompRule;

/**
 * Which system calls this JVM does without.
 *
 * @param rules the rules; every other call is allowed
 * @param dryRun whether calls are only reported that would be denied
 * @param force whether rules are loaded that may harm the JVM
 * @param timeout the longest that a listener takes to answer
 * @param defaultAnswer the answer of a listener that does not answer
 * @author linuxfd
 * @since 0.1.0
 */
public record SeccompSettings(List<SeccompRule> rules, boolean dryRun, boolean force, Duration timeout,
		SeccompAnswer defaultAnswer) {
}
