package io.github.linuxfd.errno;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.testsupport.ErrorTable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link SyscallException} and of the table behind it.
 *
 * @author linuxfd
 */
class SyscallExceptionTests {

	/** What the table of this library has beyond that one. */
	private static final Map<String, List<Integer>> MORE = Map.of("inotify_add_watch", List.of(17, 20, 36, 40),
			"timerfd_create", List.of(1), "splice", List.of(5, 28, 29, 104, 110), "tee", List.of(9, 11, 32), "vmsplice",
			List.of(11, 14, 32), "fanotify_init", List.of(23), "fanotify_mark",
			List.of(1, 13, 17, 18, 19, 20, 21, 36, 40, 95), "unshare", List.of(28), "mount", List.of(30), "pivot_root",
			List.of(2));

	/** One cell is no error at the public API, but a result. */
	static Stream<Arguments> table() {
		return Stream.concat(ErrorTable.cells(SyscallErrorsTests.TABLE),
				Stream.of(Arguments.of("splice", Errno.EAGAIN, SyscallSystemException.class)));
	}

	static Stream<String> calls() {
		return SyscallErrorsTests.TABLE.lines().map((line) -> line.substring(0, line.indexOf(' ')));
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("table")
	void exceptionWhenErrnoIsInTheTableIsOfItsKind(String call, Errno errno, Class<?> kind) {
		SyscallException exception = SyscallException.of(call, -errno.number(), "x");
		assertThat(exception).isExactlyInstanceOf(kind);
		assertThat(exception.errno()).isEqualTo(errno);
		assertThat(exception.syscall()).isEqualTo(call);
		assertThat(exception.detail()).isEqualTo("x");
		assertThat(exception).hasMessage(call + "(x) failed: " + errno
				+ exception.capability().map((needed) -> "; it needs " + needed).orElse(""));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void exceptionWhenErrnoIsNotInTheTableIsUnknown(String call) {
		List<Errno> listed = table().filter((row) -> row.get()[0].equals(call))
			.map((row) -> (Errno) row.get()[1])
			.toList();
		for (int number = 1; number < 200; number++) {
			Errno errno = new Errno(number);
			if (!listed.contains(errno) && !MORE.getOrDefault(call, List.of()).contains(number)) {
				SyscallException exception = SyscallException.of(call, -number, "");
				assertThat(exception).as("%s %s", call, errno).isExactlyInstanceOf(SyscallUnknownException.class);
				assertThat(exception.errno().number()).isEqualTo(number);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "no_such_call", "" })
	void exceptionWhenCallIsNotInTheTableIsUnknown(String call) {
		assertThat(SyscallException.of(call, -22, "")).isExactlyInstanceOf(SyscallUnknownException.class);
	}

	@Test
	void messageNamesCallArgumentsAndError() {
		assertThat(SyscallException.of("inotify_add_watch", -28, "\"/x\""))
			.hasMessage("inotify_add_watch(\"/x\") failed: ENOSPC (No space left on device)");
		assertThat(SyscallException.of("read", -4711, "7"))
			.hasMessage("read(7) failed: errno 4711 (Unknown error 4711)");
	}

	@Test
	void checkWhenResultIsNotNegativeReturnsIt() {
		assertThat(SyscallException.check("eventfd", 0, "")).isZero();
		assertThat(SyscallException.check("eventfd", 17, "")).isEqualTo(17);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> SyscallException.check("eventfd", -24, "0"))
			.withMessage("eventfd(0) failed: EMFILE (Too many open files)");
	}

	@Test
	void ofWhenResultIsNoErrorIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> SyscallException.of("read", 0, ""));
		assertThatIllegalArgumentException().isThrownBy(() -> SyscallException.of("read", 8, ""));
	}

}
