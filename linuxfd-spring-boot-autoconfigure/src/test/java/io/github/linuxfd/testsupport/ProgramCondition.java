package io.github.linuxfd.testsupport;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Looks for the programs that {@link EnabledIfCompiler} names.
 *
 * @author linuxfd
 */
class ProgramCondition implements ExecutionCondition {

	private static final Map<String, String> PACKAGES = Map.of("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu",
			"objdump", "binutils", "unshare", "util-linux", "python3", "python3");

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		return AnnotationSupport.findAnnotation(context.getElement(), EnabledIfCompiler.class)
			.flatMap((annotation) -> Arrays.stream(annotation.value()).filter((name) -> !isOnPath(name)).findFirst())
			.map(ProgramCondition::missing)
			.orElse(ConditionEvaluationResult.enabled("every program is there"));
	}

	private static ConditionEvaluationResult missing(String program) {
		String reason = "SKIPPED: no " + program + " on the PATH; install the Debian package "
				+ PACKAGES.getOrDefault(program, program);
		System.getLogger(ProgramCondition.class.getName()).log(System.Logger.Level.WARNING, reason);
		return ConditionEvaluationResult.disabled(reason);
	}

	static boolean isOnPath(String program) {
		return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, program)));
	}

}
