package io.github.linuxfd.autoconfigure;

import java.util.Locale;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

import io.github.linuxfd.ffi.Architecture;

/**
 * Looks at {@code os.name} and {@code os.arch} in the environment, which are the system
 * properties unless somebody says otherwise.
 *
 * @author linuxfd
 */
final class OnLinuxCondition extends SpringBootCondition {

	private static final Log logger = LogFactory.getLog(OnLinuxCondition.class);

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Environment environment = context.getEnvironment();
		String os = environment.getProperty("os.name", "");
		String arch = environment.getProperty("os.arch", "");
		ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnLinux.class);
		if (matches(environment)) {
			return ConditionOutcome.match(message.found("system").items(os + " on " + arch));
		}
		logger.info("linuxfd needs Linux on x86-64 or aarch64; this is " + os + " on " + arch
				+ ". Its annotations are not looked at.");
		return ConditionOutcome.noMatch(message.because("this is " + os + " on " + arch));
	}

	static boolean matches(Environment environment) {
		String os = environment.getProperty("os.name", "");
		String arch = environment.getProperty("os.arch", "");
		return os.toLowerCase(Locale.ROOT).contains("linux") && Architecture.of(arch).isPresent();
	}

}
