package io.github.linuxfd.autoconfigure;

import java.util.Optional;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.listener.ListenerConfigurationException;

/**
 * Says what is wrong with a listener, and what mends it where the kernel refused.
 *
 * @author linuxfd
 */
final class ListenerConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ListenerConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ListenerConfigurationException cause) {
		Optional<Remedy> remedy = Optional.ofNullable(findCause(cause, SyscallException.class)).flatMap(Remedy::of);
		String description = cause.listener() + " cannot work:\n\n    " + cause.problem()
				+ remedy.map((known) -> "\n\n" + known.cause()).orElse("");
		String action = remedy.map(Remedy::action).orElse("Correct " + cause.listener() + ".");
		return new FailureAnalysis(description, action, cause);
	}

}
