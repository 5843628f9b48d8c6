package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.List;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompRule;

/**
 * Which system calls this JVM does without.
 *
 * @param rules the rules; every other call is allowed
 * @param dryRun whether calls are only reported that would be denied
 * @param force whether rules are loaded that may harm the JVM
 * @param optional whether the application starts without them where they cannot be had
 * @param timeout the longest that a listener takes to answer
 * @param defaultAnswer the answer of a listener that does not answer
 * @author linuxfd
 * @since 0.1.0
 */
public record SeccompSettings(List<SeccompRule> rules, boolean dryRun, boolean force, boolean optional,
		Duration timeout, SeccompAnswer defaultAnswer) {

	private static final Log logger = LogFactory.getLog(SeccompSettings.class);

	/** Who asked for protection is not to run without it, unless told to. */
	void unavailable(String problem, String action, @Nullable Throwable cause) {
		if (!this.optional) {
			throw new SeccompConfigurationException(problem,
					action + " To start without the rules: linuxfd.seccomp.optional=true.", cause);
		}
		logger.warn(problem + " This application starts without the rules, because linuxfd.seccomp.optional is true.",
				cause);
	}

}
