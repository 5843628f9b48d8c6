package io.github.linuxfd.autoconfigure;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.kernel.Remedy;

/**
 * Says what mends a system call that failed while the beans were made.
 *
 * @author linuxfd
 */
final class SyscallFailureAnalyzer extends AbstractFailureAnalyzer<SyscallException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, SyscallException cause) {
		Optional<Remedy> remedy = Remedy.of(cause);
		return remedy
			.map((known) -> new FailureAnalysis(cause.getMessage() + "\n\n" + known.cause(), known.action(), cause))
			.orElse(null);
	}

}
