package io.github.linuxfd.psi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link PressureTrigger}: what is written, and what is said when the kernel
 * does not take it.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class PressureTriggerTests {

	private static final Duration STALL = Duration.ofMillis(150);

	private static final Duration WINDOW = Duration.ofSeconds(2);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final PressureTriggerFactory factory = new PressureTriggerFactory(this.faults.syscalls());

	@Test
	void settingIsWrittenInMicrosecondsAndEndsWithNul(@TempDir Path directory) throws Exception {
		Path file = Files.createFile(directory.resolve("memory.pressure"));
		try (PressureTrigger trigger = this.factory.open(file, PressureLevel.FULL, STALL, WINDOW)) {
			assertThat(Files.readString(file)).isEqualTo("full 150000 2000000\0");
			assertThat(trigger).asString().contains("full 150000 2000000");
		}
	}

	@ParameterizedTest
	@CsvSource({ "150, 499", "150, 10001", "0, 2000", "-1, 2000", "2001, 2000" })
	void openWhenNoKernelTakesTheTimesIsRefusedBeforeTheCall(long stallMillis, long windowMillis) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.factory.open(PressureTriggerFactory.MEMORY,
				PressureLevel.SOME, Duration.ofMillis(stallMillis), Duration.ofMillis(windowMillis)));
		assertThat(this.faults.count("open")).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "write, EINVAL, multiple of 2 s", "open, ENOENT, CONFIG_PSI", "open, EOPNOTSUPP, psi=1",
			"open, EACCES, may not write", "open, EROFS, may not write" })
	void openWhenTheKernelRefusesSaysWhatMendsIt(String call, String errno, String remedy, @TempDir Path directory)
			throws Exception {
		Path file = Files.createFile(directory.resolve("memory.pressure"));
		this.faults.fail(call, 1, (Errno) Errno.class.getField(errno).get(null));
		int before = OwnedFd.openCount();
		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.factory.open(file, PressureLevel.SOME, STALL, WINDOW))
			.withMessageContaining(file.toString())
			.withMessageContaining(errno)
			.satisfies((ex) -> assertThat(Remedy.of(ex))
				.hasValueSatisfying((mend) -> assertThat(mend.cause() + mend.action()).contains(remedy)));
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

}
