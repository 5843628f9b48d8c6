package io.github.linuxfd.kernel;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Sigset;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Which facilities this kernel, container and user allow, found out by trying each once.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class KernelSupport {

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
		EPOLL("epoll_create1", (syscalls) -> syscalls.epollCreate1(Syscalls.CLOEXEC)),

		/** eventfd(2). */
		EVENTFD("eventfd", (syscalls) -> syscalls.eventfd(0, Syscalls.CLOEXEC)),

		/** timerfd_create(2). */
		TIMERFD("timerfd_create", (syscalls) -> syscalls.timerfdCreate(1, Syscalls.CLOEXEC)),

		/** signalfd(2). */
		SIGNALFD("signalfd", Facility::emptySignalfd),

		/** inotify(7). */
		INOTIFY("inotify_init1", (syscalls) -> syscalls.inotifyInit1(Syscalls.CLOEXEC)),

		/** pidfd_open(2). */
		PIDFD("pidfd_open", (syscalls) -> syscalls.pidfdOpen((int) ProcessHandle.current().pid(), 0)),

		/**
		 * fanotify(7), as far as it goes without privileges: FAN_CLOEXEC, FAN_REPORT_FID.
		 */
		FANOTIFY("fanotify_init", (syscalls) -> syscalls.fanotifyInit(0x201, Syscalls.CLOEXEC));

		private final String syscall;

		private final ToIntFunction<Syscalls> opening;

		Facility(String syscall, ToIntFunction<Syscalls> opening) {
			this.syscall = syscall;
			this.opening = opening;
		}

		private static int emptySignalfd(Syscalls syscalls) {
			try (NativeMemory set = NativeMemory.allocate(Sigset.BYTES)) {
				return syscalls.signalfd(-1, set.address(), Syscalls.CLOEXEC);
			}
		}

		/** No descriptor or instance left is a limit and not a missing facility. */
		private Optional<SyscallException> refusal(Syscalls syscalls) {
			int result = this.opening.applyAsInt(syscalls);
			if (result >= 0) {
				syscalls.close(result);
				return Optional.empty();
			}
			return Optional.of(SyscallException.of(this.syscall, result, ""))
				.filter((failure) -> !failure.errno().equals(Errno.EMFILE) && !failure.errno().equals(Errno.ENFILE));
		}

	}

}
