package io.github.linuxfd.errno;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.inotify.InotifyWatch;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Every error of every call, from the seam to the exception that the user of the public
 * API sees.
 *
 * @author linuxfd
 */
class SyscallErrorsTests {

	private static final Flags<InotifyEventFlag> EVENTS = Flags.of(InotifyEventFlag.CREATE);

	private static final Map<String, Provocation> PROVOCATIONS = Map.ofEntries(
			Map.entry("eventfd", new Provocation("eventfd", (calls) -> new EventfdFactory(calls).open())),
			Map.entry("inotify_init1", new Provocation("inotifyInit1", (calls) -> new InotifyFactory(calls).open())),
			Map.entry("inotify_add_watch", new Provocation("inotifyAddWatch", SyscallErrorsTests::addWatch)),
			Map.entry("inotify_rm_watch", new Provocation("inotifyRmWatch", SyscallErrorsTests::removeWatch)),
			Map.entry("signalfd",
					new Provocation("signalfd", (calls) -> new SignalfdFactory(calls).open(Set.of(Signal.RTMIN)))),
			Map.entry("pthread_sigmask",
					new Provocation("pthreadSigmask", (calls) -> new Signals(calls).block(Set.of(Signal.RTMIN)))),
			Map.entry("timerfd_create", new Provocation("timerfdCreate", (calls) -> new TimerfdFactory(calls).open())),
			Map.entry("timerfd_gettime", new Provocation("timerfdGettime", SyscallErrorsTests::getTime)),
			Map.entry("timerfd_settime", new Provocation("timerfdSettime", SyscallErrorsTests::setTime)));

	private static void addWatch(Syscalls calls) {
		try (Inotify inotify = new InotifyFactory(calls).open()) {
			inotify.addWatch(Path.of("/"), EVENTS);
		}
	}

	private static void removeWatch(Syscalls calls) {
		try (Inotify inotify = new InotifyFactory(calls).open()) {
			InotifyWatch watch = inotify.addWatch(Path.of("/"), EVENTS);
			inotify.removeWatch(watch);
		}
	}

	private static void getTime(Syscalls calls) {
		try (Timerfd timerfd = new TimerfdFactory(calls).open()) {
			timerfd.getTime();
		}
	}

	private static void setTime(Syscalls calls) {
		try (Timerfd timerfd = new TimerfdFactory(calls).open()) {
			timerfd.setTime(TimerSetting.every(Duration.ofDays(1)));
		}
	}

	static Stream<Arguments> table() {
		return SyscallExceptionTests.table();
	}

	static Stream<String> calls() {
		return SyscallExceptionTests.calls();
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("table")
	void callWhenTheKernelRefusesThrowsWhatTheTableSays(String call, String name, Class<? extends Throwable> kind) {
		Errno errno = SyscallExceptionTests.named(name);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> provoke(call, errno))
			.isExactlyInstanceOf(kind)
			.satisfies((exception) -> {
				assertThat(exception.errno()).isEqualTo(errno);
				assertThat(exception.syscall()).isEqualTo(call);
			})
			.withMessageContaining(call + "(")
			.withMessageContaining(errno.toString());
	}

	@ParameterizedTest
	@MethodSource("calls")
	void callWhenTheErrorIsInNoTableKeepsItsNumber(String call) {
		assertThatExceptionOfType(SyscallUnknownException.class).isThrownBy(() -> provoke(call, new Errno(4711)))
			.satisfies((exception) -> assertThat(exception.errno().number()).isEqualTo(4711))
			.withMessageContaining("errno 4711");
	}

	@Test
	void callsWhenTheyFailLeaveNothingOpen() {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		calls().forEach((call) -> assertThatExceptionOfType(SyscallException.class).as(call)
			.isThrownBy(() -> provoke(call, Errno.ENOMEM)));
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
		assertThat(NativeMemory.allocated()).isEqualTo(memory);
	}

	private static void provoke(String call, Errno errno) {
		Provocation provocation = PROVOCATIONS.get(call);
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		faults.failAll(provocation.method(), errno);
		provocation.call().with(faults.syscalls());
	}

	/**
	 * Makes a call through the public API.
	 *
	 * @param method the method of the seam that fails
	 * @param call the call
	 */
	private record Provocation(String method, Call call) {

	}

	@FunctionalInterface
	private interface Call {

		void with(Syscalls syscalls);

	}

}
