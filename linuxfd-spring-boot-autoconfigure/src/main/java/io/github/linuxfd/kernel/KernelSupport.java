package io.github.linuxfd.kernel;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.IoUringParams;
import io.github.linuxfd.ffi.Layouts.Sigset;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Which facilities this kernel, container and user allow, found out by trying each once.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class KernelSupport {

	private static final int FAN_CLOEXEC = 1;

	private static final int FAN_CLASS_CONTENT = 4;

	private static final int FAN_REPORT_FID = 0x200;

	private static final int O_RDWR = 2;

	private static final int SECCOMP_GET_ACTION_AVAIL = 2;

	private static final int SECCOMP_RET_ERRNO = 0x50000;

	private static final int FSOPEN_CLOEXEC = 1;

	private static final byte[] TMPFS = { 't', 'm', 'p', 'f', 's', 0 };

	private static final int CLONE_NEWUTS = 0x400_0000;

	private static final int HOST_NAME_MAX = 64;

	private static final String THREAD_NAME = "linuxfd-namespace";

	private final Map<Facility, SyscallException> refusals;

	private KernelSupport(Map<Facility, SyscallException> refusals) {
		this.refusals = refusals;
	}

	/**
	 * Try every facility.
	 * @param syscalls the calls
	 * @return what came of it
	 */
	public static KernelSupport probe(Syscalls syscalls) {
		Map<Facility, SyscallException> refusals = new EnumMap<>(Facility.class);
		Arrays.stream(Facility.values())
			.forEach((facility) -> facility.refusal(syscalls).ifPresent((refusal) -> refusals.put(facility, refusal)));
		return new KernelSupport(refusals);
	}

	/**
	 * Whether a facility can be used.
	 * @param facility the facility
	 * @return {@code true} if it worked when it was tried
	 */
	public boolean isAvailable(Facility facility) {
		return !this.refusals.containsKey(facility);
	}

	/**
	 * Return why a facility cannot be used.
	 * @param facility the facility
	 * @return the failed call, or empty if it can be used
	 */
	public Optional<SyscallException> refusal(Facility facility) {
		return Optional.ofNullable(this.refusals.get(facility));
	}

	@Override
	public String toString() {
		return "KernelSupport[refused: " + this.refusals.values().stream().map(Throwable::getMessage).toList() + "]";
	}

	/**
	 * A facility of the kernel.
	 */
	public enum Facility {

		/** epoll(7). */
		EPOLL("epoll_create1", "", opening((syscalls) -> syscalls.epollCreate1(Syscalls.CLOEXEC))),

		/** eventfd(2). */
		EVENTFD("eventfd", "", opening((syscalls) -> syscalls.eventfd(0, Syscalls.CLOEXEC))),

		/** timerfd_create(2). */
		TIMERFD("timerfd_create", "", opening((syscalls) -> syscalls.timerfdCreate(1, Syscalls.CLOEXEC))),

		/** signalfd(2). */
		SIGNALFD("signalfd", "", opening(Facility::emptySignalfd)),

		/** inotify(7). */
		INOTIFY("inotify_init1", "", opening((syscalls) -> syscalls.inotifyInit1(Syscalls.CLOEXEC))),

		/** pidfd_open(2). */
		PIDFD("pidfd_open", "", opening((syscalls) -> syscalls.pidfdOpen(syscalls.getpid(), 0))),

		/** fanotify(7), as far as it goes without privileges: single directories. */
		FANOTIFY("fanotify_init", "FAN_REPORT_FID",
				opening((syscalls) -> syscalls.fanotifyInit(FAN_CLOEXEC | FAN_REPORT_FID, Syscalls.CLOEXEC))),

		/** fanotify(7) for permissions, whole mounts and file systems. */
		FANOTIFY_PERMISSION("fanotify_init", "FAN_CLASS_CONTENT",
				opening((syscalls) -> syscalls.fanotifyInit(FAN_CLOEXEC | FAN_CLASS_CONTENT, Syscalls.CLOEXEC))),

		/** pipe(7), which splice(2) works with. */
		PIPE("pipe2", "", Facility::pipe),

		/** Triggers of pressure on memory, proc_pressure(5). */
		PSI("open", "/proc/pressure/memory",
				opening((syscalls) -> syscalls.open(NativePaths.encode(Path.of("/proc/pressure/memory")),
						O_RDWR | Syscalls.CLOEXEC | Syscalls.NONBLOCK))),

		/** seccomp(2); its filters take libseccomp as well. */
		SECCOMP("seccomp", "SECCOMP_GET_ACTION_AVAIL", Facility::actionAvailable),

		/** mount(2) and its younger relatives, in the mount namespace of this process. */
		MOUNT("fsopen", "\"tmpfs\"", opening((syscalls) -> syscalls.fsopen(TMPFS, FSOPEN_CLOEXEC))),

		/** unshare(2) and setns(2), except for user namespaces of child processes. */
		NAMESPACE("unshare", "CLONE_NEWUTS", Facility::unshareOnAThread),

		/** sethostname(2), in the UTS namespace of this process. */
		HOSTNAME("sethostname", "", Facility::setNoHostname),

		/** io_uring(7). */
		IO_URING("io_uring_setup", "", opening(Facility::smallRing));

		private final String syscall;

		private final String detail;

		private final ToIntFunction<Syscalls> attempt;

		/** The attempt leaves nothing behind and returns {@code -errno} if refused. */
		Facility(String syscall, String detail, ToIntFunction<Syscalls> attempt) {
			this.syscall = syscall;
			this.detail = detail;
			this.attempt = attempt;
		}

		private static ToIntFunction<Syscalls> opening(ToIntFunction<Syscalls> open) {
			return (syscalls) -> {
				int result = open.applyAsInt(syscalls);
				return (result >= 0) ? syscalls.close(result) : result;
			};
		}

		private static int emptySignalfd(Syscalls syscalls) {
			try (NativeMemory set = NativeMemory.allocate(Sigset.BYTES)) {
				return syscalls.signalfd(-1, set.address(), Syscalls.CLOEXEC);
			}
		}

		private static int pipe(Syscalls syscalls) {
			try (NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES)) {
				int result = syscalls.pipe2(ends.address(), Syscalls.CLOEXEC);
				if (result >= 0) {
					syscalls.close(ends.bytes().getInt(0));
					syscalls.close(ends.bytes().getInt(Integer.BYTES));
				}
				return result;
			}
		}

		private static int actionAvailable(Syscalls syscalls) {
			try (NativeMemory action = NativeMemory.allocate(Integer.BYTES)) {
				action.bytes().putInt(0, SECCOMP_RET_ERRNO);
				return syscalls.seccomp(SECCOMP_GET_ACTION_AVAIL, 0, action.address());
			}
		}

		/** What it gets ends with the thread. */
		private static int unshareOnAThread(Syscalls syscalls) {
			return CompletableFuture
				.supplyAsync(() -> syscalls.unshare(CLONE_NEWUTS), (task) -> new Thread(task, THREAD_NAME).start())
				.join();
		}

		/** Longer than any, and so refused to those too who may set one. */
		private static int setNoHostname(Syscalls syscalls) {
			int result = syscalls.sethostname(new byte[HOST_NAME_MAX + 1]);
			return Errno.EINVAL.is(result) ? 0 : result;
		}

		private static int smallRing(Syscalls syscalls) {
			try (NativeMemory params = NativeMemory.allocate(IoUringParams.BYTES)) {
				return syscalls.ioUringSetup(1, params.address());
			}
		}

		/** No descriptor or instance left is a limit and not a missing facility. */
		private Optional<SyscallException> refusal(Syscalls syscalls) {
			int result = this.attempt.applyAsInt(syscalls);
			if (result >= 0 || Errno.EMFILE.is(result) || Errno.ENFILE.is(result)) {
				return Optional.empty();
			}
			return Optional.of(SyscallException.of(this.syscall, result, this.detail));
		}

	}

}
