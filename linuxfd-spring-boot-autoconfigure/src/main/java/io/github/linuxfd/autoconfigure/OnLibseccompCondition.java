package io.github.linuxfd.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

import io.github.linuxfd.ffi.Libseccomp;

/**
 * Matches where libseccomp is installed.
 *
 * @author linuxfd
 */
final class OnLibseccompCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("libseccomp");
		return Libseccomp.find().isPresent() ? ConditionOutcome.match(message.foundExactly(Libseccomp.SONAME))
				: ConditionOutcome.noMatch(message.didNotFind("library").items(Libseccomp.SONAME));
	}

}
