package io.github.linuxfd.listener;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;

import com.sun.management.OperatingSystemMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * 100,000 events that waited in the kernel, drained into an annotated handler and through
 * the JDK's WatchService. The consumer is stopped while they queue up, in parts that the
 * kernel's default queue holds.
 *
 * @author linuxfd
 */
@Timeout(240)
class DrainIntegrationTests {

	private static final int ROUNDS = 10;

	private static final int EVENTS_PER_ROUND = 10_000;

	private static final String END = "end";

	@TempDir
	private Path directory;

	@Test
	void handlerWhenEventsHaveQueuedUpLosesNothingAndTakesLessCpuThanWatchService() throws Exception {
		Drained ours = drain(AnnotatedHandler.class);
		Drained theirs = drain(WatchServiceLoop.class);
		System.out.printf("annotated handler: %s%nWatchService: %s%n", ours, theirs);
		assertThat(ours.events()).isEqualTo(ROUNDS * EVENTS_PER_ROUND);
		assertThat(theirs.events()).isLessThan(ours.events());
		assertThat(ours.cpuMicrosPerEvent()).isLessThan(theirs.cpuMicrosPerEvent());
	}

	private Drained drain(Class<?> consumer) throws Exception {
		Path watched = Files.createDirectory(this.directory.resolve(consumer.getSimpleName()));
		try (ForkedJvm jvm = ForkedJvm.start(consumer, watched.toString())) {
			jvm.awaitLine("ready");
			for (int round = 0; round < ROUNDS; round++) {
				signal("STOP", jvm);
				for (int i = 0; i < EVENTS_PER_ROUND; i++) {
					Files.createFile(watched.resolve("r" + round + "f" + i));
				}
				signal("CONT", jvm);
				// the next round may come when this one has been read
				Files.createFile(watched.resolve(END + round));
				String ended = END + round;
				jvm.awaitLine((line) -> line.startsWith(ended + " "));
			}
			String last = jvm.awaitLine((line) -> line.startsWith(END + (ROUNDS - 1) + " "));
			String[] words = last.split(" ");
			return new Drained(Integer.parseInt(words[1]), Long.parseLong(words[2]));
		}
	}

	private static void signal(String signal, ForkedJvm jvm) throws IOException, InterruptedException {
		assertThat(new ProcessBuilder("kill", "-s", signal, Long.toString(jvm.pid())).start().waitFor()).isZero();
		String state = signal.equals("STOP") ? "T" : "SR";
		await().pollInterval(Duration.ofMillis(5)).until(() -> {
			String stat = Files.readString(Path.of("/proc", Long.toString(jvm.pid()), "stat"));
			return state.contains(stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
		});
	}

	/**
	 * What came of a drain.
	 *
	 * @param events how many events were delivered
	 * @param cpuNanos the CPU time of the process in that time
	 */
	record Drained(int events, long cpuNanos) {

		double cpuMicrosPerEvent() {
			return this.cpuNanos / 1000.0 / this.events;
		}

		@Override
		public String toString() {
			return "%d events, %.2f us CPU each".formatted(this.events, cpuMicrosPerEvent());
		}

	}

	/** Counts files, and CPU time from the first one on. */
	static final class Counter {

		private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory
			.getOperatingSystemMXBean();

		private long startCpuNanos;

		private int events;

		void start() {
			this.startCpuNanos = this.system.getProcessCpuTime();
			System.out.println("ready");
		}

		void count(String name) {
			if (name.startsWith(END)) {
				end(name);
			}
			else {
				this.events++;
			}
		}

		void end(String name) {
			System.out.println(name + " " + this.events + " " + (this.system.getProcessCpuTime() - this.startCpuNanos));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LinuxFdAutoConfiguration.class)
	static class AnnotatedHandler {

		private final Counter counter = new Counter();

		public static void main(String[] args) {
			SpringApplication.run(AnnotatedHandler.class, "--directory=" + args[0]);
		}

		@EventListener
		void ready(ApplicationReadyEvent event) {
			this.counter.start();
		}

		@InotifyListener(path = "${directory}", events = InotifyEventFlag.CREATE)
		void created(InotifyEvent event) {
			if (!event.recovered() && event.name() != null) {
				this.counter.count(event.name());
			}
		}

	}

	static class WatchServiceLoop {

		public static void main(String[] args) throws Exception {
			Counter counter = new Counter();
			try (WatchService service = FileSystems.getDefault().newWatchService()) {
				Path.of(args[0]).register(service, StandardWatchEventKinds.ENTRY_CREATE);
				counter.start();
				for (int round = 0; round < ROUNDS;) {
					WatchKey key = service.take();
					for (WatchEvent<?> event : key.pollEvents()) {
						if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
							continue;
						}
						counter.count(event.context().toString());
					}
					key.reset();
					// the end itself may be among what was lost
					while (round < ROUNDS && Files.exists(Path.of(args[0], END + round))) {
						counter.end(END + round);
						round++;
					}
				}
			}
		}

	}

}
