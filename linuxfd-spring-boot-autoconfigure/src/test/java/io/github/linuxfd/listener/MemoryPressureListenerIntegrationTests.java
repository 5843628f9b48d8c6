package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.linuxfd.annotation.MemoryPressureListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.MemoryPressureEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.psi.MemoryEvents;
import io.github.linuxfd.psi.MemoryEventsFactory;
import io.github.linuxfd.psi.PressureLevel;
import io.github.linuxfd.psi.PressureTriggerFactory;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * {@link MemoryPressureListener @MemoryPressureListener} under real pressure: that of one
 * process in a control group of its own, which has less memory than its file.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class MemoryPressureListenerIntegrationTests {

	private static final Path GROUPS = Path.of("/sys/fs/cgroup/memory");

	/** Three times 60 MB through 12 MB of memory; nothing is killed for that. */
	private static final String PRESS = """
			echo $$ > $1/cgroup.procs
			for i in 1 2 3; do
				dd if=/dev/zero of=$2 bs=1M count=60 conv=fsync 2>/dev/null
				cat $2 > /dev/null
			done
			""";

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void listenerIsCalledUnderRealPressure(@TempDir Path directory) throws Exception {
		Assumptions.assumeTrue(
				Files.isWritable(GROUPS.resolve("cgroup.procs")) && Files.isWritable(PressureTriggerFactory.MEMORY),
				"SKIPPED: needs a memory controller in " + GROUPS + " and a writable /proc/pressure/memory");
		Path group = Files.createDirectory(GROUPS.resolve("linuxfd-test-" + ProcessHandle.current().pid()));
		try {
			Files.writeString(group.resolve("memory.limit_in_bytes"), "12M");
			this.runner.withUserConfiguration(Pressed.class).run((context) -> {
				Pressed bean = context.getBean(Pressed.class);
				Shell.bash(PRESS, group.toString(), directory.resolve("big").toString()).orFail();
				await().until(() -> !bean.events.isEmpty());
				assertThat(bean.events).allMatch(new MemoryPressureEvent(PressureTriggerFactory.MEMORY,
						PressureLevel.SOME, Duration.ofMillis(1), Duration.ofSeconds(2), Map.of())::equals);
			});
		}
		finally {
			await().ignoreExceptions().until(() -> Files.deleteIfExists(group) || !Files.exists(group));
		}
	}

	@Test
	void contextWhenTheKernelRefusesTheTriggerFailsAndLeavesNothing(@TempDir Path directory) throws Exception {
		Path file = Files.createFile(directory.resolve("memory.pressure"));
		this.faults.fail("write", 1, Errno.EINVAL);
		this.runner.withBean(PressureTriggerFactory.class, () -> new PressureTriggerFactory(this.faults.syscalls()))
			.withBean(Syscalls.class, Syscalls::system)
			.withPropertyValues("file=" + file)
			.withUserConfiguration(FromFile.class)
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("@MemoryPressureListener on method 'FromFile.pressed'")
				.hasStackTraceContaining("some 150000 2000000")
				.hasStackTraceContaining("EINVAL"));
	}

	/**
	 * A real control group of version 2, though one whose {@code cgroup.events} stands
	 * for the {@code memory.events} that only a memory controller gives: the same kind of
	 * file, with a counter that falls again.
	 */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	@ExtendWith(OutputCaptureExtension.class)
	void listenerWhenThereIsNoTriggerIsToldByTheControlGroup(@TempDir Path directory, CapturedOutput output)
			throws Exception {
		Path unified = Stream.of(Path.of("/sys/fs/cgroup"), Path.of("/sys/fs/cgroup/unified"))
			.filter((path) -> Files.isWritable(path.resolve("cgroup.subtree_control")))
			.findFirst()
			.orElse(null);
		Assumptions.assumeTrue(unified != null, "SKIPPED: no control groups of version 2 are mounted writable");
		Path group = Files.createDirectory(unified.resolve("linuxfd-test-" + ProcessHandle.current().pid()));
		try {
			Path events = Files.createSymbolicLink(directory.resolve("memory.events"), group.resolve("cgroup.events"));
			this.runner.withPropertyValues("file=" + directory.resolve("memory.pressure"))
				.withUserConfiguration(FromFile.class)
				.run((context) -> {
					FromFile bean = context.getBean(FromFile.class);
					ListenerContainer<?> container = context.getBean(LinuxFdListenerEndpointRegistry.class)
						.containers()
						.iterator()
						.next();
					assertThat(output).contains("is told by " + events, "open(" + directory, "ENOENT");
					for (int i = 1; i <= 3; i++) {
						int count = i;
						Process member = new ProcessBuilder("sleep", "60").start();
						Files.writeString(group.resolve("cgroup.procs"), Long.toString(member.pid()));
						await().until(() -> bean.events.size() == count);
						member.destroyForcibly().waitFor();
						// or the loop would miss that it rises again
						await().until(() -> container.events() == 2 * count);
					}
					assertThat(bean.events).hasSize(3)
						.allMatch(new MemoryPressureEvent(events, PressureLevel.SOME, Duration.ofMillis(150),
								Duration.ofSeconds(2), Map.of("populated", 1L))::equals);
				});
			try (MemoryEvents left = new MemoryEventsFactory(Syscalls.system()).open(events)) {
				Files.delete(group);
				assertThatExceptionOfType(SyscallException.class).isThrownBy(left::risen)
					.withMessageContaining("ENODEV");
			}
		}
		finally {
			await().ignoreExceptions().until(() -> Files.deleteIfExists(group) || !Files.exists(group));
		}
	}

	@Test
	void contextWhenThereIsNeitherTriggerNorControlGroupFailsAndSaysWhatMendsIt(@TempDir Path directory) {
		Path file = directory.resolve("memory.pressure");
		this.runner.withPropertyValues("file=" + file)
			.withUserConfiguration(FromFile.class)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOfSatisfying(SyscallException.class, (failure) -> {
					assertThat(failure).hasMessageStartingWith("open(" + file + ") failed: ENOENT");
					assertThat(Remedy.of(failure))
						.hasValueSatisfying((remedy) -> assertThat(remedy.action()).contains("psi=1"));
					assertThat(failure.getSuppressed()).singleElement()
						.asString()
						.contains("open(" + directory.resolve("memory.events"), "ENOENT");
				}));
	}

	/** It was not meant to be a control group's, and so it is a mistake. */
	@Test
	void contextWhenAnotherFileIsAbsentDoesNotLookForAControlGroup(@TempDir Path directory) throws Exception {
		Files.writeString(directory.resolve("memory.events"), "high 0\n");
		this.runner.withPropertyValues("file=" + directory.resolve("memroy.pressure"))
			.withUserConfiguration(FromFile.class)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("memroy.pressure")
				.hasNoSuppressedExceptions());
	}

	@ParameterizedTest
	@ValueSource(strings = { "EOPNOTSUPP", "EACCES", "EPERM", "EROFS" })
	void contextWhenTheTriggerIsRefusedTriesTheControlGroup(String errno, @TempDir Path directory) throws Exception {
		Path file = Files.createFile(directory.resolve("memory.pressure"));
		Files.writeString(directory.resolve("memory.events"), "high 0\n");
		this.faults.fail("open", 1, (Errno) Errno.class.getField(errno).get(null));
		this.runner.withBean(PressureTriggerFactory.class, () -> new PressureTriggerFactory(this.faults.syscalls()))
			.withPropertyValues("file=" + file)
			.withBean(Syscalls.class, Syscalls::system)
			.withUserConfiguration(FromFile.class)
			.run((context) -> assertThat(context.getStartupFailure())
				.as("a regular file is there, but cannot be waited for")
				.rootCause()
				.hasMessageContaining("epoll_ctl")
				.hasMessageContaining("EPERM"));
	}

	@Test
	void contextWhenTheTimesAreWrongFails() {
		this.runner.withUserConfiguration(NoTime.class)
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("stall 'soon'"));
		this.runner.withUserConfiguration(HugeTime.class)
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("stall 'PT9999999999H' is longer than 292 years"));
		this.runner.withUserConfiguration(LongWindow.class)
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("A window is from 500 ms to 10 s"));
	}

	@Test
	void listenerWhenNothingHappensSleeps() {
		Assumptions.assumeTrue(Files.isWritable(PressureTriggerFactory.MEMORY),
				"SKIPPED: /proc/pressure/memory is not writable here");
		this.runner.withUserConfiguration(Defaults.class).run((context) -> {
			EventLoop loop = context.getBean(EventLoop.class);
			loop.call(() -> {
			});
			ListenerContainer<?> container = context.getBean(LinuxFdListenerEndpointRegistry.class)
				.containers()
				.iterator()
				.next();
			long before = loop.wakeups();
			// the machine may really be short of memory
			await().during(Duration.ofMillis(50)).until(() -> loop.wakeups() <= before + 1 + container.events());
		});
	}

	static class Pressed {

		final List<MemoryPressureEvent> events = new CopyOnWriteArrayList<>();

		@MemoryPressureListener(stall = "1ms")
		void pressed(MemoryPressureEvent event) {
			this.events.add(event);
		}

	}

	static class Defaults {

		@MemoryPressureListener
		void pressed() {
		}

	}

	static class FromFile {

		final List<MemoryPressureEvent> events = new CopyOnWriteArrayList<>();

		@MemoryPressureListener(file = "${file}")
		void pressed(MemoryPressureEvent event) {
			this.events.add(event);
		}

	}

	static class NoTime {

		@MemoryPressureListener(stall = "soon")
		void pressed() {
		}

	}

	static class HugeTime {

		@MemoryPressureListener(stall = "PT9999999999H")
		void pressed() {
		}

	}

	static class LongWindow {

		@MemoryPressureListener(window = "11s")
		void pressed() {
		}

	}

}
