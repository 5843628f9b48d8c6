package io.github.linuxfd.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallInternalException;
import io.github.linuxfd.errno.SyscallMemoryException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingLibseccomp;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ResidentMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link SeccompFilter} that load nothing.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class SeccompFilterTests {

	private static final SeccompAction EPERM = SeccompAction.errno(Errno.EPERM);

	/**
	 * function, as the seam calls it | argument | permission | memory | system |
	 * internal.
	 */
	private static final String TABLE = """
			init seccomp_init | EINVAL | | ENOMEM | |
			reset seccomp_reset | EINVAL | | ENOMEM | |
			merge seccomp_merge | EDOM EEXIST EINVAL | | ENOMEM | |
			archAdd seccomp_arch_add | EDOM EEXIST EINVAL | | ENOMEM | |
			archRemove seccomp_arch_remove | EDOM EEXIST EINVAL | | ENOMEM | |
			archExist seccomp_arch_exist | EINVAL | | | |
			attrGet seccomp_attr_get | EEXIST EINVAL | | | |
			attrSet seccomp_attr_set | EACCES EEXIST EINVAL | | | EOPNOTSUPP |
			ruleAddArray seccomp_rule_add_array | EACCES EDOM EEXIST EINVAL | | ENOMEM | EOPNOTSUPP | EFAULT
			ruleAddExactArray seccomp_rule_add_exact_array | EACCES EDOM EEXIST EINVAL | | ENOMEM | EOPNOTSUPP | EFAULT
			load seccomp_load | EINVAL | EACCES EPERM | ENOMEM | EBUSY ECANCELED ENOSYS EOPNOTSUPP ESRCH | EFAULT
			exportBpf seccomp_export_bpf | EBADF EINVAL | | ENOMEM | ECANCELED | EFAULT
			exportPfc seccomp_export_pfc | EBADF EINVAL | | ENOMEM | ECANCELED | EFAULT
			""";

	private static final List<Class<? extends SyscallException>> KINDS = List.of(SyscallArgumentException.class,
			SyscallPermissionException.class, SyscallMemoryException.class, SyscallSystemException.class,
			SyscallInternalException.class);

	private final SeccompFactory factory = new SeccompFactory(Syscalls.system(), Libseccomp.find().orElseThrow());

	static Stream<Arguments> table() {
		List<Arguments> rows = new ArrayList<>();
		for (String line : TABLE.lines().toList()) {
			String[] columns = Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
			String[] names = columns[0].split(" ");
			for (int kind = 0; kind < KINDS.size(); kind++) {
				for (String errno : columns[kind + 1].split(" ")) {
					if (!errno.isEmpty()) {
						rows.add(Arguments.of(names[0], names[1], errno, KINDS.get(kind)));
					}
				}
			}
			rows.add(Arguments.of(names[0], names[1], "EXDEV", SyscallUnknownException.class));
		}
		return rows.stream();
	}

	@ParameterizedTest(name = "{1} {2} is {3}")
	@MethodSource("table")
	void functionWhenItFailsIsAnExceptionOfItsKind(String method, String function, String errno, Class<?> kind) {
		Errno error = Errno.named(errno).orElseThrow();
		FaultInjectingLibseccomp faults = new FaultInjectingLibseccomp(Libseccomp.find().orElseThrow());
		SeccompFactory failing = new SeccompFactory(Syscalls.system(), faults.library());
		if (method.equals("init") || method.equals("attrSet")) {
			faults.fail(method, error);
			assertFailure(() -> failing.open(SeccompAction.ALLOW), function, error, kind);
			return;
		}
		try (SeccompFilter filter = failing.open(SeccompAction.ALLOW);
				SeccompFilter other = failing.open(SeccompAction.ALLOW)) {
			faults.fail(method, error);
			Map<String, Runnable> calls = Map.ofEntries(Map.entry("reset", () -> filter.reset(SeccompAction.ALLOW)),
					Map.entry("merge", () -> filter.merge(other)),
					Map.entry("archAdd", () -> filter.addArchitecture(SeccompArchitecture.ARM)),
					Map.entry("archRemove", () -> filter.removeArchitecture(SeccompArchitecture.ARM)),
					Map.entry("archExist", () -> filter.hasArchitecture(SeccompArchitecture.ARM)),
					Map.entry("attrGet", () -> filter.getAttribute(SeccompAttribute.LOG)),
					Map.entry("ruleAddArray", () -> filter.addRule(SeccompRule.of(EPERM, "execve"))),
					Map.entry("ruleAddExactArray", () -> filter.addExactRule(SeccompRule.of(EPERM, "execve"))),
					Map.entry("load", filter::load), Map.entry("exportBpf", filter::exportBpf),
					Map.entry("exportPfc", filter::exportPfc));
			assertFailure(calls.get(method), function, error, kind);
		}
	}

	private static void assertFailure(Runnable call, String function, Errno errno, Class<?> kind) {
		assertThatExceptionOfType(SyscallException.class).isThrownBy(call::run).satisfies((failure) -> {
			assertThat(failure).isExactlyInstanceOf(kind);
			assertThat(failure.syscall()).isEqualTo(function);
			assertThat(failure.errno()).isEqualTo(errno);
		});
	}

	@Test
	void exportWhenNoDescriptorIsLeftFails() {
		SeccompFactory failing = new SeccompFactory(
				FaultInjectingSyscalls.ofSystem().failAll("memfdCreate", Errno.EMFILE).syscalls(),
				Libseccomp.find().orElseThrow());
		try (SeccompFilter filter = failing.open(SeccompAction.ALLOW)) {
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(filter::exportPfc)
				.withMessage("memfd_create(seccomp) failed: EMFILE (Too many open files)");
		}
	}

	@Test
	void pfcHasTheRuleWithItsComparisons() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, "ioctl", SeccompComparison.of(1, SeccompComparator.EQ, 0x5412)));
			filter.addRule(SeccompRule.of(SeccompAction.KILL_PROCESS, "setns",
					SeccompComparison.masked(1, 0xf000_0000L, 0x1000_0000L)));
			assertThat(filter.exportPfc()).startsWith("#\n# pseudo filter code start\n#\n")
				.contains("# filter for syscall \"ioctl\"", "== 21522)", "action ERRNO(1);",
						"# filter for syscall \"setns\"", "& 0xf0000000 == 268435456)", "action KILL_PROCESS;",
						"# default action\n  action ALLOW;", "# invalid architecture action\naction KILL;");
		}
	}

	/** The first instruction loads the architecture, the last one is an action. */
	@Test
	void bpfIsAProgramOfTheKernel() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, "execve"));
			byte[] program = filter.exportBpf();
			assertThat(program.length % 8).isZero();
			ByteBuffer instructions = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
			assertThat(instructions.getShort(0)).as("BPF_LD | BPF_W | BPF_ABS").isEqualTo((short) 0x20);
			assertThat(instructions.getInt(4)).as("offsetof(struct seccomp_data, arch)").isEqualTo(4);
			assertThat(instructions.getInt(12)).as("the architecture it is compared with")
				.isEqualTo(this.factory.architecture().token());
			List<Integer> actions = new ArrayList<>();
			for (int at = 0; at < program.length; at += 8) {
				if (instructions.getShort(at) == 0x06) {
					actions.add(instructions.getInt(at + 4));
				}
			}
			assertThat(actions).contains(EPERM.bits(), SeccompAction.ALLOW.bits(), SeccompAction.KILL_THREAD.bits());
		}
	}

	@Test
	void resetTakesEverythingBack() {
		try (SeccompFilter filter = this.factory.openForAllArchitectures(SeccompAction.ALLOW);
				SeccompFilter fresh = this.factory.open(SeccompAction.LOG)) {
			filter.addRule(SeccompRule.of(EPERM, "execve")).setAttribute(SeccompAttribute.LOG, 1);
			filter.reset(SeccompAction.LOG);
			assertThat(filter.exportPfc()).isEqualTo(fresh.exportPfc()).doesNotContain("execve");
			assertThat(filter.getAttribute(SeccompAttribute.LOG)).isZero();
			assertThat(filter.getAttribute(SeccompAttribute.ALL_THREADS)).as("which libseccomp has not").isEqualTo(1);
			assertThat(filter.getAttribute(SeccompAttribute.DEFAULT_ACTION)).isEqualTo(SeccompAction.LOG.bits());
		}
	}

	@Test
	void mergeTakesOverTheOtherArchitectures() {
		SeccompArchitecture own = this.factory.architecture();
		SeccompArchitecture foreign = own.others().get(0);
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW);
				SeccompFilter other = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, "execve"));
			other.addArchitecture(foreign).removeArchitecture(own).addRule(SeccompRule.of(EPERM, "ptrace"));
			assertThat(filter.hasArchitecture(foreign)).isFalse();
			filter.merge(other);
			assertThat(filter.hasArchitecture(foreign)).isTrue();
			assertThat(filter.exportPfc()).contains("\"execve\"", "\"ptrace\"");
			assertThatIllegalStateException().isThrownBy(other::exportPfc).withMessageContaining("is merged");
		}
	}

	@Test
	void mergeOfTheSameArchitectureLeavesTheOtherAsItWas() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW);
				SeccompFilter other = this.factory.open(SeccompAction.ALLOW)) {
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> filter.merge(other))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EEXIST));
			assertThat(other.exportPfc()).contains("action ALLOW");
			assertThatIllegalArgumentException().isThrownBy(() -> filter.merge(filter));
		}
	}

	@Test
	void ruleOnAllArchitecturesHasEachNumber() {
		try (SeccompFilter filter = this.factory.openForAllArchitectures(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, "execve"));
			String pfc = filter.exportPfc();
			this.factory.architecture()
				.others()
				.forEach((other) -> assertThat(filter.hasArchitecture(other)).as("%s", other).isTrue());
			assertThat(pfc.split("filter for syscall \"execve\""))
				.hasSize(2 + this.factory.architecture().others().size());
		}
	}

	/** Newer than the library: there is no other architecture's number to be had. */
	@Test
	void ruleForACallWithoutNameIsForThisArchitectureOnly() {
		List<SeccompRule> rules = List.of(SeccompRule.of(EPERM, "900"), SeccompRule.of(EPERM, "execve"));
		try (SeccompFilter filter = this.factory.open(rules);
				SeccompFilter all = this.factory.openForAllArchitectures(SeccompAction.ALLOW)) {
			assertThat(filter.exportPfc().split("\\$syscall == 900")).hasSize(2);
			assertThat(filter.exportPfc().split("syscall \"execve\""))
				.hasSize(2 + this.factory.architecture().others().size());
			assertThat(filter).hasToString("SeccompFilter[" + rules + ", otherwise allow]");
			assertThatExceptionOfType(SyscallInternalException.class).isThrownBy(() -> all.addRule(rules.get(0)))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EFAULT));
		}
	}

	@Test
	void badArchitectureIsSetAndRead() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			assertThat(filter.badArchitecture()).isEqualTo(SeccompAction.KILL_THREAD);
			assertThat(filter.badArchitecture(EPERM).badArchitecture()).isEqualTo(EPERM);
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> filter.setAttribute(SeccompAttribute.DEFAULT_ACTION, 0))
				.withMessage("seccomp_attr_set(DEFAULT_ACTION, 0) failed: EACCES (Permission denied)");
		}
	}

	@Test
	void ruleWithTheDefaultActionIsRefusedByTheLibrary() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> filter.addRule(SeccompRule.of(SeccompAction.ALLOW, "execve")))
				.withMessage("seccomp_rule_add_array(execve -> allow) failed: EACCES (Permission denied)");
		}
	}

	@Test
	void ruleForAnUnknownCallIsRefused() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			assertThatIllegalArgumentException().isThrownBy(() -> filter.addRule(SeccompRule.of(EPERM, "exec")))
				.withMessageContaining("knows no system call 'exec'");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "2147483648", "4294967296", "18446744073709551616", "0x100000000", "0x", "1st" })
	void callWhenItsNumberIsNoneSaysWhichAre(String call) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.factory.callNumber(call))
			.isExactlyInstanceOf(IllegalArgumentException.class)
			.withMessage("'" + call + "' is no number from 0 to 2147483647, in decimal or, behind 0x, in hexadecimal");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "-1", "-0x1", "-2147483649" })
	void callWhenItIsNeitherNameNorNumberIsUnknown(String call) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.factory.callNumber(call))
			.withMessageContaining("knows no system call '" + call + "'; a newer call can be given by its number");
	}

	@Test
	void callIsGivenByItsNumber() {
		assertThat(this.factory.callNumber("900")).isEqualTo(900);
		assertThat(this.factory.callNumber("0x384")).isEqualTo(900);
		assertThat(this.factory.callNumber("2147483647")).isEqualTo(Integer.MAX_VALUE);
	}

	/**
	 * It reads like an exactness that the library cannot have for other architectures.
	 */
	@Test
	void exactRuleForACallThatThisArchitectureLacksIsRefused() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> filter.addExactRule(SeccompRule.of(EPERM, "socketcall")))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EDOM));
		}
	}

	@Test
	void callsHaveNamesAndNumbers() {
		assertThat(this.factory.callName(this.factory.callNumber("execve"))).isEqualTo("execve");
		assertThat(this.factory.callNumber("425")).isEqualTo(425);
		assertThat(this.factory.callName(425)).isEqualTo("io_uring_setup");
		assertThat(this.factory.callName(9999)).isEqualTo("9999");
		assertThat(this.factory.version()).matches("2\\.\\d+\\.\\d+");
		assertThat(this.factory.apiLevel()).isGreaterThanOrEqualTo(3);
	}

	@Test
	void filterWhenClosedIsNotUsedAnyMore() {
		SeccompFilter filter = this.factory.open(SeccompAction.ALLOW);
		filter.close();
		assertThatIllegalStateException().isThrownBy(filter::load).withMessageContaining("is closed");
		assertThatIllegalStateException().isThrownBy(filter::close).withMessageContaining("closed already");
	}

	@ParameterizedTest
	@ValueSource(strings = { "futex", "mmap", "clone3", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "munmap" })
	void filterThatTakesWhatAJvmNeedsIsRefused(String call) {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, Integer.toString(this.factory.callNumber(call))));
			assertThatIllegalArgumentException().isThrownBy(filter::load)
				.withMessage(
						"This filter would harm the JVM: a JVM needs " + call + " and would die or freeze without it");
		}
	}

	@Test
	void filterThatWouldKillThreadsIsRefused() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.KILL_THREAD)) {
			assertThatIllegalArgumentException().isThrownBy(filter::load)
				.withMessageContaining("the default action kill-thread takes threads away");
			filter.reset(SeccompAction.ALLOW).addRule(SeccompRule.of(SeccompAction.KILL_THREAD, "getppid"));
			assertThatIllegalArgumentException().isThrownBy(filter::load)
				.withMessageContaining("kill-thread for getppid");
		}
	}

	@Test
	void filterThatAllowsTooLittleIsRefusedAndSaysWhatIsMissing() {
		try (SeccompFilter filter = this.factory.open(EPERM)) {
			filter.addRule(SeccompRule.of(SeccompAction.ALLOW, "futex"));
			assertThat(filter.objections()).anyMatch((objection) -> objection.startsWith("a JVM needs mmap,"))
				.noneMatch((objection) -> objection.startsWith("a JVM needs futex,"));
		}
	}

	@Test
	void filterThatAsksAboutTheJvmsOwnCallsIsRefused() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "openat"));
			assertThatIllegalArgumentException().isThrownBy(filter::loadListening)
				.withMessageContaining("the JVM itself calls openat and would wait for an answer");
		}
	}

	/** What a JVM can do without may still freeze it. */
	@Test
	void filterThatAsksAboutTheJvmsOwnCallsByDefaultIsRefused() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.NOTIFY)) {
			filter.addRule(SeccompRule.of(SeccompAction.ALLOW, "unlink"));
			assertThat(filter.objections()).anyMatch((objection) -> objection.startsWith("a JVM needs mmap,"))
				.contains("the JVM itself calls sched_setaffinity, and would wait for an answer that only it can give")
				.noneMatch((objection) -> objection.contains("calls unlink,"));
		}
	}

	@Test
	void filterThatTakesSomeOfManyCallsInOneIsFine() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			filter.addRule(SeccompRule.of(EPERM, "ioctl", SeccompComparison.of(1, SeccompComparator.EQ, 0x5412)));
			assertThat(filter.objections()).isEmpty();
			filter.addRule(SeccompRule.of(EPERM, "mmap", SeccompComparison.masked(2, 4, 4)));
			assertThat(filter.objections()).containsExactly("a JVM needs mmap and would die or freeze without it");
		}
	}

	@ParameterizedTest
	@EnumSource
	void presetIsFineForAJvmAndCanBeAskedAbout(SeccompPreset preset) {
		try (SeccompFilter filter = this.factory.open(preset.rules())) {
			assertThat(filter.objections()).isEmpty();
			assertThat(preset.rules()).allMatch((rule) -> this.factory.isAnswerable(rule.call()));
		}
	}

	@Test
	void filterWithoutQuestionsHasNoListenerAndTheOtherWayRound() {
		try (SeccompFilter filter = this.factory.open(SeccompAction.ALLOW)) {
			assertThatIllegalStateException().isThrownBy(filter::loadListening)
				.withMessageContaining("asks no listener");
			filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "execve"));
			assertThatIllegalStateException().isThrownBy(filter::load).withMessageContaining("loadListening()");
		}
	}

	@Test
	void memoryWhenFiltersAreOpenedAndClosedDoesNotGrow() throws Exception {
		openAndClose(2_000);
		assertThat(ResidentMemory.grownKib(20_000, () -> openAndClose(10_000)))
			.as("KiB for 10,000 filters of some 10 KiB each")
			.isLessThan(20_000);
	}

	private void openAndClose(int times) {
		for (int i = 0; i < times; i++) {
			try (SeccompFilter filter = this.factory.openForAllArchitectures(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(EPERM, "execve"));
				filter.addRule(SeccompRule.of(EPERM, "ioctl", SeccompComparison.of(1, SeccompComparator.EQ, i)));
			}
		}
	}

}
