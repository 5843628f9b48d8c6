package io.github.linuxfd.pipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ResidentMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Pipe}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class PipeTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final PipeFactory pipes = new PipeFactory(this.faults.syscalls());

	private int fcntl(OwnedFd fd, int command) {
		int number = fd.acquire();
		try {
			return this.faults.syscalls().fcntl(number, command, 0);
		}
		finally {
			fd.release();
		}
	}

	@Test
	void openIsCloseOnExecAndWaits() {
		try (Pipe pipe = this.pipes.open()) {
			for (OwnedFd end : new OwnedFd[] { pipe.readEnd(), pipe.writeEnd() }) {
				assertThat(fcntl(end, 1)).as("F_GETFD").isEqualTo(1);
				assertThat(fcntl(end, 3) & Syscalls.NONBLOCK).as("F_GETFL").isZero();
			}
			assertThat(pipe.available()).isZero();
		}
	}

	@Test
	void openWithFlagsHasThem() {
		try (Pipe pipe = this.pipes.open(Flags.of(PipeFlag.NONBLOCK, PipeFlag.DIRECT))) {
			assertThat(fcntl(pipe.readEnd(), 3) & Syscalls.NONBLOCK).isNotZero();
			try (NativeMemory memory = NativeMemory.allocate(64)) {
				int write = pipe.writeEnd().acquire();
				int read = pipe.readEnd().acquire();
				assertThat(this.faults.syscalls().write(write, memory.address(), 3)).isEqualTo(3);
				assertThat(this.faults.syscalls().write(write, memory.address(), 4)).isEqualTo(4);
				assertThat(pipe.available()).isEqualTo(7);
				// packets: a read takes one
				assertThat(this.faults.syscalls().read(read, memory.address(), 64)).isEqualTo(3);
				assertThat(this.faults.syscalls().read(read, memory.address(), 64)).isEqualTo(4);
				assertThat(Errno.EAGAIN.is(this.faults.syscalls().read(read, memory.address(), 64))).isTrue();
				pipe.writeEnd().release();
				pipe.readEnd().release();
			}
		}
	}

	@Test
	void capacityIsRoundedUpToAPowerOfTwo() {
		try (Pipe pipe = this.pipes.open(Flags.none(PipeFlag.class), 100_000)) {
			assertThat(pipe.capacity()).isEqualTo(131_072);
			assertThat(pipe.setCapacity(200_000)).isEqualTo(262_144);
			assertThat(pipe.setCapacity(1)).isPositive().isEqualTo(pipe.capacity());
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1 })
	void setCapacityWhenNotPositiveIsRefusedBeforeTheCall(int bytes) {
		try (Pipe pipe = this.pipes.open()) {
			int before = this.faults.count("fcntl");
			assertThatIllegalArgumentException().isThrownBy(() -> pipe.setCapacity(bytes));
			assertThat(this.faults.count("fcntl")).isEqualTo(before);
		}
	}

	/** Real for an unprivileged user; for one with CAP_SYS_RESOURCE the seam says it. */
	@Test
	void setCapacityWhenTooLargeNamesTheLimit() {
		int maxSize = (int) Limits.sysctl("fs.pipe-max-size").orElseThrow();
		this.faults.fail("fcntl", 1, Errno.EPERM);
		assertThatExceptionOfType(SyscallPermissionException.class)
			.isThrownBy(() -> this.pipes.open(Flags.none(PipeFlag.class), 2 * maxSize))
			.withMessageContaining("F_SETPIPE_SZ, " + 2 * maxSize + "; fs.pipe-max-size is " + maxSize)
			.withMessageContaining("EPERM");
	}

	@Test
	void setCapacityWhenTheUserHasNoPagesLeftNamesTheLimits() {
		this.faults.fail("fcntl", 1, Errno.EPERM);
		assertThatExceptionOfType(SyscallPermissionException.class)
			.isThrownBy(() -> this.pipes.open(Flags.none(PipeFlag.class), 131_072))
			.withMessageContaining(
					"fs.pipe-user-pages-soft is " + Limits.sysctl("fs.pipe-user-pages-soft").orElseThrow())
			.withMessageContaining(
					"fs.pipe-user-pages-hard is " + Limits.sysctl("fs.pipe-user-pages-hard").orElseThrow());
	}

	@Test
	void setCapacityWhenThePipeHoldsMoreIsBusy() {
		try (Pipe pipe = this.pipes.open(Flags.none(PipeFlag.class), 131_072);
				NativeMemory memory = NativeMemory.allocate(100_000)) {
			int write = pipe.writeEnd().acquire();
			assertThat(this.faults.syscalls().write(write, memory.address(), 100_000)).isEqualTo(100_000);
			pipe.writeEnd().release();
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> pipe.setCapacity(4096))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EBUSY));
			assertThat(pipe.available()).isEqualTo(100_000);
		}
	}

	@ParameterizedTest
	@CsvSource({ "22, SyscallArgumentException", "24, SyscallSystemException", "23, SyscallSystemException",
			"14, SyscallInternalException", "4711, SyscallUnknownException" })
	void openWhenRefusedIsOfTheKindOfTheTable(int errno, String kind) {
		this.faults.fail("pipe2", 1, new Errno(errno));
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> this.pipes.open(Flags.of(PipeFlag.NONBLOCK)))
			.satisfies((ex) -> assertThat(ex.getClass().getSimpleName()).isEqualTo(kind))
			.withMessageStartingWith("pipe2(NONBLOCK) failed: ");
	}

	@Test
	void closeClosesWhatIsOpen() {
		Pipe pipe = this.pipes.open();
		pipe.writeEnd().close();
		assertThatIllegalStateException().isThrownBy(pipe::capacity);
		pipe.close();
		assertThat(this.faults.count("close")).isEqualTo(2);
		assertThatIllegalStateException().isThrownBy(pipe::close).withMessageContaining("is closed already");
		assertThat(this.faults.count("close")).isEqualTo(2);
	}

	@Test
	void cyclesOfOpenAndCloseLeaveNothingBehind() throws Exception {
		cycles(100);
		long descriptors = descriptors();
		int owned = OwnedFd.openCount();
		long allocated = NativeMemory.allocated();
		// 10,000 leaked pages would be 40 MiB
		assertThat(ResidentMemory.grownKib(20_000, () -> cycles(10_000))).isLessThan(20_000);
		// others in this JVM open and close some, too
		assertThat(descriptors()).isLessThan(descriptors + 100);
		assertThat(OwnedFd.openCount()).isEqualTo(owned);
		assertThat(NativeMemory.allocated()).isEqualTo(allocated);
	}

	private void cycles(int count) {
		PipeFactory direct = new PipeFactory(Syscalls.system());
		for (int i = 0; i < count; i++) {
			try (Pipe pipe = direct.open(); SharedPages pages = SharedPages.allocate(Syscalls.system(), 4096)) {
				assertThat(pipe.available()).isZero();
				pages.bytes().put(0, (byte) 1);
			}
		}
	}

	private static long descriptors() throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.count();
		}
	}

}
