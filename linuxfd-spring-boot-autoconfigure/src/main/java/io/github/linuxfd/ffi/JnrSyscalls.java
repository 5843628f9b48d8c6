package io.github.linuxfd.ffi;

import java.util.concurrent.TimeUnit;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the C library through JNR-FFI.
 *
 * @author linuxfd
 */
final class JnrSyscalls implements Syscalls {

	private static final int EINTR = 4;

	private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

	private final LibC libc = LibraryLoader.create(LibC.class).failImmediately().load("c");

	private final Runtime runtime = Runtime.getRuntime(this.libc);

	static Syscalls instance() {
		try {
			return Holder.INSTANCE;
		}
		catch (LinkageError ex) {
			throw new IllegalStateException("JNR-FFI cannot load its native library from "
					+ System.getProperty("java.io.tmpdir") + "; if that directory is mounted noexec, "
					+ "set -Djava.io.tmpdir or -Djffi.extract.dir to another one", ex);
		}
	}

	private int result(int value) {
		return (value >= 0) ? value : -this.runtime.getLastError();
	}

	private long result(long value) {
		return (value >= 0) ? value : -this.runtime.getLastError();
	}

	@Override
	public int epollCreate1(int flags) {
		return result(this.libc.epoll_create1(flags));
	}

	@Override
	public int epollCtl(int epfd, int op, int fd, long event) {
		return result(this.libc.epoll_ctl(epfd, op, fd, event));
	}

	@Override
	public int epollWait(int epfd, long events, int max, int timeoutMillis) {
		return awaiting(timeoutMillis, (left) -> this.libc.epoll_wait(epfd, events, max, left));
	}

	@Override
	public int eventfd(int initial, int flags) {
		return result(this.libc.eventfd(initial, flags));
	}

	@Override
	public int inotifyInit1(int flags) {
		return result(this.libc.inotify_init1(flags));
	}

	@Override
	public int inotifyAddWatch(int fd, byte[] path, int mask) {
		return result(this.libc.inotify_add_watch(fd, path, mask));
	}

	@Override
	public int inotifyRmWatch(int fd, int wd) {
		return result(this.libc.inotify_rm_watch(fd, wd));
	}

	@Override
	public int timerfdCreate(int clock, int flags) {
		return result(this.libc.timerfd_create(clock, flags));
	}

	@Override
	public int timerfdSettime(int fd, int flags, long newValue, long oldValue) {
		return result(this.libc.timerfd_settime(fd, flags, newValue, oldValue));
	}

	@Override
	public int timerfdGettime(int fd, long value) {
		return result(this.libc.timerfd_gettime(fd, value));
	}

	@Override
	public int clockGettime(int clock, long time) {
		return result(this.libc.clock_gettime(clock, time));
	}

	@Override
	public int signalfd(int fd, long mask, int flags) {
		return result(this.libc.signalfd(fd, mask, flags));
	}

	@Override
	public int pthreadSigmask(int how, long set, long old) {
		return -this.libc.pthread_sigmask(how, set, old);
	}

	@Override
	public int sigaction(int signal, long action, long old) {
		return result(this.libc.sigaction(signal, action, old));
	}

	@Override
	public long read(int fd, long buffer, long count) {
		long result;
		do {
			result = result(this.libc.read(fd, buffer, count));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public long write(int fd, long buffer, long count) {
		long result;
		do {
			result = result(this.libc.write(fd, buffer, count));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int poll(long fds, int count, int timeoutMillis) {
		return awaiting(timeoutMillis, (left) -> this.libc.poll(fds, count, left));
	}

	@Override
	public int open(byte[] path, int flags) {
		int result;
		do {
			result = result(this.libc.open(path, flags));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int fcntl(int fd, int command, long argument) {
		return result(this.libc.fcntl(fd, command, argument));
	}

	@Override
	public int close(int fd) {
		return result(this.libc.close(fd));
	}

	@Override
	public long mmapAnonymous(long length, int protection) {
		return result(this.libc.mmap(null, length, protection, MAP_PRIVATE_ANONYMOUS, -1, 0));
	}

	@Override
	public int mprotect(long address, long length, int protection) {
		return result(this.libc.mprotect(address, length, protection));
	}

	@Override
	public int munmap(long address, long length) {
		return result(this.libc.munmap(address, length));
	}

	private int awaiting(int timeoutMillis, Wait wait) {
		long startNanos = (timeoutMillis > 0) ? System.nanoTime() : 0;
		int result = result(wait.call(timeoutMillis));
		if (result != -EINTR) {
			return result;
		}
		long deadlineNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
		while (result == -EINTR) {
			long leftNanos = (timeoutMillis > 0) ? deadlineNanos - System.nanoTime() + 999_999 : 0;
			int left = (timeoutMillis < 0) ? -1 : (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(leftNanos));
			result = result(wait.call(left));
		}
		return result;
	}

	private interface Wait {

		int call(int timeoutMillis);

	}

	private static final class Holder {

		static final JnrSyscalls INSTANCE = new JnrSyscalls();

	}

	/**
	 * The C library. {@code mmap} has a {@code Pointer} among its arguments because
	 * JNR-FFI 2.3.4 passes garbage as the sixth of six integers on x86-64 (jnr-ffi issue
	 * 181).
	 */
	public interface LibC {

		int epoll_create1(int flags);

		int epoll_ctl(int epfd, int op, int fd, @intptr_t long event);

		int epoll_wait(int epfd, @intptr_t long events, int max, int timeout);

		int eventfd(int initial, int flags);

		int inotify_init1(int flags);

		int inotify_add_watch(int fd, @In byte[] path, int mask);

		int inotify_rm_watch(int fd, int wd);

		int timerfd_create(int clock, int flags);

		int timerfd_settime(int fd, int flags, @intptr_t long newValue, @intptr_t long oldValue);

		int timerfd_gettime(int fd, @intptr_t long value);

		int clock_gettime(int clock, @intptr_t long time);

		int signalfd(int fd, @intptr_t long mask, int flags);

		int pthread_sigmask(int how, @intptr_t long set, @intptr_t long old);

		int sigaction(int signal, @intptr_t long action, @intptr_t long old);

		@ssize_t
		long read(int fd, @intptr_t long buffer, @size_t long count);

		@ssize_t
		long write(int fd, @intptr_t long buffer, @size_t long count);

		int poll(@intptr_t long fds, @size_t long count, int timeout);

		int open(@In byte[] path, int flags);

		int fcntl(int fd, int command, @intptr_t long argument);

		int close(int fd);

		@intptr_t
		long mmap(@Nullable Pointer address, @size_t long length, int protection, int flags, int fd, long offset);

		int mprotect(@intptr_t long address, @size_t long length, int protection);

		int munmap(@intptr_t long address, @size_t long length);

	}

}
