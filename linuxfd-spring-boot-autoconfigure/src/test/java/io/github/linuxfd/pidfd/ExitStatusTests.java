package io.github.linuxfd.pidfd;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.signalfd.Signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link ExitStatus}.
 *
 * @author linuxfd
 */
class ExitStatusTests {

	private static final Signal TERM = Signal.of("TERM");

	@ParameterizedTest
	@CsvSource({ "0x0000,0", "0x0700,7", "0xff00,255", "0x000f,143 (killed by TERM)",
			"0x008b,'139 (killed by SEGV, core dumped)'", "0x0024,164 (killed by RTMIN+2)" })
	void statusOfWaitIsReadAsShellsWriteIt(String status, String text) {
		assertThat(ExitStatus.ofWaitStatus(Integer.decode(status))).hasToString(text);
	}

	@Test
	void statusWhenKilledHasTheCodeOfShells() {
		ExitStatus status = ExitStatus.killed(TERM, false);
		assertThat(status.code()).isEqualTo(143);
		assertThat(status.signal()).isEqualTo(TERM);
		assertThat(status.isSuccess()).isFalse();
		assertThat(status).isNotEqualTo(ExitStatus.exited(143));
	}

	@Test
	void statusWhenExitedHasNoSignal() {
		assertThat(ExitStatus.exited(0).isSuccess()).isTrue();
		assertThat(ExitStatus.exited(143).signal()).isNull();
		assertThat(ExitStatus.exited(143).isSuccess()).isFalse();
	}

	@Test
	void componentsThatDoNotBelongTogetherAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> ExitStatus.exited(256))
			.withMessage("An exit code is from 0 to 255, not 256");
		assertThatIllegalArgumentException().isThrownBy(() -> ExitStatus.exited(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> new ExitStatus(15, TERM, false))
			.withMessage("The code of signal TERM is 143, not 15");
		assertThatIllegalArgumentException().isThrownBy(() -> new ExitStatus(0, null, true));
	}

}
