package io.github.linuxfd.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.listener.SeccompConfigurationException;
import io.github.linuxfd.listener.SeccompGuard;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.testsupport.FaultInjectingLibseccomp;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link LinuxFdSeccompAutoConfiguration}, as far as it loads nothing.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class LinuxFdSeccompAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdSeccompAutoConfiguration.class));

	@Test
	void beansWhenThereAreNoRulesAreThereAndNothingIsLoaded() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(SeccompFactory.class).hasSingleBean(Libseccomp.class);
			assertThat(context.getBean(SeccompGuard.class).isRunning()).isFalse();
			assertThat(filters()).isEqualTo("0");
		});
	}

	@Test
	void contextWhenLinuxfdIsOffStartsAndWarns(CapturedOutput output) {
		this.runner.withPropertyValues("linuxfd.enabled=false", "linuxfd.seccomp.presets=no-exec")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(SeccompFactory.class)
				.doesNotHaveBean(SeccompGuard.class));
		assertThat(output)
			.containsOnlyOnce("The rules of linuxfd.seccomp are not loaded, because linuxfd.enabled is false");
	}

	@ParameterizedTest
	@CsvSource({ "os.name, Mac OS X, Mac OS X on ", "os.arch, riscv64, on riscv64." })
	void contextWhenThereIsNoLinuxfdFailsAndSaysWhatToDo(String property, String value, String system) {
		this.runner.withPropertyValues(property + "=" + value, "linuxfd.seccomp.presets=no-exec")
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				FailureAnalysis analysis = new SeccompFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).startsWith("linuxfd.seccomp has rules").contains(system);
				assertThat(analysis.getAction()).startsWith("Start on Linux on x86-64 or aarch64")
					.endsWith("To start without the rules: linuxfd.seccomp.optional=true.");
			});
	}

	@Test
	void contextWhenThereIsNoLinuxfdAndRulesAreOptionalWarns(CapturedOutput output) {
		this.runner
			.withPropertyValues("os.name=Mac OS X", "linuxfd.seccomp.presets=no-exec", "linuxfd.seccomp.optional=true")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce("This application starts without the rules");
	}

	@Test
	void contextWhenThereIsNoLinuxfdAndNoRulesStarts(CapturedOutput output) {
		this.runner.withPropertyValues("os.name=Mac OS X").run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("linuxfd.seccomp");
	}

	/** As in a container that does not let it through. */
	@Test
	void contextWhenTheKernelRefusesTheRulesFailsUnlessTheyAreOptional(CapturedOutput output) {
		ApplicationContextRunner refused = this.runner
			.withBean(Libseccomp.class,
					() -> new FaultInjectingLibseccomp(Libseccomp.find().orElseThrow()).fail("load", Errno.EPERM)
						.library())
			.withPropertyValues("linuxfd.seccomp.presets=no-exec");
		refused.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.isInstanceOf(SyscallPermissionException.class));
		assertThat(output).doesNotContain("without the rules");
		refused.withPropertyValues("linuxfd.seccomp.optional=true").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(SeccompGuard.class).isRunning()).isFalse();
		});
		assertThat(output).containsOnlyOnce("The rules of linuxfd.seccomp are not loaded. This application starts");
	}

	@Test
	void beanWhenUserHasOneBacksOff() {
		SeccompFactory own = new SeccompFactory(Syscalls.system(), Libseccomp.find().orElseThrow());
		this.runner.withBean(SeccompFactory.class, () -> own)
			.run((context) -> assertThat(context.getBean(SeccompFactory.class)).isSameAs(own));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "rules.x.calls=futex | a JVM needs futex and would die or freeze without it",
					"rules.x.calls=exec | knows no system call 'exec'",
					"rules.x.calls=99999999999 | '99999999999' is no number from 0 to 2147483647",
					"rules.x.when=arg0 == -0x1 | '-0x1' is no number from -9223372036854775808 to 18446744073709551615",
					"rules.x.action=trace:4294967297 | '4294967297' is no number from 0 to 65535",
					"rules.x.action=log | linuxfd.seccomp.rules.x has no calls",
					"rules.x.action=deny | 'deny' is none of allow, log", "rules.x.when=arg9 | 'arg9' is no comparison",
					"rules.x.action=allow | what becomes of every other call", "presets=no-thing | no-thing",
					"listener.timeout=0s | timeout is PT0S, and has to be positive",
					"listener.default-answer=maybe | 'maybe' is none of continue" })
	void contextWhenPropertyIsWrongFailsAndSaysWhy(String property, String reason) {
		this.runner.withPropertyValues("linuxfd.seccomp." + property)
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining(reason));
	}

	@Test
	void contextWhenRuleWouldHarmTheJvmSaysWhatToDo() {
		this.runner
			.withPropertyValues("linuxfd.seccomp.rules.x.calls=900", "linuxfd.seccomp.rules.x.action=kill-thread")
			.run((context) -> {
				FailureAnalysis analysis = new SeccompFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).contains("kill-thread for 900 takes a thread away from the JVM");
				assertThat(analysis.getAction()).contains("linuxfd.seccomp.force=true");
			});
		assertThat(filters()).isEqualTo("0");
	}

	@Test
	void contextWhenNobodyAnswersFails() {
		this.runner.withPropertyValues("linuxfd.seccomp.rules.x.calls=900", "linuxfd.seccomp.rules.x.action=notify")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(SeccompConfigurationException.class)
				.hasMessage("linuxfd.seccomp.rules has the action notify, and there is no bean to answer."));
	}

	@Test
	void contextWhenSeveralWouldAnswerNamesThem() {
		this.runner.withBean("first", SeccompNotifyListener.class, () -> (call) -> SeccompAnswer.CONTINUE)
			.withBean("second", SeccompNotifyListener.class, () -> (call) -> SeccompAnswer.CONTINUE)
			.withPropertyValues("linuxfd.seccomp.rules.x.calls=900", "linuxfd.seccomp.rules.x.action=notify")
			.run((context) -> {
				FailureAnalysis analysis = new SeccompFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).contains("there are 2 beans to answer: [first, second]");
				assertThat(analysis.getAction()).startsWith("Mark one of them as @Primary");
			});
	}

	@Test
	void contextWhenSeveralWouldAnswerAndNobodyAsksStarts() {
		this.runner.withBean("first", SeccompNotifyListener.class, () -> (call) -> SeccompAnswer.CONTINUE)
			.withBean("second", SeccompNotifyListener.class, () -> (call) -> SeccompAnswer.CONTINUE)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	/** Of this JVM, which is not to be filtered by any test. */
	private static String filters() {
		try {
			return Files.readAllLines(Path.of("/proc/self/status"))
				.stream()
				.filter((line) -> line.startsWith("Seccomp:"))
				.map((line) -> line.substring("Seccomp:".length()).strip())
				.findFirst()
				.orElseThrow();
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

}
