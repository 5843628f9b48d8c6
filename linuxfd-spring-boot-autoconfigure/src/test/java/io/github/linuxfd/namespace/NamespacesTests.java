package io.github.linuxfd.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.HostUntouchedExtension;
import io.github.linuxfd.testsupport.ScenarioTests;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link Namespaces}, {@link NamespaceFd} and {@link CloneFlag}.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(240)
class NamespacesTests {

	private static final long SELF = ProcessHandle.current().pid();

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Namespaces namespaces = new Namespaces(this.faults.syscalls());

	static Stream<Arguments> errors() {
		return ErrorTable.cells("""
				unshare | EINVAL | EPERM EUSERS | ENOMEM | ENOSPC | |
				setns | EBADF EINVAL ESRCH | EPERM EUSERS | ENOMEM | | |
				""");
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("errors")
	void callWhenRefusedIsTheTablesException(String call, Errno errno, Class<?> kind) {
		this.faults.fail(call, 1, errno);
		try (NamespaceFd uts = this.namespaces.open(SELF, CloneFlag.NEWUTS)) {
			Flags<CloneFlag> types = Flags.of(CloneFlag.NEWUTS);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> {
				if (call.equals("setns")) {
					this.namespaces.setns(uts.fd(), types);
				}
				else {
					this.namespaces.unshare(types);
				}
			})
				.isExactlyInstanceOf(kind)
				.withMessageStartingWith(call + "(")
				.withMessageContaining("NEWUTS) failed: " + errno)
				.satisfies((failure) -> assertThat(failure.getMessage().endsWith("; it needs CAP_SYS_ADMIN"))
					.isEqualTo(errno.equals(Errno.EPERM)));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "NEWUSER", "NEWUTS|NEWUSER", "THREAD", "VM", "SIGHAND" })
	void unshareWhenTheJvmHasTooManyThreadsForThatIsRefused(String names) {
		Flags<CloneFlag> flags = Flags.of(CloneFlag.class,
				Stream.of(names.split("\\|")).map(CloneFlag::valueOf).toList());
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.namespaces.unshare(flags))
			.satisfies((failure) -> {
				assertThat(failure.errno()).isEqualTo(Errno.EINVAL);
				assertThat(failure.getMessage()
					.contains("only a process with one thread may do: see Namespaces.freshProcess"))
					.isEqualTo(names.contains("NEWUSER"));
				assertThat(Remedy.of(failure).isPresent()).isEqualTo(names.contains("NEWUSER"));
				Remedy.of(failure)
					.ifPresent((remedy) -> assertThat(remedy.action()).contains("Namespaces.freshProcess",
							"unshare --user --map-root-user"));
			});
	}

	@ParameterizedTest
	@CsvSource({ "FILES,keeps open what the others close", "FS,NEWNS takes them along", "SYSVSEM,not a namespace",
			"THREAD,not a namespace", "SIGHAND,not a namespace", "VM,not a namespace",
			"NEWUSER,a JVM has many. Start a child in it by Namespaces.freshProcess",
			"NEWPID,only its children get new ones", "NEWTIME,keeps its clocks" })
	void freshWhenAThreadCannotDoItIsRefusedWithTheReasonBeforeAnyCall(CloneFlag flag, String reason) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.fresh(CloneFlag.NEWUTS, flag))
			.withMessageStartingWith(flag + " is refused")
			.withMessageContaining(reason);
		assertThat(this.faults.count("unshare")).isZero();
	}

	@ParameterizedTest
	@EnumSource(value = CloneFlag.class, names = { "FILES", "FS", "SYSVSEM", "THREAD", "SIGHAND", "VM" })
	void freshProcessWhenFlagIsNoNamespaceIsRefused(CloneFlag flag) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.freshProcess(Flags.of(flag), "true"))
			.withMessageContaining("Namespaces.unshare has the bare call");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.namespaces.enteringProcess(SELF, Flags.of(CloneFlag.NEWUTS, flag), "true"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.open(SELF, flag));
	}

	@Test
	void processWhenThereIsNothingToDoIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.namespaces.freshProcess(Flags.none(CloneFlag.class), "true"));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.namespaces.freshProcess(Flags.ofBits(CloneFlag.class, 1L << 40), "true"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.freshProcess(Flags.of(CloneFlag.NEWUTS)));
	}

	@Test
	void freshProcessIsACommandOfUnshare() {
		assertThat(this.namespaces
			.freshProcess(Flags.of(CloneFlag.NEWNS, CloneFlag.NEWPID, CloneFlag.NEWUSER), "sh", "-c", "id")
			.command()).containsExactly("unshare", "--mount", "--user", "--pid", "--map-root-user", "--mount-proc",
					"--kill-child", "--", "sh", "-c", "id");
		assertThat(
				this.namespaces.enteringProcess(7, Flags.of(CloneFlag.NEWNS, CloneFlag.NEWNET), "ip", "link").command())
			.containsExactly("nsenter", "--target", "7", "--mount", "--net", "--", "ip", "link");
	}

	@Test
	void enteringProcessOfNamespacesIsACommandWithTheirDescriptors() {
		NamespaceFd closed = this.namespaces.open(SELF, CloneFlag.NEWIPC);
		closed.close();
		try (NamespaceFd mnt = this.namespaces.open(SELF, CloneFlag.NEWNS);
				NamespaceFd net = this.namespaces.open(SELF, CloneFlag.NEWNET)) {
			List<String> command = this.namespaces.enteringProcess(List.of(mnt, net), "ip", "link").command();
			assertThat(command).hasSize(6).startsWith("nsenter").endsWith("--", "ip", "link");
			assertThat(command.get(1)).matches("--mount=/proc/" + SELF + "/fd/\\d+");
			assertThat(command.get(2)).matches("--net=/proc/" + SELF + "/fd/\\d+");
			assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.enteringProcess(List.of(mnt)));
			assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.enteringProcess(List.of(), "true"));
			assertThatIllegalStateException()
				.isThrownBy(() -> this.namespaces.enteringProcess(List.of(mnt, closed), "true"));
		}
	}

	/** Any user may, where user namespaces are not switched off. */
	@Test
	void freshProcessInAUserNamespaceIsRootWithoutPrivilege() throws Exception {
		assumeThat(Shell.bash("unshare --user --map-root-user --pid --mount --mount-proc --fork true").status())
			.as("the kernel or container lets any user do that")
			.isZero();
		ProcessBuilder builder = this.namespaces.freshProcess(
				Flags.of(CloneFlag.NEWUSER, CloneFlag.NEWPID, CloneFlag.NEWNS, CloneFlag.NEWUTS), "sh", "-c",
				"hostname inner && echo $(id -u) $$ $(hostname) /proc/[0-9]*");
		assertThat(NamespaceScenarios.output(builder)).isEqualTo("0 1 inner /proc/1");
	}

	@Test
	void unshareWhenCapabilityIsMissingNamesIt() {
		List<String> wrapper = (Syscalls.system().getuid() == 0) ? List.of("setpriv", "--bounding-set=-sys_admin")
				: List.of();
		try (ForkedJvm jvm = ForkedJvm.startBy(wrapper, Refused.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly(
					"unshare(NEWUTS) failed: EPERM (Operation not permitted); it needs CAP_SYS_ADMIN",
					"unshare needs the capability CAP_SYS_ADMIN, which this process lacks or its container keeps back.",
					"setns failed: EPERM", "unshare(FS) did not fail");
		}
	}

	@ParameterizedTest
	@EnumSource(value = CloneFlag.class, mode = EnumSource.Mode.MATCH_ALL, names = "NEW.*")
	void openHasTypeAndName(CloneFlag type) throws IOException {
		Path file = Path.of("/proc/self/ns", type.file());
		try (NamespaceFd namespace = this.namespaces.open(SELF, type); NamespaceFd same = this.namespaces.open(file)) {
			assertThat(namespace.type()).isEqualTo(type);
			assertThat(namespace.name()).isEqualTo(Files.readSymbolicLink(file).toString());
			assertThat(same.name()).isEqualTo(namespace.name());
			assertThat(namespace).hasToString(namespace.name());
		}
	}

	/** Where the first thread has other files, or none, under the same numbers. */
	@Test
	void openOnAThreadWithDescriptorsOfItsOwnHasTheName() throws Exception {
		FutureTask<String> task = new FutureTask<>(() -> {
			this.namespaces.unshare(Flags.of(CloneFlag.FILES));
			try (NamespaceFd namespace = this.namespaces.open(SELF, CloneFlag.NEWUTS)) {
				return namespace.name();
			}
		});
		new Thread(task).start();
		assertThat(task.get(10, TimeUnit.SECONDS))
			.isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/uts")).toString());
	}

	@Test
	void openWhenFileIsNoNamespaceIsRefusedAndClosed(@TempDir Path directory) throws IOException {
		Path file = Files.createFile(directory.resolve("file"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.namespaces.open(file))
			.withMessage("\"" + file + "\" is not a namespace that linuxfd knows: "
					+ "ioctl(NS_GET_NSTYPE) failed: ENOTTY (Inappropriate ioctl for device)");
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.namespaces.open(directory.resolve("missing")))
			.withMessageEndingWith("failed: ENOENT (No such file or directory)");
		assertThat(this.faults.count("close")).isEqualTo(1);
	}

	@Test
	void closeWhenClosedIsRefused() {
		NamespaceFd namespace = this.namespaces.open(SELF, CloneFlag.NEWUTS);
		NamespaceThread thread = this.namespaces.entering(namespace);
		namespace.close();
		assertThatIllegalStateException().isThrownBy(namespace::close);
		assertThatIllegalStateException().isThrownBy(() -> thread.call(() -> "inside"));
	}

	@Test
	void openWhenDoneTenThousandTimesLeaksNothing() throws IOException {
		Map<String, Long> before = descriptors();
		for (int i = 0; i < 10_000; i++) {
			this.namespaces.open(SELF, CloneFlag.NEWUTS).close();
		}
		assertThat(descriptors()).isEqualTo(before);
	}

	private static Map<String, Long> descriptors() throws IOException {
		try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
			return links.map(NamespacesTests::target)
				.filter((target) -> target.endsWith("]") && !target.startsWith("pipe:")
						&& !target.startsWith("socket:"))
				.collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
		}
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			return "";
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
	void bareCallsWhenOnAVirtualThreadAreRefused() throws Exception {
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Object thread = Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> {
			try {
				this.namespaces.unshare(Flags.of(CloneFlag.NEWUTS));
			}
			catch (IllegalStateException ex) {
				failure.set(ex);
			}
		});
		((Thread) thread).join();
		assertThat(Objects.requireNonNull(failure.get())).hasMessageContaining("its carrier would be moved");
		assertThat(this.faults.count("unshare")).isZero();
	}

	static final class Refused {

		private Refused() {
		}

		public static void main(String[] arguments) throws Exception {
			Namespaces namespaces = new Namespaces(Syscalls.system());
			try {
				namespaces.fresh(CloneFlag.NEWUTS).call(() -> "inside");
			}
			catch (SyscallException ex) {
				System.out.println(ex.getMessage());
				System.out.println(Remedy.of(ex).orElseThrow().cause());
			}
			try (NamespaceFd uts = namespaces.open(ProcessHandle.current().pid(), CloneFlag.NEWUTS)) {
				namespaces.entering(uts).call(() -> "inside");
			}
			catch (SyscallException ex) {
				System.out.println("setns failed: " + ex.errno().name());
			}
			Thread thread = new Thread(() -> {
				namespaces.unshare(Flags.of(CloneFlag.FS));
				System.out.println("unshare(FS) did not fail");
			});
			thread.start();
			thread.join();
		}

	}

	/**
	 * What needs privileges, in a JVM that has host name and mounts of its own.
	 */
	@Nested
	@EnabledIfCapability("CAP_SYS_ADMIN")
	class Privileged extends ScenarioTests {

		Privileged() {
			super(NamespaceScenarios.class, "unshare", "--mount", "--uts");
		}

		@Test
		void threadWhenLeftBehindIsAWarning() {
			jvm().awaitLine(
					(line) -> line.contains("Threads were started in fresh NEWUTS and stay there: [left-behind"));
		}

	}

}
