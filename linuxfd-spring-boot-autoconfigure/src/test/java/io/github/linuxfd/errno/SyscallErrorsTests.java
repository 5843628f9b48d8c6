package io.github.linuxfd.errno;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fanotify.Fanotify;
import io.github.linuxfd.fanotify.FanotifyClass;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.fanotify.FanotifyInitFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.hostname.Hostname;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.inotify.InotifyWatch;
import io.github.linuxfd.mount.Mounts;
import io.github.linuxfd.mount.UmountFlag;
import io.github.linuxfd.namespace.CloneFlag;
import io.github.linuxfd.namespace.Namespaces;
import io.github.linuxfd.pipe.Pipe;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.pipe.SharedPages;
import io.github.linuxfd.pipe.SpliceFlag;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.ErrorTable;
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

	/** call | argument | permission | memory | system | internal | retry. */
	static final String TABLE = """
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
			unshare | EINVAL | EPERM EUSERS | ENOMEM | | |
			splice | EINVAL EBADF EPIPE | | ENOMEM | | |
			tee | EINVAL | | ENOMEM | | |
			vmsplice | EINVAL EBADF | | ENOMEM | | |
			mount | EBUSY EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOTBLK ENOTDIR | EACCES EPERM | ENOMEM | EMFILE ENODEV ENXIO | |
			umount2 | EBUSY EFAULT EINVAL ENAMETOOLONG ENOENT | EPERM | ENOMEM | | | EAGAIN
			pivot_root | EINVAL ENOTDIR EBUSY | EPERM | | | |
			sethostname | EFAULT EINVAL | EPERM | | | |
			gethostname | EFAULT EINVAL | EPERM | | | ENAMETOOLONG |
			""";

	private static final Map<String, Provocation> PROVOCATIONS = Map.ofEntries(
			provocation("eventfd", "eventfd", (calls) -> new EventfdFactory(calls).open()),
			provocation("fanotify_init", "fanotifyInit", (calls) -> new FanotifyFactory(calls).open()),
			provocation("fanotify_mark", "fanotifyMark", SyscallErrorsTests::addMark),
			provocation("inotify_init1", "inotifyInit1", (calls) -> new InotifyFactory(calls).open()),
			provocation("inotify_add_watch", "inotifyAddWatch", SyscallErrorsTests::addWatch),
			provocation("inotify_rm_watch", "inotifyRmWatch", SyscallErrorsTests::removeWatch),
			provocation("signalfd", "signalfd", (calls) -> new SignalfdFactory(calls).open(Set.of(Signal.RTMIN))),
			provocation("pthread_sigmask", "pthreadSigmask", (calls) -> new Signals(calls).block(Set.of(Signal.RTMIN))),
			provocation("timerfd_create", "timerfdCreate", (calls) -> new TimerfdFactory(calls).open()),
			provocation("timerfd_gettime", "timerfdGettime", SyscallErrorsTests::getTime),
			provocation("timerfd_settime", "timerfdSettime", SyscallErrorsTests::setTime),
			provocation("unshare", "unshare", (calls) -> new Namespaces(calls).unshare(Flags.of(CloneFlag.NEWUTS))),
			provocation("splice", "splice", SyscallErrorsTests::splice),
			provocation("tee", "tee", SyscallErrorsTests::tee),
			provocation("vmsplice", "vmsplice", SyscallErrorsTests::vmsplice),
			provocation("mount", "mount", (calls) -> new Mounts(calls).makePrivate(Path.of("/"))),
			provocation("umount2", "umount2",
					(calls) -> new Mounts(calls).umount(Path.of("/"), Flags.none(UmountFlag.class))),
			provocation("pivot_root", "pivotRoot", (calls) -> new Mounts(calls).pivotRoot(Path.of("/"), Path.of("/"))),
			provocation("sethostname", "sethostname", (calls) -> new Hostname(calls).set("x")),
			provocation("gethostname", "gethostname", (calls) -> new Hostname(calls).get()));

	private static Map.Entry<String, Provocation> provocation(String call, String method, Call made) {
		return Map.entry(call, new Provocation(method, made));
	}

	private static void addMark(Syscalls calls) {
		try (Fanotify fanotify = new FanotifyFactory(calls).open(FanotifyClass.NOTIF,
				Flags.of(FanotifyInitFlag.REPORT_FID))) {
			fanotify.addMark(FanotifyMark.INODE, Path.of("/"), Flags.of(FanotifyEventFlag.CREATE));
		}
	}

	private static void splice(Syscalls calls) {
		try (Pipe from = new PipeFactory(calls).open(); Pipe to = new PipeFactory(calls).open()) {
			new Splicer(calls).splice(from.readEnd(), to.writeEnd(), 1, Flags.of(SpliceFlag.NONBLOCK));
		}
	}

	private static void tee(Syscalls calls) {
		try (Pipe from = new PipeFactory(calls).open(); Pipe to = new PipeFactory(calls).open()) {
			new Splicer(calls).tee(from.readEnd(), to.writeEnd(), 1, Flags.of(SpliceFlag.NONBLOCK));
		}
	}

	private static void vmsplice(Syscalls calls) {
		try (Pipe pipe = new PipeFactory(calls).open(); SharedPages pages = SharedPages.allocate(calls, 1)) {
			new Splicer(calls).vmsplice(pipe.writeEnd(), List.of(pages.all()), Flags.of(SpliceFlag.NONBLOCK));
		}
	}

	private static void addWatch(Syscalls calls) {
		try (Inotify inotify = new InotifyFactory(calls).open()) {
			inotify.addWatch(Path.of("/"), Flags.of(InotifyEventFlag.CREATE));
		}
	}

	private static void removeWatch(Syscalls calls) {
		try (Inotify inotify = new InotifyFactory(calls).open()) {
			InotifyWatch watch = inotify.addWatch(Path.of("/"), Flags.of(InotifyEventFlag.CREATE));
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

	static Stream<Arguments> cells() {
		return ErrorTable.cells(TABLE);
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("cells")
	void callWhenTheKernelRefusesThrowsWhatTheTableSays(String call, Errno errno, Class<? extends Throwable> kind) {
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> provoke(call, errno))
			.isExactlyInstanceOf(kind)
			.satisfies((exception) -> {
				assertThat(exception.errno()).isEqualTo(errno);
				assertThat(exception.syscall()).isEqualTo(call);
			})
			.withMessageContaining(call + "(")
			.withMessageContaining(errno.toString());
	}

	@Test
	void callsWhenTheyFailLeaveNothingOpen() {
		int descriptors = OwnedFd.openCount();
		long memory = NativeMemory.allocated();
		PROVOCATIONS.keySet()
			.forEach((call) -> assertThatExceptionOfType(SyscallException.class).as(call)
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
