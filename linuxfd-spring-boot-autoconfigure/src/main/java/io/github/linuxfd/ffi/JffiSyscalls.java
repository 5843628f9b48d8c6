package io.github.linuxfd.ffi;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Layouts.Timespec;

/**
 * The calls of the C library through jffi, the engine of JNR-FFI: without an interface to
 * be generated, which takes longer than the rest of the start. All arguments are words,
 * so the same context does for all calls with as many of them.
 *
 * @author linuxfd
 */
final class JffiSyscalls implements Syscalls {

	private static final int EPERM = 1;

	private static final int EINTR = 4;

	private static final int ENOSYS = 38;

	private static final long NANOS_PER_SECOND = 1_000_000_000;

	private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

	private static final int SYS_PIDFD_SEND_SIGNAL = 424;

	private static final int SYS_PIDFD_OPEN = 434;

	private static final int SYS_OPEN_TREE = 428;

	private static final int SYS_MOVE_MOUNT = 429;

	private static final int SYS_FSOPEN = 430;

	private static final int SYS_FSCONFIG = 431;

	private static final int SYS_FSMOUNT = 432;

	private static final int SYS_MOUNT_SETATTR = 442;

	private static final int SYS_IO_URING_SETUP = 425;

	private static final int SYS_IO_URING_ENTER = 426;

	private static final int SYS_IO_URING_REGISTER = 427;

	private static final int PROT_READ_WRITE = 3;

	private static final int MAP_SHARED_POPULATE = 0x8001;

	private static final byte[] EMPTY = { 0 };

	private static final int AT_FDCWD = -100;

	private static final int AT_EMPTY_PATH = 0x1000;

	private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;

	private final Invoker invoker = Invoker.getInstance();

	private final LastError lastError = LastError.getInstance();

	private final Library libc = libc();

	private final CallContext none = words(0);

	private final CallContext one = words(1);

	private final CallContext two = words(2);

	private final CallContext three = words(3);

	private final CallContext four = words(4);

	private final CallContext five = words(5);

	private final CallContext six = words(6);

	private final long epollCreate1 = address("epoll_create1");

	private final long epollCtl = address("epoll_ctl");

	private final long epollWait = address("epoll_wait");

	private final long epollPwait2 = this.libc.getSymbolAddress("epoll_pwait2");

	/** Not private, so that a test can be on an older kernel. */
	volatile boolean lacksEpollPwait2 = this.epollPwait2 == 0;

	private final long eventfd = address("eventfd");

	private final long inotifyInit1 = address("inotify_init1");

	private final long inotifyAddWatch = address("inotify_add_watch");

	private final long inotifyRmWatch = address("inotify_rm_watch");

	private final long timerfdCreate = address("timerfd_create");

	private final long timerfdSettime = address("timerfd_settime");

	private final long timerfdGettime = address("timerfd_gettime");

	private final long clockGettime = address("clock_gettime");

	private final long signalfd = address("signalfd");

	private final long pthreadSigmask = address("pthread_sigmask");

	private final long sigaction = address("sigaction");

	private final long kill = address("kill");

	private final long sigqueue = address("sigqueue");

	/** For what the C library does not wrap, or not for long enough. */
	private final long syscall = address("syscall");

	private final long read = address("read");

	private final long pread = address("pread");

	private final long write = address("write");

	private final long poll = address("poll");

	private final long open = address("open");

	private final long fcntl = address("fcntl");

	private final long close = address("close");

	private final long mmap = address("mmap");

	private final long mprotect = address("mprotect");

	private final long waitid = address("waitid");

	private final long ioctl = address("ioctl");

	private final long getuid = address("getuid");

	private final long munmap = address("munmap");

	private final long gethostname = address("gethostname");

	private final long sethostname = address("sethostname");

	private final long mount = address("mount");

	private final long umount2 = address("umount2");

	private final long unshare = address("unshare");

	private final long setns = address("setns");

	private final long pipe2 = address("pipe2");

	private final long splice = address("splice");

	private final long sendfile = address("sendfile");

	private final long tee = address("tee");

	private final long vmsplice = address("vmsplice");

	private final long memfdCreate = address("memfd_create");

	private final long fanotifyInit = address("fanotify_init");

	private final long fanotifyMark = address("fanotify_mark");

	private final long nameToHandleAt = address("name_to_handle_at");

	private final long openByHandleAt = address("open_by_handle_at");

	private final long statfs = address("statfs");

	private final long socket = address("socket");

	private final long bind = address("bind");

	private final long listen = address("listen");

	private final long accept4 = address("accept4");

	private final long connect = address("connect");

	private final long getsockname = address("getsockname");

	private final long getpeername = address("getpeername");

	private final long getsockopt = address("getsockopt");

	private final long setsockopt = address("setsockopt");

	private final long shutdown = address("shutdown");

	private final long recv = address("recv");

	private final long send = address("send");

	private final long recvmsg = address("recvmsg");

	private final long sendmsg = address("sendmsg");

	private final long pwrite = address("pwrite");

	private final long preadv = address("preadv");

	private final long pwritev = address("pwritev");

	private final long fsync = address("fsync");

	private final long fdatasync = address("fdatasync");

	private final long ftruncate = address("ftruncate");

	private final long lseek = address("lseek");

	static Syscalls instance() {
		try {
			return Holder.INSTANCE;
		}
		catch (LinkageError ex) {
			throw new IllegalStateException("jffi cannot load its native library from "
					+ System.getProperty("java.io.tmpdir") + "; if that directory is mounted noexec, "
					+ "set -Djava.io.tmpdir or -Djffi.extract.dir to another one", ex);
		}
	}

	/** Itself, and not what somebody has loaded before it, such as libjsig. */
	private static Library libc() {
		Library libc = Library.getCachedInstance("libc.so.6", Library.LAZY);
		return (libc != null) ? libc : Library.getDefault();
	}

	static CallContext words(int count) {
		Type[] parameters = new Type[count];
		Arrays.fill(parameters, Type.SINT64);
		return CallContext.getCallContext(Type.SINT64, parameters, CallingConvention.DEFAULT, true);
	}

	private long address(String function) {
		long address = this.libc.getSymbolAddress(function);
		if (address == 0) {
			throw new UnsatisfiedLinkError("The C library has no " + function);
		}
		return address;
	}

	/** Of a function that returns an int: the upper half of the word means nothing. */
	private int result(long word) {
		int value = (int) word;
		return (value >= 0) ? value : -this.lastError.get();
	}

	private long wideResult(long word) {
		return (word >= 0) ? word : -this.lastError.get();
	}

	private int call(long function, long first) {
		return result(this.invoker.invokeL1(this.one, function, first));
	}

	private int call(long function, long first, long second) {
		return result(this.invoker.invokeL2(this.two, function, first, second));
	}

	private int call(long function, long first, long second, long third) {
		return result(this.invoker.invokeL3(this.three, function, first, second, third));
	}

	private int call(long function, long first, long second, long third, long fourth) {
		return result(this.invoker.invokeL4(this.four, function, first, second, third, fourth));
	}

	@Override
	public int epollCreate1(int flags) {
		return call(this.epollCreate1, flags);
	}

	@Override
	public int epollCtl(int epfd, int op, int fd, long event) {
		return call(this.epollCtl, epfd, op, fd, event);
	}

	@Override
	public int epollWait(int epfd, long events, int max, long timeoutNanos) {
		if (timeoutNanos < 0) {
			int result;
			do {
				result = call(this.epollWait, epfd, events, max, -1);
			}
			while (result == -EINTR);
			return result;
		}
		if (timeoutNanos > 0 && !this.lacksEpollPwait2) {
			int result = epollPwait2(epfd, events, max, timeoutNanos);
			// EPERM: a seccomp filter that does not know the call
			if (result != -ENOSYS && result != -EPERM) {
				return result;
			}
			this.lacksEpollPwait2 = true;
		}
		return awaiting(millis(timeoutNanos), (left) -> call(this.epollWait, epfd, events, max, left));
	}

	private int epollPwait2(int epfd, long events, int max, long timeoutNanos) {
		MemoryIO memory = MemoryIO.getInstance();
		long timespec = memory.allocateMemory(Timespec.BYTES, false);
		try {
			long deadlineNanos = System.nanoTime() + timeoutNanos;
			long leftNanos = timeoutNanos;
			int result;
			do {
				memory.putLong(timespec + Timespec.SEC, leftNanos / NANOS_PER_SECOND);
				memory.putLong(timespec + Timespec.NSEC, leftNanos % NANOS_PER_SECOND);
				result = result(this.invoker.invokeL5(this.five, this.epollPwait2, epfd, events, max, timespec, 0));
				if (result == -EINTR) {
					leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
				}
			}
			while (result == -EINTR);
			return result;
		}
		finally {
			memory.freeMemory(timespec);
		}
	}

	/** Rounded up, so that no wait ends early. */
	private static int millis(long nanos) {
		long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
		return (nanos < 0) ? -1 : (int) Math.min(Integer.MAX_VALUE, (nanos % 1_000_000 != 0) ? millis + 1 : millis);
	}

	@Override
	public int eventfd(int initial, int flags) {
		return call(this.eventfd, initial, flags);
	}

	@Override
	public int inotifyInit1(int flags) {
		return call(this.inotifyInit1, flags);
	}

	@Override
	public int inotifyAddWatch(int fd, byte[] path, int mask) {
		long name = copy(path);
		try {
			return call(this.inotifyAddWatch, fd, name, mask);
		}
		finally {
			free(name);
		}
	}

	@Override
	public int inotifyRmWatch(int fd, int wd) {
		return call(this.inotifyRmWatch, fd, wd);
	}

	@Override
	public int timerfdCreate(int clock, int flags) {
		return call(this.timerfdCreate, clock, flags);
	}

	@Override
	public int timerfdSettime(int fd, int flags, long newValue, long oldValue) {
		return call(this.timerfdSettime, fd, flags, newValue, oldValue);
	}

	@Override
	public int timerfdGettime(int fd, long value) {
		return call(this.timerfdGettime, fd, value);
	}

	@Override
	public int clockGettime(int clock, long time) {
		return call(this.clockGettime, clock, time);
	}

	@Override
	public int signalfd(int fd, long mask, int flags) {
		return call(this.signalfd, fd, mask, flags);
	}

	/** Returns the error itself, and leaves errno alone. */
	@Override
	public int pthreadSigmask(int how, long set, long old) {
		return -(int) this.invoker.invokeL3(this.three, this.pthreadSigmask, how, set, old);
	}

	@Override
	public int sigaction(int signal, long action, long old) {
		return call(this.sigaction, signal, action, old);
	}

	@Override
	public int kill(int pid, int signal) {
		return call(this.kill, pid, signal);
	}

	@Override
	public int tgkill(int pid, int tid, int signal) {
		return call(this.syscall, Architecture.current().tgkillNumber(), pid, tid, signal);
	}

	@Override
	public int sigqueue(int pid, int signal, long value) {
		return call(this.sigqueue, pid, signal, value);
	}

	@Override
	public int rtTgsigqueueinfo(int pid, int tid, int signal, long info) {
		return result(this.invoker.invokeL5(this.five, this.syscall, Architecture.current().rtTgsigqueueinfoNumber(),
				pid, tid, signal, info));
	}

	@Override
	public long read(int fd, long buffer, long count) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL3(this.three, this.read, fd, buffer, count));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public long write(int fd, long buffer, long count) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL3(this.three, this.write, fd, buffer, count));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int poll(long fds, int count, int timeoutMillis) {
		return awaiting(timeoutMillis, (left) -> call(this.poll, fds, count, left));
	}

	@Override
	public int open(byte[] path, int flags) {
		long name = copy(path);
		try {
			int result;
			do {
				result = call(this.open, name, flags);
			}
			while (result == -EINTR);
			return result;
		}
		finally {
			free(name);
		}
	}

	private static long copy(byte[] path) {
		long address = MemoryIO.getInstance().allocateMemory(path.length, false);
		MemoryIO.getInstance().putByteArray(address, path, 0, path.length);
		return address;
	}

	private static void free(long address) {
		MemoryIO.getInstance().freeMemory(address);
	}

	@Override
	public int fcntl(int fd, int command, long argument) {
		return call(this.fcntl, fd, command, argument);
	}

	@Override
	public int close(int fd) {
		return call(this.close, fd);
	}

	@Override
	public long mmapAnonymous(long length, int protection) {
		return wideResult(
				this.invoker.invokeL6(this.six, this.mmap, 0, length, protection, MAP_PRIVATE_ANONYMOUS, -1, 0));
	}

	@Override
	public int mprotect(long address, long length, int protection) {
		return call(this.mprotect, address, length, protection);
	}

	/** The C library has a wrapper since glibc 2.36. */
	@Override
	public int pidfdOpen(int pid, int flags) {
		return call(this.syscall, SYS_PIDFD_OPEN, pid, flags);
	}

	@Override
	public int pidfdSendSignal(int pidfd, int signal, long info, int flags) {
		return result(
				this.invoker.invokeL5(this.five, this.syscall, SYS_PIDFD_SEND_SIGNAL, pidfd, signal, info, flags));
	}

	@Override
	public int waitid(int type, int id, long info, int options) {
		int result;
		do {
			result = call(this.waitid, type, id, info, options);
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int ioctl(int fd, long request, long argument) {
		return call(this.ioctl, fd, request, argument);
	}

	/** Has no error, and its upper half may be set. */
	@Override
	public int getuid() {
		return (int) this.invoker.invokeL0(this.none, this.getuid);
	}

	@Override
	public int munmap(long address, long length) {
		return call(this.munmap, address, length);
	}

	@Override
	public int pipe2(long fds, int flags) {
		return call(this.pipe2, fds, flags);
	}

	@Override
	public long splice(int in, long inOffset, int out, long outOffset, long length, int flags) {
		long result;
		do {
			result = wideResult(
					this.invoker.invokeL6(this.six, this.splice, in, inOffset, out, outOffset, length, flags));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int fanotifyInit(int flags, int eventFlags) {
		return call(this.fanotifyInit, flags, eventFlags);
	}

	/** Has five arguments where a long takes the mask. */
	@Override
	public int fanotifyMark(int fd, int flags, long mask, byte[] path) {
		long name = copy(path);
		try {
			return result(this.invoker.invokeL5(this.five, this.fanotifyMark, fd, flags, mask, AT_FDCWD, name));
		}
		finally {
			free(name);
		}
	}

	@Override
	public int nameToHandleAt(byte[] path, long handle, long mountId, int flags) {
		long name = copy(path);
		try {
			return result(
					this.invoker.invokeL5(this.five, this.nameToHandleAt, AT_FDCWD, name, handle, mountId, flags));
		}
		finally {
			free(name);
		}
	}

	@Override
	public int openByHandleAt(int mountFd, long handle, int flags) {
		int result;
		do {
			result = call(this.openByHandleAt, mountFd, handle, flags);
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public long sendfile(int out, int in, long offset, long count) {
		return wide(this.sendfile, out, in, offset, count);
	}

	@Override
	public long tee(int in, int out, long length, int flags) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL4(this.four, this.tee, in, out, length, flags));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public long vmsplice(int fd, long vectors, long count, int flags) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL4(this.four, this.vmsplice, fd, vectors, count, flags));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int statfs(byte[] path, long status) {
		long name = copy(path);
		return retried(() -> this.invoker.invokeL2(this.two, this.statfs, name, status), name);
	}

	private int awaiting(int timeoutMillis, Wait wait) {
		long startNanos = (timeoutMillis > 0) ? System.nanoTime() : 0;
		int result = wait.call(timeoutMillis);
		if (result != -EINTR) {
			return result;
		}
		long deadlineNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
		while (result == -EINTR) {
			long leftNanos = (timeoutMillis > 0) ? deadlineNanos - System.nanoTime() + 999_999 : 0;
			int left = (timeoutMillis < 0) ? -1 : (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(leftNanos));
			result = wait.call(left);
		}
		return result;
	}

	private interface Wait {

		int call(int timeoutMillis);

	}

	@Override
	public int gethostname(long name, long length) {
		return call(this.gethostname, name, length);
	}

	@Override
	public int sethostname(byte[] name) {
		long address = copy(name);
		try {
			return call(this.sethostname, address, name.length);
		}
		finally {
			free(address);
		}
	}

	/** Has no error. */
	@Override
	public int getpid() {
		return (int) this.invoker.invokeL1(this.one, this.syscall, Architecture.current().getpidNumber());
	}

	/** Has no error. */
	@Override
	public int getppid() {
		return (int) this.invoker.invokeL1(this.one, this.syscall, Architecture.current().getppidNumber());
	}

	@Override
	public int mount(byte @Nullable [] source, byte[] target, byte @Nullable [] type, long flags,
			byte @Nullable [] data) {
		long from = copyIfAny(source);
		long to = copy(target);
		long kind = copyIfAny(type);
		long options = copyIfAny(data);
		return retried(() -> this.invoker.invokeL5(this.five, this.mount, from, to, kind, flags, options), from, to,
				kind, options);
	}

	@Override
	public int umount2(byte[] target, int flags) {
		long at = copy(target);
		return retried(() -> this.invoker.invokeL2(this.two, this.umount2, at, flags), at);
	}

	@Override
	public int pivotRoot(byte[] newRoot, byte[] putOld) {
		long number = Architecture.current().pivotRootNumber();
		long root = copy(newRoot);
		long old = copy(putOld);
		return retried(() -> this.invoker.invokeL3(this.three, this.syscall, number, root, old), root, old);
	}

	@Override
	public int openTree(byte[] path, int flags) {
		long name = copy(path);
		return retried(() -> this.invoker.invokeL4(this.four, this.syscall, SYS_OPEN_TREE, AT_FDCWD, name, flags),
				name);
	}

	@Override
	public int moveMount(int fd, byte[] target) {
		long nothing = copy(EMPTY);
		long to = copy(target);
		return retried(() -> this.invoker.invokeL6(this.six, this.syscall, SYS_MOVE_MOUNT, fd, nothing, AT_FDCWD, to,
				MOVE_MOUNT_F_EMPTY_PATH), nothing, to);
	}

	@Override
	public int mountSetattr(int fd, int flags, long attributes, long bytes) {
		long nothing = copy(EMPTY);
		return retried(() -> this.invoker.invokeL6(this.six, this.syscall, SYS_MOUNT_SETATTR, fd, nothing,
				AT_EMPTY_PATH | flags, attributes, bytes), nothing);
	}

	@Override
	public int fsopen(byte[] type, int flags) {
		long name = copy(type);
		return retried(() -> this.invoker.invokeL3(this.three, this.syscall, SYS_FSOPEN, name, flags), name);
	}

	@Override
	public int fsconfig(int fd, int command, byte @Nullable [] key, byte @Nullable [] value) {
		long name = copyIfAny(key);
		long text = copyIfAny(value);
		return retried(() -> this.invoker.invokeL6(this.six, this.syscall, SYS_FSCONFIG, fd, command, name, text, 0),
				name, text);
	}

	@Override
	public int fsmount(int fd, int flags, int attributes) {
		return call(this.syscall, SYS_FSMOUNT, fd, flags, attributes);
	}

	@Override
	public int unshare(int flags) {
		return call(this.unshare, flags);
	}

	@Override
	public int setns(int fd, int types) {
		return call(this.setns, fd, types);
	}

	/** A text that is not there has the address 0. */
	private static long copyIfAny(byte @Nullable [] text) {
		return (text != null) ? copy(text) : 0;
	}

	private int retried(LongSupplier call, long... texts) {
		try {
			int result;
			do {
				result = result(call.getAsLong());
			}
			while (result == -EINTR);
			return result;
		}
		finally {
			for (long text : texts) {
				if (text != 0) {
					free(text);
				}
			}
		}
	}

	@Override
	public int memfdCreate(byte[] name, int flags) {
		long copied = copy(name);
		try {
			return call(this.memfdCreate, copied, flags);
		}
		finally {
			free(copied);
		}
	}

	/** The C library has no wrapper. */
	@Override
	public int seccomp(int operation, int flags, long argument) {
		return call(this.syscall, Architecture.current().seccompNumber(), operation, flags, argument);
	}

	@Override
	public long pread(int fd, long buffer, long count, long offset) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL4(this.four, this.pread, fd, buffer, count, offset));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int ioUringSetup(int entries, long params) {
		return call(this.syscall, SYS_IO_URING_SETUP, entries, params);
	}

	/** Without a signal mask, the size of one is not looked at. */
	@Override
	public int ioUringEnter(int fd, int submit, int complete, int flags) {
		int result;
		do {
			result = result(
					this.invoker.invokeL6(this.six, this.syscall, SYS_IO_URING_ENTER, fd, submit, complete, flags, 0));
		}
		while (result == -EINTR);
		return result;
	}

	@Override
	public int ioUringRegister(int fd, int operation, long argument, int count) {
		return result(
				this.invoker.invokeL5(this.five, this.syscall, SYS_IO_URING_REGISTER, fd, operation, argument, count));
	}

	@Override
	public long mmapShared(int fd, long length, long offset) {
		return wideResult(this.invoker.invokeL6(this.six, this.mmap, 0, length, PROT_READ_WRITE, MAP_SHARED_POPULATE,
				fd, offset));
	}

	@Override
	public int socket(int domain, int type, int protocol) {
		return call(this.socket, domain, type, protocol);
	}

	@Override
	public int bind(int fd, long address, int length) {
		return call(this.bind, fd, address, length);
	}

	@Override
	public int listen(int fd, int backlog) {
		return call(this.listen, fd, backlog);
	}

	@Override
	public int accept4(int fd, long address, long length, int flags) {
		int result;
		do {
			result = call(this.accept4, fd, address, length, flags);
		}
		while (result == -EINTR);
		return result;
	}

	/** A second call after EINTR would find the first one still at work. */
	@Override
	public int connect(int fd, long address, int length) {
		return call(this.connect, fd, address, length);
	}

	@Override
	public int getsockname(int fd, long address, long length) {
		return call(this.getsockname, fd, address, length);
	}

	@Override
	public int getpeername(int fd, long address, long length) {
		return call(this.getpeername, fd, address, length);
	}

	@Override
	public int getsockopt(int fd, int level, int option, long value, long length) {
		return result(this.invoker.invokeL5(this.five, this.getsockopt, fd, level, option, value, length));
	}

	@Override
	public int setsockopt(int fd, int level, int option, long value, int length) {
		return result(this.invoker.invokeL5(this.five, this.setsockopt, fd, level, option, value, length));
	}

	@Override
	public int shutdown(int fd, int how) {
		return call(this.shutdown, fd, how);
	}

	@Override
	public long recv(int fd, long buffer, long count, int flags) {
		return wide(this.recv, fd, buffer, count, flags);
	}

	@Override
	public long send(int fd, long buffer, long count, int flags) {
		return wide(this.send, fd, buffer, count, flags);
	}

	@Override
	public long recvmsg(int fd, long message, int flags) {
		return wide(this.recvmsg, fd, message, flags, 0);
	}

	@Override
	public long sendmsg(int fd, long message, int flags) {
		return wide(this.sendmsg, fd, message, flags, 0);
	}

	@Override
	public int open(byte[] path, int flags, int mode) {
		long name = copy(path);
		return retried(() -> this.invoker.invokeL3(this.three, this.open, name, flags, mode), name);
	}

	@Override
	public long pwrite(int fd, long buffer, long count, long offset) {
		return wide(this.pwrite, fd, buffer, count, offset);
	}

	@Override
	public long preadv(int fd, long vectors, int count, long offset) {
		return wide(this.preadv, fd, vectors, count, offset);
	}

	@Override
	public long pwritev(int fd, long vectors, int count, long offset) {
		return wide(this.pwritev, fd, vectors, count, offset);
	}

	@Override
	public int fsync(int fd) {
		return retried(this.fsync, fd, 0);
	}

	@Override
	public int fdatasync(int fd) {
		return retried(this.fdatasync, fd, 0);
	}

	@Override
	public int ftruncate(int fd, long size) {
		return retried(this.ftruncate, fd, size);
	}

	@Override
	public long lseek(int fd, long offset, int whence) {
		return wide(this.lseek, fd, offset, whence, 0);
	}

	/** The C library has no wrappers for these. */
	@Override
	public int ioSetup(int count, long context) {
		return call(this.syscall, Architecture.current().ioSetupNumber(), count, context);
	}

	@Override
	public int ioDestroy(long context) {
		return call(this.syscall, Architecture.current().ioDestroyNumber(), context);
	}

	@Override
	public int ioSubmit(long context, long count, long blocks) {
		return call(this.syscall, Architecture.current().ioSubmitNumber(), context, count, blocks);
	}

	@Override
	public int ioGetevents(long context, long least, long most, long events, long timeout) {
		long number = Architecture.current().ioGeteventsNumber();
		return retried(
				() -> this.invoker.invokeL6(this.six, this.syscall, number, context, least, most, events, timeout));
	}

	@Override
	public int ioCancel(long context, long block, long event) {
		return call(this.syscall, Architecture.current().ioCancelNumber(), context, block, event);
	}

	/** A call of fewer words does not look at the others. */
	private long wide(long function, long first, long second, long third, long fourth) {
		long result;
		do {
			result = wideResult(this.invoker.invokeL4(this.four, function, first, second, third, fourth));
		}
		while (result == -EINTR);
		return result;
	}

	private int retried(long function, long first, long second) {
		int result;
		do {
			result = call(function, first, second);
		}
		while (result == -EINTR);
		return result;
	}

	private static final class Holder {

		static final JffiSyscalls INSTANCE = new JffiSyscalls();

	}

}
