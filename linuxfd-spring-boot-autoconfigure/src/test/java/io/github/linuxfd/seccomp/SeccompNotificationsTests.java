package io.github.linuxfd.seccomp;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallInternalException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What goes wrong with {@link SeccompNotifications}, over a descriptor that is none.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
class SeccompNotificationsTests {

	private static final SeccompNotification CALL = new SeccompNotification(7, 1, 0, 900, "900", 0,
			List.of(0L, 0L, 0L, 0L, 0L, 0L));

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final SeccompNotifications notifications = open();

	private SeccompNotifications open() {
		return SeccompNotifications.adopt(this.faults.syscalls(), Libseccomp.find().orElseThrow(),
				Syscalls.system().eventfd(0, Syscalls.CLOEXEC));
	}

	@AfterEach
	void close() {
		this.notifications.close();
	}

	static Stream<Arguments> failures() {
		return Stream.of(Arguments.of(Errno.EBADF, SyscallArgumentException.class),
				Arguments.of(Errno.EINVAL, SyscallArgumentException.class),
				Arguments.of(Errno.EFAULT, SyscallInternalException.class),
				Arguments.of(Errno.ENOMEM, SyscallUnknownException.class));
	}

	@ParameterizedTest(name = "{0} is {1}")
	@MethodSource("failures")
	void requestWhenItFailsIsAnExceptionOfItsKind(Errno errno, Class<?> kind) {
		this.faults.failAll("ioctl", errno);
		assertFailure(this.notifications::receive, "SECCOMP_IOCTL_NOTIF_RECV", errno, kind);
		assertFailure(() -> this.notifications.respond(CALL, SeccompAnswer.CONTINUE), "SECCOMP_IOCTL_NOTIF_SEND", errno,
				kind);
		assertFailure(() -> this.notifications.isValid(CALL), "SECCOMP_IOCTL_NOTIF_ID_VALID", errno, kind);
	}

	private static void assertFailure(Runnable call, String request, Errno errno, Class<?> kind) {
		assertThatExceptionOfType(SyscallException.class).isThrownBy(call::run).satisfies((failure) -> {
			assertThat(failure).isExactlyInstanceOf(kind);
			assertThat(failure.syscall()).isEqualTo(request);
			assertThat(failure.errno()).isEqualTo(errno);
		});
	}

	@Test
	void requestWhenTheCallDoesNotWaitAnyMoreIsNoError() {
		this.faults.failAll("ioctl", Errno.ENOENT);
		assertThat(this.notifications.receive()).isEqualTo(Optional.empty());
		assertThat(this.notifications.respond(CALL, SeccompAnswer.CONTINUE)).isFalse();
		assertThat(this.notifications.isValid(CALL)).isFalse();
	}

	@Test
	void answerToWhatIsAnsweredAlreadyIsNoError() {
		this.faults.failAll("ioctl", Errno.EINPROGRESS);
		assertThat(this.notifications.respond(CALL, SeccompAnswer.CONTINUE)).isFalse();
	}

	@Test
	void requestWhenInterruptedIsMadeAgain() {
		this.faults.fail("ioctl", 1, Errno.EINTR).fail("ioctl", 2, Errno.ENOENT);
		assertThat(this.notifications.receive()).isEmpty();
		this.faults.fail("ioctl", 1, Errno.EINTR).fail("ioctl", 2, Errno.ENOENT);
		assertThat(this.notifications.respond(CALL, SeccompAnswer.CONTINUE)).isFalse();
		assertThat(this.faults.count("ioctl")).isEqualTo(4);
	}

	static Stream<Arguments> sizesFailures() {
		return ErrorTable.cells("seccomp | EINVAL | EACCES EPERM | ENOMEM | ENOSYS EOPNOTSUPP | EFAULT |");
	}

	@ParameterizedTest(name = "{1} is {2}")
	@MethodSource("sizesFailures")
	void listenerWhenTheKernelDoesNotTellTheSizesIsClosed(String call, Errno errno, Class<?> kind) {
		this.faults.failAll(call, errno);
		assertFailure(this::open, call, errno, kind);
	}

}
