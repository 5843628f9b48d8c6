package io.github.linuxfd.errno;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link SyscallException} and of the table behind it.
 *
 * @author linuxfd
 */
class SyscallExceptionTests {

	/** call | argument | permission | memory | system | internal | retry. */
	private static final String TABLE = """
			eventfd | EINVAL | | ENOMEM | EMFILE ENFILE ENODEV | |
			fanotify_init | EINVAL | EPERM | ENOMEM | EMFILE | |
			fanotify_mark | EINVAL EBADF ENOENT | | ENOMEM | ENOSPC | |
			inotify_init1 | EINVAL | | ENOMEM | EMFILE ENFILE | |
			inotify_add_watch | EINVAL EBADF EFAULT ENOENT | EACCES | ENOMEM | ENOSPC | |
			inotify_rm_watch | EINVAL EBADF | | | | |
			signalfd | EINVAL EBADF | | ENOMEM | EMFILE ENFILE ENODEV | |
			pthread_sigmask | EINVAL EFAULT | | | | |
			timerfd_create | EINVAL | | ENOMEM | EMFILE ENFILE ENODEV | |
			timerfd_gettime | EBADF EINVAL | | | | EFAULT |
			timerfd_settime | EINVAL | | ENOMEM | EMFILE ENFILE ENODEV | EFAULT |
			splice | EINVAL EBADF EPIPE | | ENOMEM | EAGAIN | |
			tee | EINVAL | | ENOMEM | | |
			vmsplice | EINVAL EBADF | | ENOMEM | | |
			""";

	private static final List<Class<? extends SyscallException>> KINDS = List.of(SyscallArgumentException.class,
			SyscallPermissionException.class, SyscallMemoryException.class, SyscallSystemException.class,
			SyscallInternalException.class, SyscallRetryException.class);

	/** What the table of this library has beyond that one. */
	private static final Map<String, List<Integer>> MORE = Map.of("inotify_add_watch", List.of(17, 20, 36, 40),
			"timerfd_create", List.of(1), "splice", List.of(5, 28, 29, 104, 110), "tee", List.of(9, 11, 32), "vmsplice",
			List.of(11, 14, 32), "fanotify_init", List.of(23), "fanotify_mark",
			List.of(1, 13, 17, 18, 19, 20, 21, 36, 40, 95));

	static Stream<Arguments> table() {
		List<Arguments> rows = new ArrayList<>();
		for (String line : TABLE.lines().toList()) {
			String[] columns = Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
			for (int kind = 0; kind < KINDS.size(); kind++) {
				for (String errno : columns[kind + 1].split(" ")) {
					if (!errno.isEmpty()) {
						rows.add(Arguments.of(columns[0], errno, KINDS.get(kind)));
					}
				}
			}
		}
		return rows.stream();
	}

	static Stream<String> calls() {
		return TABLE.lines().map((line) -> line.substring(0, line.indexOf(' ')));
	}

	private static Errno named(String name) {
		return IntStream.range(1, 134)
			.mapToObj(Errno::new)
			.filter((errno) -> errno.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("table")
	void exceptionWhenErrnoIsInTheTableIsOfItsKind(String call, String name, Class<?> kind) {
		Errno errno = named(name);
		SyscallException exception = SyscallException.of(call, -errno.number(), "x");
		assertThat(exception).isExactlyInstanceOf(kind);
		assertThat(exception.errno()).isEqualTo(errno);
		assertThat(exception.syscall()).isEqualTo(call);
		assertThat(exception.detail()).isEqualTo("x");
		assertThat(exception).hasMessage(call + "(x) failed: " + errno);
	}

	@ParameterizedTest
	@MethodSource("calls")
	void exceptionWhenErrnoIsNotInTheTableIsUnknown(String call) {
		List<String> listed = table().filter((row) -> row.get()[0].equals(call))
			.map((row) -> (String) row.get()[1])
			.toList();
		for (int number = 1; number < 200; number++) {
			Errno errno = new Errno(number);
			if (!listed.contains(errno.name()) && !MORE.getOrDefault(call, List.of()).contains(number)) {
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
