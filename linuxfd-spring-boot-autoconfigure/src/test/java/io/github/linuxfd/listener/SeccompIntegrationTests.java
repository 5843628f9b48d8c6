package io.github.linuxfd.listener;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.event.EventListener;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.autoconfigure.LinuxFdSeccompAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.event.SystemCallReportedEvent;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompFilter;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.seccomp.SeccompRule;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.RawCall;
import io.github.linuxfd.testsupport.RawFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Applications with {@code linuxfd.seccomp}, in JVMs of their own. Call 900 is one that
 * no kernel has yet: {@code ENOSYS}, -38, if it is let through.
 *
 * @author linuxfd
 */
@Timeout(240)
class SeccompIntegrationTests {

	private static final String ASK = "--linuxfd.seccomp.rules.ask.calls=900";

	private static final String NOTIFY = "--linuxfd.seccomp.rules.ask.action=notify";

	@TempDir
	private Path directory;

	@Test
	void applicationWithoutExecGoesOnServing() {
		try (ForkedJvm jvm = ForkedJvm.start(Serving.class, "--linuxfd.seccomp.presets=no-exec",
				"--test.dir=" + this.directory)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).filteredOn((line) -> line.startsWith("exec"))
				.hasSize(9)
				.allMatch((line) -> line.contains("Operation not permitted"));
			assertThat(jvm.lines()).contains("before: a program can be started", "all threads have the filter",
					"no new privileges: 1", "20 requests, 20 files, timers tick");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SETPCAP")
	void applicationWithoutPrivilegesIsGuardedToo() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
				Serving.class, "--linuxfd.seccomp.presets=no-exec,no-io-uring", "--test.dir=" + this.directory)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("20 requests, 20 files, timers tick");
		}
	}

	@Test
	void presetsDenyEachOfTheirCalls() {
		try (ForkedJvm jvm = ForkedJvm.start(EveryPreset.class,
				"--linuxfd.seccomp.presets=no-exec,no-io-uring,no-ptrace,no-mount,no-kernel-code",
				"--spring.main.lazy-initialization=true")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).filteredOn((line) -> line.startsWith("call "))
				.hasSize(27)
				.allMatch((line) -> line.endsWith(" -1"));
		}
	}

	@Test
	void rulesOfPropertiesAreTheKernels() {
		try (ForkedJvm jvm = ForkedJvm.start(Ruled.class, "--linuxfd.seccomp.rules.some.calls=900,901",
				"--linuxfd.seccomp.rules.some.action=errno:EXDEV",
				"--linuxfd.seccomp.rules.some.when=arg0 == 7,arg1 & 0x3 == 2", "--linuxfd.seccomp.rules.all.calls=902",
				"--linuxfd.seccomp.rules.needed.calls=getrusage", "--linuxfd.seccomp.force=true")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("7,6: -18 -18 -1", "7,5: -38 -38 -1", "8,6: -38 -38 -1", "forced -1");
		}
	}

	@Test
	void secondContextWithTheSameRulesLoadsNothing() {
		try (ForkedJvm jvm = ForkedJvm.start(TwoContexts.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsSubsequence("filters 1", "filters 1", "filters 2", "filters 2");
		}
	}

	@Test
	void dryRunReportsWhatWouldBeDeniedAndLetsItBe() {
		try (ForkedJvm jvm = ForkedJvm.start(DryRun.class, "--linuxfd.seccomp.presets=no-exec",
				"--linuxfd.seccomp.rules.more.calls=900,openat", "--linuxfd.seccomp.mode=log")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines())
				.contains("exit 0", "900: -38", "event execve", "event 900", "after the context: -38",
						"exit 0 after the context")
				.anyMatch((line) -> line.contains("WARN") && line.contains("seccomp would deny execve("))
				.anyMatch((line) -> line.contains("WARN") && line.contains("seccomp would deny 900(")
						&& line.contains("(caller, a thread of " + jvm.pid() + " java)"))
				.anyMatch((line) -> line.matches(".*seccomp would have denied \\d+ calls; 0 of them .*"))
				.anyMatch((line) -> line.contains("kernel's log only (type=1326): [openat]"));
		}
	}

	/** As under a container's supervisor. */
	@Test
	void dryRunWhenSomebodyElseListensIsLeftToTheKernelsLog() {
		try (ForkedJvm jvm = ForkedJvm.start(DryRun.class, "--linuxfd.seccomp.presets=no-exec",
				"--linuxfd.seccomp.mode=log", "--busy")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("exit 0")
				.doesNotContain("event execve")
				.anyMatch((line) -> line.contains("kernel's log only (type=1326): [execve, execveat]"));
		}
	}

	@Test
	void listenerAnswersAndWhereItDoesNotTheConfiguredAnswerIsGiven() {
		try (ForkedJvm jvm = ForkedJvm.start(Asking.class, ASK, NOTIFY, "--linuxfd.seccomp.listener.timeout=5s",
				"--linuxfd.seccomp.listener.default-answer=errno:EPERM")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines())
				.contains("continue -38", "errno -18", "value 42", "throws -1", "nothing -1", "hangs -1", "not early",
						"calls itself 42", "on the loop 42", "beside a hanging one 42", "no context -1",
						"few are waiting", "beside a dry run 42")
				.anyMatch((line) -> line.contains("ERROR")
						&& line.contains("The SeccompNotifyListener has failed at 900("))
				.anyMatch((line) -> line.contains("The SeccompNotifyListener has returned null"))
				.anyMatch((line) -> line.contains("WARN") && line.contains("has not answered within PT5S; 900("));
		}
	}

	/** ioctl(2) receives, looks whether somebody still waits, and answers. */
	@Test
	void callWhenItsAnswerCannotBeGivenDoesNotWaitForEver() {
		try (ForkedJvm jvm = ForkedJvm.start(Refused.class, ASK, NOTIFY, "--linuxfd.seccomp.listener.timeout=3s",
				"--linuxfd.seccomp.listener.default-answer=errno:EPERM")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines())
				.containsSubsequence("listener's refused -1", "both refused -1", "not early", "answered again 42",
						"all refused -38", "later -38")
				.contains("health: true", "dry run's: true")
				.anyMatch((line) -> line.startsWith("failed: linuxfd.seccomp, SECCOMP_IOCTL_NOTIF_SEND("))
				.anyMatch((line) -> line.contains("ERROR") && line.contains("900(")
						&& line.contains("is answered when its time is over"))
				.anyMatch((line) -> line.contains("ERROR")
						&& line.contains("Calls that seccomp asks about fail with ENOSYS from now on"));
		}
	}

	/** The kernel has taken the filter by then, so there is nothing to do without. */
	@Test
	void startWhenACallAfterTheLoadFailsFailsAlsoIfTheRulesAreOptional() {
		try (ForkedJvm jvm = ForkedJvm.start(HalfLoaded.class, ASK, NOTIFY, "--linuxfd.seccomp.optional=true")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("seccomp ENOMEM").noneMatch((line) -> line.contains("not loaded"));
		}
	}

	@Test
	void libraryWhenAbsentFailsTheStartOfThoseWhoNeedIt() throws IOException {
		Files.writeString(this.directory.resolve("libseccomp.so.2"), "no library");
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("env", "LD_LIBRARY_PATH=" + this.directory), Plain.class)) {
			assertThat(jvm.awaitExit()).isEqualTo(1);
			assertThat(jvm.lines())
				.contains("started, factories: 0", "started without rules", "APPLICATION FAILED TO START",
						"linuxfd.seccomp has rules, and libseccomp.so.2 is not installed.")
				.anyMatch((line) -> line.startsWith("Install it: apt-get install libseccomp2"));
		}
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... arguments) {
		SpringApplication spring = new SpringApplication(application);
		spring.setBannerMode(Banner.Mode.OFF);
		return spring.run(arguments);
	}

	private static String status(String field) throws IOException {
		return Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((line) -> line.startsWith(field + ":"))
			.map((line) -> line.substring(field.length() + 1).strip())
			.findFirst()
			.orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LinuxFdAutoConfiguration.class, LinuxFdSeccompAutoConfiguration.class })
	static class Guarded {

	}

	static class Plain extends Guarded {

		public static void main(String[] arguments) {
			try (ConfigurableApplicationContext context = run(Plain.class)) {
				System.out.println("started, factories: " + context.getBeanNamesForType(SeccompFactory.class).length);
			}
			run(Plain.class, "--linuxfd.seccomp.presets=no-exec", "--linuxfd.seccomp.optional=true").close();
			System.out.println("started without rules");
			run(Plain.class, "--linuxfd.seccomp.presets=no-exec").close();
		}

	}

	static class EveryPreset extends Guarded {

		public static void main(String[] arguments) {
			try (ConfigurableApplicationContext context = run(EveryPreset.class, arguments)) {
				SeccompFactory factory = context.getBean(SeccompFactory.class);
				Arrays.stream(io.github.linuxfd.seccomp.SeccompPreset.values())
					.flatMap((preset) -> preset.rules().stream())
					.forEach((rule) -> System.out.println(
							"call " + rule.call() + " " + RawCall.make(factory.callNumber(rule.call()), -1, -1, -1)));
			}
		}

	}

	static class Ruled extends Guarded {

		public static void main(String[] arguments) {
			try (ConfigurableApplicationContext context = run(Ruled.class, arguments)) {
				for (long[] pair : List.of(new long[] { 7, 6 }, new long[] { 7, 5 }, new long[] { 8, 6 })) {
					System.out.println(pair[0] + "," + pair[1] + ": " + RawCall.make(900, pair) + " "
							+ RawCall.make(901, pair) + " " + RawCall.make(902, pair));
				}
				int number = context.getBean(SeccompFactory.class).callNumber("getrusage");
				System.out.println("forced " + RawCall.make(number, 0, -1));
			}
		}

	}

	static class TwoContexts extends Guarded {

		public static void main(String[] arguments) throws IOException {
			List<ConfigurableApplicationContext> contexts = new ArrayList<>();
			for (String presets : List.of("no-exec", "no-exec", "no-io-uring,no-exec", "no-exec,no-io-uring")) {
				contexts.add(run(TwoContexts.class, "--linuxfd.seccomp.presets=" + presets));
				System.out.println("filters " + status("Seccomp_filters"));
			}
			contexts.forEach(ConfigurableApplicationContext::close);
		}

	}

	static class Serving extends Guarded {

		private static final AtomicInteger FILES = new AtomicInteger();

		private static final AtomicInteger TICKS = new AtomicInteger();

		private static final CountDownLatch GUARDED = new CountDownLatch(1);

		public static void main(String[] arguments) throws Exception {
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				Thread thread = new Thread(Serving::execWhenGuarded);
				thread.start();
				threads.add(thread);
			}
			new ProcessBuilder("true").start().waitFor();
			System.out.println("before: a program can be started");
			try (ConfigurableApplicationContext context = run(Serving.class, arguments)) {
				GUARDED.countDown();
				for (Thread thread : threads) {
					thread.join();
				}
				Thread later = new Thread(Serving::execWhenGuarded);
				later.start();
				later.join();
				try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
					if (tasks.allMatch(Serving::isFiltered)) {
						System.out.println("all threads have the filter");
					}
				}
				System.out.println("no new privileges: " + status("NoNewPrivs"));
				serve(context);
			}
		}

		private static void execWhenGuarded() {
			try {
				GUARDED.await();
				new ProcessBuilder("true").start().waitFor();
				System.out.println("exec succeeded");
			}
			catch (IOException ex) {
				System.out.println("exec: " + ex.getMessage());
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
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

		private static void serve(ConfigurableApplicationContext context) throws Exception {
			int port = context.getBean(HttpServer.class).getAddress().getPort();
			Path directory = Path.of(context.getEnvironment().getRequiredProperty("test.dir"));
			int requests = 0;
			int ticks = TICKS.get();
			for (int i = 0; i < 20; i++) {
				List<byte[]> garbage = new ArrayList<>();
				for (int n = 0; n < 40; n++) {
					garbage.add(new byte[1 << 20]);
				}
				if (garbage.size() == 40) {
					System.gc();
				}
				HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/")
					.toURL()
					.openConnection();
				requests += (connection.getResponseCode() == 200) ? 1 : 0;
				Files.createFile(directory.resolve("file" + i));
			}
			await().until(() -> FILES.get() == 20 && TICKS.get() > ticks + 10);
			System.out.println(requests + " requests, " + FILES.get() + " files, timers tick");
		}

		@Bean(destroyMethod = "")
		HttpServer server() throws IOException {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			server.setExecutor(Executors.newCachedThreadPool((task) -> {
				Thread thread = new Thread(task);
				thread.setDaemon(true);
				return thread;
			}));
			server.createContext("/", (exchange) -> {
				exchange.sendResponseHeaders(200, -1);
				exchange.close();
			});
			Thread starter = new Thread(server::start);
			starter.setDaemon(true);
			starter.start();
			return server;
		}

		@InotifyListener(path = "${test.dir}")
		void arrived() {
			FILES.incrementAndGet();
		}

		@TimerfdScheduled(fixedRate = "5ms")
		void tick() {
			TICKS.incrementAndGet();
		}

	}

	static class DryRun extends Guarded {

		public static void main(String[] arguments) throws Exception {
			RawCall.make(901);
			if (List.of(arguments).contains("--busy")) {
				listenAsASupervisor();
			}
			try (ConfigurableApplicationContext context = run(DryRun.class, arguments)) {
				System.out.println("exit " + new ProcessBuilder("true").start().waitFor());
				Thread caller = new Thread(() -> System.out.println("900: " + RawCall.make(900)), "caller");
				caller.start();
				caller.join();
			}
			System.out.println("after the context: " + RawCall.make(900));
			System.out.println("exit " + new ProcessBuilder("true").start().waitFor() + " after the context");
		}

		private static void listenAsASupervisor() {
			try (SeccompFilter filter = new SeccompFactory(Syscalls.system(), Libseccomp.find().orElseThrow())
				.open(SeccompAction.ALLOW)) {
				// sets NO_NEW_PRIVS, which an ordinary user needs
				filter.addRule(SeccompRule.of(SeccompAction.LOG, "902")).load();
				filter.reset(SeccompAction.ALLOW).addRule(SeccompRule.of(SeccompAction.NOTIFY, "903"));
				SyscallException.check("seccomp", RawFilter.listen(filter.exportBpf()), "");
			}
		}

		@EventListener
		void reported(SystemCallReportedEvent event) {
			System.out.println("event " + event.call().call());
		}

	}

	static class Asking extends Guarded {

		private static final AtomicLong ON_LOOP = new AtomicLong(Long.MIN_VALUE);

		private static volatile boolean asking;

		public static void main(String[] arguments) throws Exception {
			RawCall.make(901);
			try (ConfigurableApplicationContext context = run(Asking.class, arguments)) {
				System.out.println("continue " + RawCall.make(900, 1));
				System.out.println("errno " + RawCall.make(900, 2));
				System.out.println("value " + RawCall.make(900, 3));
				System.out.println("throws " + RawCall.make(900, 4));
				System.out.println("nothing " + RawCall.make(900, 7));
				System.out.println("calls itself " + RawCall.make(900, 6));
				for (int i = 0; i < 1000; i++) {
					RawCall.make(900, 3);
				}
				// the last ones may be answered, and not known to be
				await().until(() -> waiting() < 50);
				System.out.println("few are waiting");
				try (ConfigurableApplicationContext dryRun = run(TwoContexts.class, "--linuxfd.seccomp.mode=log",
						"--linuxfd.seccomp.presets=no-exec")) {
					System.out.println("beside a dry run " + RawCall.make(900, 3));
				}
				long startNanos = System.nanoTime();
				Thread hanging = new Thread(() -> System.out.println("hangs " + RawCall.make(900, 5)));
				hanging.start();
				System.out.println("beside a hanging one " + RawCall.make(900, 3));
				hanging.join();
				if (System.nanoTime() - startNanos >= TimeUnit.SECONDS.toNanos(5)) {
					System.out.println("not early");
				}
				asking = true;
				await().until(() -> ON_LOOP.get() != Long.MIN_VALUE);
				asking = false;
				System.out.println("on the loop " + ON_LOOP.get());
			}
			System.out.println("no context " + RawCall.make(900, 3));
		}

		/** How many calls the responder knows. */
		private static int waiting() throws ReflectiveOperationException {
			Field responder = SeccompProcess.class.getDeclaredField("responder");
			responder.setAccessible(true);
			Field questions = SeccompResponder.class.getDeclaredField("questions");
			questions.setAccessible(true);
			return ((Collection<?>) questions.get(responder.get(null))).size();
		}

		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		SeccompNotifyListener another() {
			return (notification) -> SeccompAnswer.value(1);
		}

		@Bean
		@Primary
		SeccompNotifyListener listener() {
			return (notification) -> switch ((int) notification.argument(0)) {
				case 1 -> SeccompAnswer.CONTINUE;
				case 2 -> SeccompAnswer.errno(new Errno(18));
				case 3 -> SeccompAnswer.value(42);
				case 5 -> {
					new CountDownLatch(1).await(20, TimeUnit.SECONDS);
					yield SeccompAnswer.value(5);
				}
				case 6 -> SeccompAnswer.value(RawCall.make(900, 3));
				case 7 -> nothing();
				default -> throw new IllegalStateException("no answer to " + notification);
			};
		}

		/** As a mock has it, or code that no checker looks at. */
		@SuppressWarnings("NullAway")
		private static SeccompAnswer nothing() {
			return null;
		}

		@TimerfdScheduled(fixedRate = "5ms", dispatch = Dispatch.LOOP)
		void onLoop() {
			if (asking) {
				ON_LOOP.set(RawCall.make(900, 3));
			}
		}

	}

	static class HalfLoaded extends Guarded {

		public static void main(String[] arguments) {
			try {
				run(HalfLoaded.class, arguments).close();
			}
			catch (ApplicationContextException ex) {
				SyscallException cause = (SyscallException) Objects
					.requireNonNull(NestedExceptionUtils.getRootCause(ex));
				System.out.println(cause.syscall() + " " + cause.errno().name());
			}
		}

		@Bean
		Syscalls faultInjectingSyscalls() {
			return FaultInjectingSyscalls.ofSystem().fail("seccomp", 1, Errno.ENOMEM).syscalls();
		}

		@Bean
		SeccompNotifyListener listener() {
			return (notification) -> SeccompAnswer.value(42);
		}

	}

	static class Refused extends Guarded {

		private static final FaultInjectingSyscalls FAULTS = FaultInjectingSyscalls.ofSystem();

		private static final CountDownLatch FAILED = new CountDownLatch(1);

		public static void main(String[] arguments) throws Exception {
			RawCall.make(901);
			try (ConfigurableApplicationContext context = run(Refused.class, arguments)) {
				FAULTS.fail("ioctl", 3, Errno.ENOMEM);
				System.out.println("listener's refused " + RawCall.make(900));
				FAULTS.fail("ioctl", 3, Errno.ENOMEM).fail("ioctl", 4, Errno.ENOMEM);
				long startNanos = System.nanoTime();
				System.out.println("both refused " + RawCall.make(900));
				if (System.nanoTime() - startNanos >= TimeUnit.SECONDS.toNanos(3)) {
					System.out.println("not early");
				}
				System.out.println("answered again " + RawCall.make(900));
				FAULTS.fail("ioctl", 3, Errno.ENOMEM).fail("ioctl", 4, Errno.ENOMEM).fail("ioctl", 5, Errno.ENOMEM);
				System.out.println("all refused " + RawCall.make(900));
				System.out.println("later " + RawCall.make(900));
				FAILED.await(20, TimeUnit.SECONDS);
				System.out.println("health: " + context.getBean(SeccompGuard.class)
					.failure()
					.orElseThrow()
					.startsWith("SECCOMP_IOCTL_NOTIF_SEND("));
				try (ConfigurableApplicationContext dryRun = run(TwoContexts.class, "--linuxfd.seccomp.mode=log",
						"--linuxfd.seccomp.presets=no-exec")) {
					System.out.println("dry run's: " + dryRun.getBean(SeccompGuard.class).failure().isEmpty());
				}
			}
		}

		@Bean
		Syscalls faultInjectingSyscalls() {
			return FAULTS.syscalls();
		}

		@Bean
		SeccompNotifyListener listener() {
			return (notification) -> SeccompAnswer.value(42);
		}

		@EventListener
		void failed(EventSourceFailedEvent event) {
			System.out.println("failed: " + event.listener() + ", " + event.reason());
			FAILED.countDown();
		}

	}

}
