package io.github.linuxfd.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

import io.github.linuxfd.listener.SeccompConfigurationException;

/**
 * Says why the filter of {@code linuxfd.seccomp} is not loaded.
 *
 * @author linuxfd
 */
final class SeccompFailureAnalyzer extends AbstractFailureAnalyzer<SeccompConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SeccompConfigurationException cause) {
		return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.action(), cause);
	}

}
