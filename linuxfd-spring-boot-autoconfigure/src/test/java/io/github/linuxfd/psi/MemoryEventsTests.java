package io.github.linuxfd.psi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link MemoryEvents}: what has risen, and where the file is.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class MemoryEventsTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final MemoryEventsFactory factory = new MemoryEventsFactory(this.faults.syscalls());

	@Test
	void risenTellsTheCountersThatHaveRisenSinceTheLastTime(@TempDir Path directory) throws Exception {
		Path file = directory.resolve("memory.events");
		Files.writeString(file, "low 0\nhigh 7\nmax 1\noom 0\noom_kill 0\noom_group_kill 0\n");
		try (MemoryEvents events = this.factory.open(file)) {
			assertThat(events.risen()).as("what was before does not count").isEmpty();
			Files.writeString(file, "low 0\nhigh 19\nmax 1\noom 2\noom_kill 0\noom_group_kill 0\n");
			assertThat(events.risen()).isEqualTo(Map.of("high", 12L, "oom", 2L));
			assertThat(events.risen()).isEmpty();
			assertThat(events).asString().contains(file.toString());
		}
	}

	@Test
	void openWhenTheFileCannotBeReadLeavesNothing(@TempDir Path directory) throws Exception {
		Path file = Files.createFile(directory.resolve("memory.events"));
		this.faults.fail("pread", 1, Errno.ENODEV);
		int before = OwnedFd.openCount();
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.factory.open(file))
			.withMessageStartingWith("pread(" + file + ") failed: ENODEV");
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	@ParameterizedTest
	@CsvSource({
			"0::/system.slice/my.service, 26 25 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw, "
					+ "/sys/fs/cgroup/system.slice/my.service/memory.events",
			"0::/, 26 25 0:24 / /sys/fs/cgroup ro master:9 - cgroup2 cgroup rw, /sys/fs/cgroup/memory.events",
			"0::/docker/ab/sub, 26 25 0:24 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw, "
					+ "/sys/fs/cgroup/sub/memory.events",
			"0::/a, 26 25 0:24 / /my\\040groups rw - cgroup2 cgroup2 rw, /my groups/a/memory.events" })
	void ownFileIsWhereTheGroupIsMounted(String group, String mount, Path file) {
		List<String> mounts = List.of("22 27 0:21 / /proc rw - proc proc rw", mount);
		assertThat(MemoryEventsFactory.ownFile(List.of("4:memory:/other", group), mounts)).contains(file);
	}

	@Test
	void ownFileWhenNoGroupOfVersion2IsMountedThatHasThisProcessIsEmpty() {
		String unified = "26 25 0:24 /docker/ab /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
		assertThat(MemoryEventsFactory.ownFile(List.of("4:memory:/x"), List.of(unified))).isEmpty();
		assertThat(MemoryEventsFactory.ownFile(List.of("0::/docker/abc"), List.of(unified))).isEmpty();
		assertThat(MemoryEventsFactory.ownFile(List.of("0::/x"),
				List.of("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory")))
			.isEmpty();
	}

	/** Of this very process, whose group is found if any is mounted. */
	@Test
	void ownFileIsInADirectoryThatHasThisProcess() throws Exception {
		boolean mounted = Files.readString(Path.of("/proc/self/mountinfo")).contains(" - cgroup2 ");
		if (mounted) {
			assertThat(this.factory.ownFile())
				.hasValueSatisfying((file) -> assertThat(file.resolveSibling("cgroup.procs")).content()
					.containsPattern("(?m)^" + ProcessHandle.current().pid() + "$"));
		}
		else {
			assertThat(this.factory.ownFile()).isEmpty();
		}
	}

}
