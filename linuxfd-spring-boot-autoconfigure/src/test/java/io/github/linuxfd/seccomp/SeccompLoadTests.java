package io.github.linuxfd.seccomp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.RawCall;
import io.github.linuxfd.testsupport.RawFilter;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Filters that are loaded, each into a JVM of its own. The calls have numbers that no
 * kernel has yet: they fail with {@code ENOSYS} if nobody denies them.
 *
 * @author linuxfd
 */
@Timeout(240)
class SeccompLoadTests {

	private static final int ENOSYS = -38;

	private static final int EXDEV = -18;

	@TempDir
	private Path directory;

	@Test
	void argumentIsComparedByEachComparatorUnsigned() {
		assertThat(output(Comparators.class)).containsExactly("NE 6:-18 7:-38 8:-18 -1:-18",
				"LT 6:-18 7:-38 8:-38 -1:-38", "LE 6:-18 7:-18 8:-38 -1:-38", "EQ 6:-38 7:-18 8:-38 -1:-38",
				"GE 6:-38 7:-18 8:-18 -1:-18", "GT 6:-38 7:-38 8:-18 -1:-18", "MASKED_EQ 6:-18 7:-38 8:-38 -1:-38",
				"both 7,1:-38 7,2:-18 6,2:-38");
	}

	@Test
	void everyThreadOfTheJvmHasTheFilter() {
		assertThat(output(AllThreads.class)).containsOnly("thread -18", "later -18", "filtered")
			.filteredOn("thread -18"::equals)
			.hasSize(8);
	}

	@Test
	void loadWhenAThreadHasAFilterOfItsOwnNamesTheThread() {
		assertThat(output(OwnFilter.class)).singleElement()
			.asString()
			.matches("seccomp_load\\(with filters of their own: \\[thread \\d+ \\(stubborn\\)]\\) failed: "
					+ "ESRCH \\(No such process\\)");
	}

	@ParameterizedTest
	@CsvSource({ "kill-process, 159", "trap, 159" })
	void processEndsByActionsThatEndIt(String action, int status) {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"), Ending.class,
				action)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isEqualTo(status);
			assertThat(jvm.lines()).contains("loaded").doesNotContain("alive");
		}
	}

	/** What the refusal says would happen. */
	@Test
	void killThreadWhenForcedTakesAThreadThatTheJvmWaitsForInVain() {
		assertThat(output(KilledThread.class)).containsExactly("would harm", "the kernel has no thread victim",
				"Java waits for it: true");
	}

	@Test
	@EnabledIfCapability("CAP_SYSLOG")
	void logIsWrittenByTheKernelAndTheCallIsMade() {
		try (ForkedJvm jvm = ForkedJvm.start(Logging.class)) {
			jvm.awaitLine("result -38");
			assertThat(jvm.awaitExit()).isZero();
			org.junit.jupiter.api.Assumptions.assumeTrue(Shell.run(List.of("dmesg")).output().contains("type=1326"),
					"no audit daemon takes the records away from the kernel's log");
			// by a thread of the kernel
			await().untilAsserted(() -> assertThat(Shell.run(List.of("dmesg")).output())
				.containsPattern("type=1326 .*pid=" + jvm.pid() + " .*syscall=900"));
		}
	}

	@Test
	@EnabledIfCapability("CAP_SETPCAP")
	void loadWithoutPrivilegesNeedsNoNewPrivileges() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
				Unprivileged.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("no new privileges: 0", "EACCES", "no new privileges: 1",
					"result -18");
		}
	}

	/** The numbers of 32-bit calls are others, and any 64-bit program can make them. */
	@Test
	@EnabledIfCompiler("gcc")
	@EnabledOnOs(architectures = "amd64", value = OS.LINUX)
	void callByAnotherArchitectureIsNoWayAroundTheFilter() throws IOException {
		Path source = Files.writeString(this.directory.resolve("legacy.c"), """
				#include <stdio.h>
				int main(void) {
					int result;
					__asm__ volatile("int $0x80" : "=a"(result) : "a"(64) : "memory");
					printf("getppid by int 0x80: %s\\n", result == -18 ? "denied" : result > 0 ? "made" : "absent");
				}
				""");
		Path program = this.directory.resolve("legacy");
		Shell.run(List.of("gcc", "-o", program.toString(), source.toString())).orFail();
		String unfiltered = Shell.run(List.of(program.toString())).orFail();
		org.junit.jupiter.api.Assumptions.assumeTrue(unfiltered.contains("made"), "this kernel takes 32-bit calls");
		assertThat(output(Legacy.class, program.toString(), "all")).containsExactly("getppid by int 0x80: denied");
		assertThat(output(Legacy.class, program.toString(), "allow-unknown"))
			.containsExactly("getppid by int 0x80: made");
	}

	/** Nobody traces: the call fails instead of waiting for a tracer. */
	@Test
	void traceWithoutTracerFailsTheCall() {
		assertThat(output(Traced.class)).containsExactly("result -38");
	}

	/** What is left is enough for a JVM to compile, collect, start threads and end. */
	@Test
	void filterThatAllowsNoMoreThanAJvmNeedsLetsItLive() {
		assertThat(output(AllowList.class)).containsExactly("lives", "result -18", "thread -18");
	}

	@Test
	void exportedProgramDoesWhatTheFilterDoes() {
		assertThat(output(Exported.class)).containsExactly("loaded 0", "7: -18, 8: -38");
	}

	/** /proc/self is the process, whose descriptors are not those of such a thread. */
	@Test
	void exportByAThreadWithDescriptorsOfItsOwnIsRead() {
		assertThat(output(OwnDescriptors.class)).containsExactly("unshared 0", "same: true", "same: true");
	}

	/** By the kernel, not by injection. */
	@Test
	void loadWhenTheKernelRefusesSaysWhy() {
		assertThat(output(Refused.class)).containsExactly("seccomp_load ENOMEM SyscallMemoryException",
				"seccomp_load EINVAL SyscallArgumentException", "seccomp_load EBUSY SyscallSystemException",
				"seccomp EINVAL", "seccomp_load EPERM SyscallPermissionException");
	}

	@Test
	void mergedFilterIsLoadedForBothArchitectures() {
		assertThat(output(Merged.class)).containsExactly("result -18");
	}

	@Test
	void notificationsAreReceivedAndAnswered() {
		assertThat(output(Notifying.class)).containsExactly("await nothing: false", "900 with 5 of the caller: true",
				"waits: true", "answered: true", "waits: false", "answered again: false", "result 42", "result -18",
				"result -38", "another listener: libseccomp gives a process one listener, which this one has had",
				"another filter: -18", "after the close: -38");
	}

	private static List<String> output(Class<?> mainClass, String... arguments) {
		try (ForkedJvm jvm = ForkedJvm.start(mainClass, arguments)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			return jvm.lines();
		}
	}

	private static SeccompFactory factory() {
		return new SeccompFactory(Syscalls.system(), Libseccomp.find().orElseThrow());
	}

	private static SeccompAction exdev() {
		return SeccompAction.errno(new Errno(-EXDEV));
	}

	static class Comparators {

		public static void main(String[] arguments) {
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				for (SeccompComparator comparator : SeccompComparator.values()) {
					SeccompComparison comparison = (comparator == SeccompComparator.MASKED_EQ)
							? SeccompComparison.masked(0, 0xf, 6) : SeccompComparison.of(0, comparator, 7);
					filter.addRule(SeccompRule.of(exdev(), Integer.toString(900 + comparator.ordinal()), comparison));
				}
				filter.addRule(SeccompRule.of(exdev(), "910", SeccompComparison.of(0, SeccompComparator.EQ, 7),
						SeccompComparison.of(1, SeccompComparator.NE, 1)));
				filter.load();
			}
			for (SeccompComparator comparator : SeccompComparator.values()) {
				int call = 900 + comparator.ordinal();
				System.out.println(comparator + " 6:" + RawCall.make(call, 6) + " 7:" + RawCall.make(call, 7) + " 8:"
						+ RawCall.make(call, 8) + " -1:" + RawCall.make(call, -1));
			}
			System.out.println("both 7,1:" + RawCall.make(910, 7, 1) + " 7,2:" + RawCall.make(910, 7, 2) + " 6,2:"
					+ RawCall.make(910, 6, 2));
		}

	}

	static class AllThreads {

		public static void main(String[] arguments) throws Exception {
			CountDownLatch started = new CountDownLatch(8);
			CountDownLatch loaded = new CountDownLatch(1);
			Thread[] threads = new Thread[8];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					started.countDown();
					try {
						loaded.await();
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(ex);
					}
					System.out.println("thread " + RawCall.make(900));
				});
				threads[i].start();
			}
			started.await();
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "900")).load();
			}
			loaded.countDown();
			for (Thread thread : threads) {
				thread.join();
			}
			Thread later = new Thread(() -> System.out.println("later " + RawCall.make(900)));
			later.start();
			later.join();
			// those of the collector and the compiler too
			try (java.util.stream.Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
				System.out.println(tasks.allMatch(AllThreads::isFiltered) ? "filtered" : "not all are filtered");
			}
		}

		private static boolean isFiltered(Path task) {
			try {
				return Files.readString(task.resolve("status")).contains("Seccomp:\t2");
			}
			catch (IOException ex) {
				return true; // has ended
			}
		}

	}

	static class OwnFilter {

		public static void main(String[] arguments) throws Exception {
			CountDownLatch loaded = new CountDownLatch(1);
			Thread thread = new Thread(() -> {
				try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
					filter.setAttribute(SeccompAttribute.ALL_THREADS, 0).addRule(SeccompRule.of(exdev(), "900")).load();
				}
				loaded.countDown();
				LockSupport.park();
			}, "stubborn");
			thread.setDaemon(true);
			thread.start();
			loaded.await();
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "900")).load();
			}
			catch (SyscallException ex) {
				System.out.println(ex.getMessage());
			}
		}

	}

	static class Ending {

		public static void main(String[] arguments) {
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.valueOf(arguments[0]), "900")).load();
			}
			System.out.println("loaded");
			RawCall.make(900);
			System.out.println("alive");
		}

	}

	static class KilledThread {

		public static void main(String[] arguments) throws Exception {
			RawCall.make(900);
			AtomicLong tid = new AtomicLong();
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.KILL_THREAD, "900"));
				try {
					filter.load();
				}
				catch (IllegalArgumentException ex) {
					System.out.println("would harm");
				}
				filter.force().load();
			}
			Thread victim = new Thread(() -> {
				try {
					tid.set(Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString()));
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
				RawCall.make(900);
			}, "victim");
			victim.start();
			await().until(() -> tid.get() != 0 && Files.notExists(Path.of("/proc/self/task/" + tid)));
			System.out.println("the kernel has no thread victim");
			System.out.println("Java waits for it: " + victim.isAlive());
			Runtime.getRuntime().halt(0);
		}

	}

	static class Logging {

		public static void main(String[] arguments) {
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.LOG, "900")).load();
			}
			System.out.println("result " + RawCall.make(900));
		}

	}

	static class Unprivileged {

		public static void main(String[] arguments) throws IOException {
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "900")).setAttribute(SeccompAttribute.NO_NEW_PRIVILEGES, 0);
				print();
				try {
					filter.load();
				}
				catch (SyscallException ex) {
					System.out.println(ex.errno().name());
				}
				filter.setAttribute(SeccompAttribute.NO_NEW_PRIVILEGES, 1).load();
				print();
			}
			System.out.println("result " + RawCall.make(900));
		}

		private static void print() throws IOException {
			String status = Files.readString(Path.of("/proc/self/status"));
			System.out.println("no new privileges: " + status.replaceAll("(?s).*NoNewPrivs:\\t(\\d).*", "$1"));
		}

	}

	static class Legacy {

		public static void main(String[] arguments) throws Exception {
			SeccompFactory factory = factory();
			try (SeccompFilter filter = arguments[1].equals("all")
					? factory.openForAllArchitectures(SeccompAction.ALLOW)
					: factory.open(SeccompAction.ALLOW).badArchitecture(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "getppid")).load();
			}
			new ProcessBuilder(arguments[0]).inheritIO().start().waitFor();
		}

	}

	static class Traced {

		public static void main(String[] arguments) {
			SeccompFactory factory = factory();
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.valueOf("trace:7"), "getppid")).load();
			}
			System.out.println("result " + RawCall.make(factory.callNumber("getppid")));
		}

	}

	static class AllowList {

		private static final Pattern NEEDED = Pattern.compile("a JVM needs (\\w+), which the default action.*");

		public static void main(String[] arguments) throws Exception {
			RawCall.make(901);
			try (SeccompFilter filter = factory().open(exdev())) {
				for (String objection : filter.objections()) {
					Matcher needed = NEEDED.matcher(objection);
					if (!needed.matches()) {
						throw new AssertionError(objection);
					}
					filter.addRule(SeccompRule.of(SeccompAction.ALLOW, needed.group(1)));
				}
				filter.load();
			}
			for (int i = 0; i < 50; i++) {
				byte[][] garbage = new byte[20][1 << 20];
				garbage[0][0] = 1;
				System.gc();
			}
			System.out.println("lives");
			System.out.println("result " + RawCall.make(900));
			Thread thread = new Thread(() -> System.out.println("thread " + RawCall.make(900)));
			thread.start();
			thread.join();
		}

	}

	static class Exported {

		public static void main(String[] arguments) {
			byte[] program;
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW);
					SeccompFilter another = factory().open(SeccompAction.ALLOW)) {
				// an ordinary user needs NO_NEW_PRIVS
				another.addRule(SeccompRule.of(exdev(), "901")).load();
				program = filter
					.addRule(SeccompRule.of(exdev(), "900", SeccompComparison.of(0, SeccompComparator.EQ, 7)))
					.exportBpf();
			}
			System.out.println("loaded " + RawFilter.load(program));
			System.out.println("7: " + RawCall.make(900, 7) + ", 8: " + RawCall.make(900, 8));
		}

	}

	static class OwnDescriptors {

		private static final int CLONE_FILES = 0x400;

		public static void main(String[] arguments) throws Exception {
			SeccompFactory factory = factory();
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "execve"));
				String text = filter.exportPfc();
				byte[] program = filter.exportBpf();
				Thread thread = new Thread(() -> {
					System.out.println("unshared " + RawCall.make(factory.callNumber("unshare"), CLONE_FILES));
					System.out.println("same: " + filter.exportPfc().equals(text));
					System.out.println("same: " + Arrays.equals(filter.exportBpf(), program));
				});
				thread.start();
				thread.join();
			}
		}

	}

	static class Refused {

		public static void main(String[] arguments) {
			SeccompFactory factory = factory();
			// a rule is an instruction; a program may have 4096, and all of a thread
			// 32768
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				add(filter, 0, 1_000);
				print(() -> {
					for (int i = 0; i < 40; i++) {
						filter.load();
					}
				});
				add(filter, 1_000, 4_100);
				print(filter::load);
			}
			byte[] program;
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				program = filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "902")).exportBpf();
			}
			SyscallException.check("seccomp", RawFilter.listen(program), "as a supervisor does");
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "900"));
				print(filter::loadListening);
			}
			System.out.println("seccomp " + new Errno(-Syscalls.system().seccomp(4711, 0, 0)).name());
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW)) {
				// as a container's profile may
				filter.addRule(SeccompRule.of(SeccompAction.errno(Errno.EPERM), "seccomp")).load();
				print(filter::load);
			}
		}

		private static void add(SeccompFilter filter, int from, int to) {
			for (int i = from; i < to; i++) {
				filter.addRule(SeccompRule.of(exdev(), "900", SeccompComparison.of(0, SeccompComparator.EQ, i)));
			}
		}

		private static void print(Runnable load) {
			try {
				load.run();
				System.out.println("loaded");
			}
			catch (SyscallException ex) {
				System.out.println(ex.syscall() + " " + ex.errno().name() + " " + ex.getClass().getSimpleName());
			}
		}

	}

	static class Merged {

		public static void main(String[] arguments) {
			SeccompFactory factory = factory();
			try (SeccompFilter filter = factory.open(SeccompAction.ALLOW);
					SeccompFilter other = factory.open(SeccompAction.ALLOW)) {
				other.addArchitecture(factory.architecture().others().get(0))
					.removeArchitecture(factory.architecture());
				filter.addRule(SeccompRule.of(exdev(), "900")).merge(other).load();
			}
			System.out.println("result " + RawCall.make(900));
		}

	}

	static class Notifying {

		public static void main(String[] arguments) throws Exception {
			RawCall.make(900);
			SeccompNotifications notifications;
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				notifications = filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "900")).loadListening();
			}
			System.out.println("await nothing: " + notifications.await(Duration.ofMillis(1)));
			Thread thread = start(5);
			SeccompNotification notification = receive(notifications);
			System.out.println(notification.call() + " with " + notification.argument(0) + " of the caller: "
					+ Files.readString(Path.of("/proc/self/task/" + notification.pid() + "/comm"))
						.startsWith("caller"));
			System.out.println("waits: " + notifications.isValid(notification));
			System.out.println("answered: " + notifications.respond(notification, SeccompAnswer.value(42)));
			thread.join();
			System.out.println("waits: " + notifications.isValid(notification));
			System.out.println("answered again: " + notifications.respond(notification, SeccompAnswer.value(42)));
			System.out.println("result " + result);
			for (SeccompAnswer answer : List.of(SeccompAnswer.errno(new Errno(-EXDEV)), SeccompAnswer.CONTINUE)) {
				thread = start(6);
				notifications.respond(receive(notifications), answer);
				thread.join();
				System.out.println("result " + result);
			}
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(SeccompAction.NOTIFY, "901")).loadListening();
			}
			catch (IllegalStateException ex) {
				System.out.println("another listener: " + ex.getMessage());
			}
			try (SeccompFilter filter = factory().open(SeccompAction.ALLOW)) {
				filter.addRule(SeccompRule.of(exdev(), "901")).load();
			}
			System.out.println("another filter: " + RawCall.make(901));
			thread = start(7);
			await().until(() -> notifications.await(Duration.ZERO));
			notifications.close();
			thread.join();
			System.out.println("after the close: " + result);
			if (result != ENOSYS) {
				System.exit(1);
			}
		}

		private static volatile long result;

		private static Thread start(long argument) {
			Thread thread = new Thread(() -> result = RawCall.make(900, argument), "caller");
			thread.start();
			return thread;
		}

		private static SeccompNotification receive(SeccompNotifications notifications) {
			if (!notifications.await(Duration.ofSeconds(20))) {
				throw new AssertionError("nobody calls");
			}
			return notifications.receive().orElseThrow();
		}

	}

}
