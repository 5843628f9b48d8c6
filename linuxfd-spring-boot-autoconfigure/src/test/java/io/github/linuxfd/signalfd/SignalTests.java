package io.github.linuxfd.signalfd;

import java.util.Locale;

import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Signal}.
 *
 * @author linuxfd
 */
class SignalTests {

	@ParameterizedTest
	@CsvSource({ "HUP,1", "SIGHUP,1", "sigterm,15", " usr1 ,10", "15,15", "RTMIN,34", "RTMIN+2,36", "SIGRTMIN+30,64",
			"RTMAX,64", "RTMAX-1,63", "rtmax-30,34", "64,64", "SYS,31", "33,33" })
	void ofWhenNameIsKnownIsThatSignal(String name, int number) {
		assertThat(Signal.of(name).number()).isEqualTo(number);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "SIG", "FOO", "0", "-1", "65", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31",
			"RTMIN+", "RTMINX", "RTMIN+x", "99999999999", "RTMIN+2147483647", "1.5", "SIGSIGHUP", "HUP INT" })
	void ofWhenThereIsNoSuchSignalIsRefused(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> Signal.of(name))
			.withMessageStartingWith("There is no signal ");
	}

	@Test
	void nameGoesThereAndBack() {
		for (int number = 1; number <= 64; number++) {
			Signal signal = new Signal(number);
			assertThat(Signal.of(signal.name())).isEqualTo(signal);
			assertThat(Signal.of("SIG" + signal.name().toLowerCase(Locale.ROOT))).isEqualTo(signal);
		}
		assertThat(new Signal(36)).hasToString("RTMIN+2");
	}

	@Test
	void namesAreThoseOfTheShell() {
		String[] names = Shell.bash("for ((i = 1; i < 32; i++)); do kill -l $i; done").orFail().split("\n");
		for (int number = 1; number < 32; number++) {
			assertThat(new Signal(number).name()).isEqualTo(names[number - 1]);
		}
	}

	@Test
	void realTimeSignalsAreThoseThatTheCLibraryLeaves() {
		RealTime realTime = LibraryLoader.create(RealTime.class).load("c");
		assertThat(realTime.__libc_current_sigrtmin()).isEqualTo(Signal.RTMIN.number());
		assertThat(realTime.__libc_current_sigrtmax()).isEqualTo(Signal.RTMAX.number());
	}

	@ParameterizedTest
	@ValueSource(strings = { "KILL", "STOP", "SEGV", "BUS", "ILL", "FPE", "TRAP", "QUIT", "USR2", "ABRT", "32", "33" })
	void refusalWhenTheJvmNeedsTheSignalSaysWhy(String name) {
		assertThat(Signal.of(name).refusal()).isNotBlank();
	}

	@ParameterizedTest
	@ValueSource(strings = { "HUP", "INT", "TERM", "USR1", "WINCH", "URG", "CHLD", "RTMIN", "RTMIN+2", "RTMAX", "PWR" })
	void refusalWhenTheSignalIsFreeIsNone(String name) {
		assertThat(Signal.of(name).refusal()).isNull();
	}

	public interface RealTime {

		int __libc_current_sigrtmin();

		int __libc_current_sigrtmax();

	}

}
