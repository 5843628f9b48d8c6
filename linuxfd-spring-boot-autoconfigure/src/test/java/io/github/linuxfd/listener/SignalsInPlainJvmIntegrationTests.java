package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What taking signals from a plainly started JVM must not break.
 *
 * @author linuxfd
 */
@Timeout(240)
class SignalsInPlainJvmIntegrationTests {

	/** Longer by {@code -Dlinuxfd.storm=60}. */
	private static final Duration STORM = Duration.ofSeconds(Long.getLong("linuxfd.storm", 8));

	/** One of those of which each comes. */
	private static final Signal QUEUED = Signal.of("RTMIN+2");

	private final Signals signals = new Signals(Syscalls.system());

	@ParameterizedTest
	@ValueSource(strings = { "-XX:+UseSerialGC", "-XX:+UseG1GC", "-XX:+UseZGC" })
	void eachSignalComesWithItsSenderWhateverTheCollector(String collector) throws Exception {
		try (ForkedJvm application = ForkedJvm.startBy(List.of("env", "JAVA_TOOL_OPTIONS=" + collector),
				Application.class)) {
			application.awaitLine("ready");
			for (String signal : List.of("HUP", "INT", "TERM", "USR1", "WINCH", "CHLD", "ALRM", "URG", "RTMIN+2")) {
				long sender = Shell.kill(Integer.toString(Signal.of(signal).number()), application.pid());
				application.awaitLine(signal + " from " + sender);
			}
		}
	}

	@Test
	void stormOfSignalsHarmsNothing(@TempDir Path directory) throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class, "--spring.profiles.active=busy",
				"--busy.directory=" + directory)) {
			application.awaitLine("ready");
			awaitProgress(application, "ticks");
			long descriptors = descriptors(application);
			List<Signal> storm = Stream.of("HUP", "INT", "USR1", "WINCH", "CHLD", "ALRM", "URG", "RTMIN+2")
				.map(Signal::of)
				.toList();
			long sent = 0;
			int queued = 0;
			long deadlineNanos = System.nanoTime() + STORM.toNanos();
			while (System.nanoTime() < deadlineNanos) {
				Signal signal = storm.get((int) (sent % storm.size()));
				boolean taken = send(application.pid(), signal, (int) sent);
				queued += (taken && signal.equals(QUEUED)) ? 1 : 0;
				sent++;
				if (sent % 1000 == 0) {
					Files.writeString(directory.resolve("file" + sent % 10_000), "x");
				}
			}
			assertThat(application.isAlive()).as("%s", application.lines()).isTrue();
			awaitProgress(application, "ticks");
			int files = progress(application, "files");
			await().atMost(Duration.ofSeconds(20)).until(() -> {
				Files.writeString(directory.resolve("after"), "x");
				return progress(application, "files") > files;
			});
			// the others are merged as long as nobody has read them, and what the queue
			// cannot
			// take a second time is lost
			int enough = queued / 2;
			await().atMost(Duration.ofSeconds(60)).until(() -> progress(application, "signals") > enough);
			// files of proc(5) are open for moments
			await().until(() -> descriptors(application) <= descriptors);
			assertThat(application.lines()).noneMatch((line) -> line.contains("ERROR"));
			Shell.kill("TERM", application.pid());
			assertThat(application.awaitExit()).isEqualTo(143);
		}
	}

	private boolean send(long pid, Signal signal, int value) {
		try {
			this.signals.sigqueue(pid, signal, value);
			return true;
		}
		catch (SyscallException ex) {
			return false; // RLIMIT_SIGPENDING
		}
	}

	private static void awaitProgress(ForkedJvm application, String what) {
		int before = progress(application, what);
		await().atMost(Duration.ofSeconds(20)).until(() -> progress(application, what) > before);
	}

	private static int progress(ForkedJvm application, String what) {
		List<String> lines = application.lines();
		for (int i = lines.size() - 1; i >= 0; i--) {
			if (lines.get(i).startsWith(what + " ")) {
				return Integer.parseInt(lines.get(i).substring(what.length() + 1));
			}
		}
		return 0;
	}

	private static long descriptors(ForkedJvm application) throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + application.pid() + "/fd"))) {
			return descriptors.count();
		}
	}

	@Test
	void threadDumpsJcmdAndFlightRecorderWorkAsBefore(@TempDir Path directory) throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			for (int i = 0; i < 100; i++) {
				this.signals.kill(application.pid(), Signal.of((i % 2 == 0) ? "USR1" : "WINCH"));
			}
			application.awaitLine((line) -> line.startsWith("USR1 from"));
			assertThat(jcmd(application, "JFR.start", "name=signals", "settings=profile"))
				.contains("Started recording");
			assertThat(jcmd(application, "Thread.print")).contains("\"linuxfd-loop\"");
			Shell.kill("QUIT", application.pid());
			application.awaitLine((line) -> line.startsWith("Full thread dump"));
			Shell.kill("USR1", application.pid());
			Path recording = directory.resolve("signals.jfr");
			assertThat(jcmd(application, "JFR.dump", "name=signals", "filename=" + recording))
				.contains("Dumped recording");
			assertThat(recording).isNotEmptyFile();
			long sender = Shell.kill("USR1", application.pid());
			application.awaitLine("USR1 from " + sender);
		}
	}

	private static String jcmd(ForkedJvm application, String... arguments) throws Exception {
		List<String> command = new ArrayList<>(List
			.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(application.pid())));
		command.addAll(List.of(arguments));
		return Shell.run(command).orFail();
	}

	@Test
	void exitRunsTheHooksAndHasItsStatus() throws Exception {
		try (ForkedJvm application = ForkedJvm.start(Application.class)) {
			application.awaitLine("ready");
			Shell.kill("PWR", application.pid());
			assertThat(application.awaitExit()).isEqualTo(7);
			assertThat(application.lines()).contains("hook");
		}
	}

	@Test
	@EnabledIfCompiler("script")
	void controlCInATerminalEndsTheApplicationAsBefore() throws Exception {
		Process terminal = terminal();
		try (var reader = terminal.inputReader()) {
			List<String> lines = new ArrayList<>();
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				lines.add(line);
				if (line.contains("ready")) {
					terminal.getOutputStream().write(3);
					terminal.getOutputStream().flush();
				}
			}
			assertThat(terminal.waitFor(30, TimeUnit.SECONDS)).isTrue();
			assertThat(terminal.exitValue()).as("%s", lines).isEqualTo(130);
			assertThat(lines)
				.anyMatch((line) -> line.contains("Shutdown requested by the kernel signal=INT origin=KERNEL"))
				.anyMatch((line) -> line.contains("hook"));
		}
		finally {
			terminal.destroyForcibly();
		}
	}

	private static Process terminal() throws IOException {
		String command = "exec env --default-signal=HUP,INT,QUIT,TERM "
				+ Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -cp '"
				+ System.getProperty("java.class.path") + "' '" + Application.class.getName()
				+ "' --spring.profiles.active=terminal";
		return new ProcessBuilder("script", "--quiet", "--return", "--command", command, "/dev/null")
			.redirectErrorStream(true)
			.start();
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void firstProcessOfAPidNamespaceKnowsThatTheSenderIsOutside() throws Exception {
		try (ForkedJvm unshare = ForkedJvm.startBy(
				List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"), Application.class,
				"--spring.profiles.active=terminal")) {
			unshare.awaitLine("ready");
			long pid = ProcessHandle.of(unshare.pid()).orElseThrow().children().findFirst().orElseThrow().pid();
			Shell.kill("USR1", pid);
			unshare.awaitLine("USR1 from 0");
			Shell.kill("TERM", pid);
			unshare.awaitLine((line) -> line
				.contains("Shutdown requested by a process outside this container, uid 0 signal=TERM"));
			assertThat(unshare.awaitExit()).isEqualTo(143);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class Application {

		public static void main(String[] arguments) throws InterruptedException {
			Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
			SpringApplication.run(Application.class, arguments);
			new CountDownLatch(1).await();
		}

		@EventListener
		void ready(ApplicationReadyEvent event) {
			System.out.println("ready");
		}

		@SignalListener("PWR")
		void exit() {
			new Thread(() -> System.exit(7)).start();
		}

		@Bean
		@Profile("!busy & !terminal")
		Consuming consuming() {
			return new Consuming();
		}

		@Bean
		@Profile("!busy")
		Printing printing() {
			return new Printing();
		}

		@Bean
		@Profile("busy")
		Busy busy() {
			return new Busy();
		}

	}

	static class Consuming {

		@SignalListener(signals = { "HUP", "INT", "TERM" }, consume = true)
		void on(SignalEvent event) {
			System.out.println(event.signal() + " from " + event.pid());
		}

	}

	static class Printing {

		@SignalListener({ "USR1", "WINCH", "CHLD", "ALRM", "URG", "RTMIN+2" })
		void on(SignalEvent event) {
			System.out.println(event.signal() + " from " + event.pid());
		}

	}

	static class Busy {

		private final AtomicInteger signals = new AtomicInteger();

		private final AtomicInteger ticks = new AtomicInteger();

		private final AtomicInteger files = new AtomicInteger();

		@SignalListener(signals = { "HUP", "INT", "USR1", "WINCH", "CHLD", "ALRM", "URG", "RTMIN+2" }, consume = true)
		void on(List<SignalEvent> events) {
			this.signals.addAndGet(events.size());
		}

		@TimerfdScheduled(fixedRate = "10ms")
		void tick() {
			int ticks = this.ticks.incrementAndGet();
			if (ticks % 20 == 0) {
				System.out.println("ticks " + ticks);
				System.out.println("files " + this.files);
				System.out.println("signals " + this.signals);
			}
		}

		@InotifyListener(path = "${busy.directory}")
		void arrived() {
			this.files.incrementAndGet();
		}

	}

}
