package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Looks for the capabilities that {@link EnabledIfCapability} names.
 *
 * @author linuxfd
 */
class CapabilityCondition implements ExecutionCondition {

	/** In the order of the bits, capabilities(7). */
	private static final List<String> NAMES = List.of("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
			"CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
			"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
			"CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
			"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG",
			"CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
			"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON",
			"CAP_BPF", "CAP_CHECKPOINT_RESTORE");

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		return AnnotationSupport.findAnnotation(context.getElement(), EnabledIfCapability.class)
			.flatMap((needed) -> Arrays.stream(needed.value()).filter((name) -> !has(name)).findFirst())
			.map(CapabilityCondition::missing)
			.orElse(ConditionEvaluationResult.enabled("the capabilities are there"));
	}

	private static ConditionEvaluationResult missing(String name) {
		String reason = "SKIPPED: this process lacks " + name + "; run the tests as root or with that capability";
		System.getLogger(CapabilityCondition.class.getName()).log(System.Logger.Level.WARNING, reason);
		return ConditionEvaluationResult.disabled(reason);
	}

	static boolean has(String name) {
		int bit = NAMES.indexOf(name);
		if (bit < 0) {
			throw new IllegalArgumentException("There is no capability " + name);
		}
		try {
			return Files.readAllLines(Path.of("/proc/self/status"))
				.stream()
				.filter((line) -> line.startsWith("CapEff:"))
				.mapToLong((line) -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
				.anyMatch((mask) -> (mask >>> bit & 1) != 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
