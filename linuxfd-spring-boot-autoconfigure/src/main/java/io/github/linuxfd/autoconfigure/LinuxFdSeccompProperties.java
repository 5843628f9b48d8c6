package io.github.linuxfd.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import io.github.linuxfd.listener.SeccompSettings;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompComparison;
import io.github.linuxfd.seccomp.SeccompPreset;
import io.github.linuxfd.seccomp.SeccompRule;

/**
 * Configuration properties for the system calls that the JVM does without.
 *
 * @param presets Rules that come with linuxfd
 * @param rules Rules by name, in addition to the presets
 * @param mode Whether calls are denied, or only reported
 * @param force Whether to load rules that may kill or freeze the JVM
 * @param optional Whether to start, with a warning, if there is no Linux, no libseccomp
 * or a kernel that refuses the rules
 * @param listener How calls with the action notify are answered
 * @author linuxfd
 * @since 0.1.0
 */
@ConfigurationProperties("linuxfd.seccomp")
public record LinuxFdSeccompProperties(@DefaultValue Set<SeccompPreset> presets, @DefaultValue Map<String, Rule> rules,
		@DefaultValue("enforce") Mode mode, @DefaultValue("false") boolean force,
		@DefaultValue("false") boolean optional, @DefaultValue Listener listener) {

	SeccompSettings settings() {
		List<SeccompRule> all = new ArrayList<>();
		this.presets.forEach((preset) -> all.addAll(preset.rules()));
		this.rules.forEach((name, rule) -> {
			Assert.isTrue(!rule.calls().isEmpty(), () -> "linuxfd.seccomp.rules." + name + " has no calls");
			rule.calls().forEach((call) -> all.add(new SeccompRule(rule.action(), call, rule.when())));
		});
		return new SeccompSettings(all, this.mode == Mode.LOG, this.force, this.optional, this.listener.timeout(),
				this.listener.defaultAnswer());
	}

	/**
	 * What becomes of some system calls.
	 *
	 * @param calls System calls, by name or number
	 * @param action What becomes of them, such as errno:EPERM, notify, log or
	 * kill-process
	 * @param when Comparisons of arguments that must all hold, such as arg1 == 0x5412
	 */
	public record Rule(@DefaultValue List<String> calls, @DefaultValue("errno:EPERM") SeccompAction action,
			@DefaultValue List<SeccompComparison> when) {

		public Rule {
			Assert.isTrue(!action.equals(SeccompAction.ALLOW),
					"action is allow, which is what becomes of every other call");
		}

	}

	/**
	 * How calls with the action notify are answered.
	 *
	 * @param timeout Time in which a SeccompNotifyListener has to answer
	 * @param defaultAnswer Answer if it does not, such as continue, errno:EPERM or
	 * value:0
	 */
	public record Listener(@DefaultValue("1s") Duration timeout,
			@DefaultValue("errno:EPERM") SeccompAnswer defaultAnswer) {

		public Listener {
			Assert.isTrue(timeout.toNanos() > 0, () -> "timeout is " + timeout + ", and has to be positive");
		}

	}

	/**
	 * Whether calls are denied.
	 */
	public enum Mode {

		/** They are. */
		ENFORCE,

		/** They are made and reported. */
		LOG

	}

}
