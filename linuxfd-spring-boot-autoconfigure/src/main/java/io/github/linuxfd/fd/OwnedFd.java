package io.github.linuxfd.fd;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The only holder of a descriptor's number. It is closed once, and not while a call still
 * uses the number, so that the kernel cannot give the number to somebody else under a
 * running call. Two of them are equal only if they are the same.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class OwnedFd implements Fd, Pollable {

	private static final AtomicInteger OPEN = new AtomicInteger();

	private static final int CLOSED = Integer.MIN_VALUE;

	/** No state: those have fewer calls in flight. */
	private static final int NOT_YET = Integer.MAX_VALUE;

	private static final int F_DUPFD = 0;

	private static final int F_DUPFD_CLOEXEC = 1030;

	/** Never one of the standard streams. */
	private static final int LOWEST = 3;

	private final Syscalls syscalls;

	private final int number;

	private final String kind;

	/** The closed bit, and below it the number of calls in flight. */
	private final AtomicInteger state = new AtomicInteger();

	private Runnable afterClose = () -> {
	};

	/** Take this out of the pollers that know it; never changed, but replaced. */
	private volatile List<Runnable> beforeClose = List.of();

	private OwnedFd(Syscalls syscalls, int number, String kind) {
		this.syscalls = syscalls;
		this.number = number;
		this.kind = kind;
		OPEN.incrementAndGet();
	}

	/**
	 * Take over the descriptor that a system call has returned.
	 * @param syscalls closes it
	 * @param result the call's result, {@code -errno} if it failed
	 * @param syscall the call's name
	 * @param detail the call's arguments worth naming
	 * @return the owner
	 * @throws SyscallException if the call failed
	 */
	public static OwnedFd adopt(Syscalls syscalls, int result, String syscall, String detail) {
		return new OwnedFd(syscalls, SyscallException.check(syscall, result, detail), syscall);
	}

	/**
	 * {@code fcntl(2)}, {@code F_DUPFD_CLOEXEC} - makes a number of our own for what a
	 * descriptor stands for that somebody else owns, for instance a native library. The
	 * two are closed independently, and what the other one does to the open file, such as
	 * {@code O_NONBLOCK}, is done to both. Linux 2.6.24.
	 * @param syscalls makes and closes it
	 * @param number the other one's number, which has to stay open during the call
	 * @param kind what it is, for messages
	 * @return the owner of the new number
	 * @throws SyscallException {@code EBADF} - the number is not open; {@code EMFILE} -
	 * no descriptor is left
	 */
	public static OwnedFd duplicateOf(Syscalls syscalls, int number, String kind) {
		return new OwnedFd(syscalls, duplicate(syscalls, number, F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), kind);
	}

	private static int duplicate(Syscalls syscalls, int number, int command, String name) {
		return SyscallException.check("fcntl", syscalls.fcntl(number, command, LOWEST), number + ", " + name);
	}

	/**
	 * Return how many descriptors are owned in this JVM.
	 * @return the number of descriptors not closed yet
	 */
	public static int openCount() {
		return OPEN.get();
	}

	/**
	 * Say what else ends with this descriptor. To be called before it is shared.
	 * @param afterClose runs after close(2), on the thread that made it
	 */
	public void afterClose(Runnable afterClose) {
		this.afterClose = afterClose;
	}

	/**
	 * Say what comes before this descriptor is closed: each poller has to be told,
	 * because a duplicate elsewhere would keep its registration alive, epoll(7).
	 * @param action runs on the thread that closes, before the number is given up
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public synchronized void beforeClose(Runnable action) {
		if (!isOpen()) {
			throw new IllegalStateException(this + " is closed");
		}
		List<Runnable> actions = new ArrayList<>(this.beforeClose);
		actions.add(action);
		this.beforeClose = List.copyOf(actions);
	}

	/**
	 * Take back what was to come before the close.
	 * @param action the action; nothing happens if it is not there
	 */
	public synchronized void notBeforeClose(Runnable action) {
		this.beforeClose = this.beforeClose.stream().filter((other) -> other != action).toList();
	}

	/**
	 * Borrow the number for one call. Must be followed by {@link #release()}.
	 * @return the number
	 * @throws IllegalStateException if the descriptor is closed
	 */
	@Override
	public int acquire() {
		int before;
		do {
			before = this.state.get();
			if (before < 0) {
				throw new IllegalStateException(this + " is closed");
			}
		}
		while (!this.state.compareAndSet(before, before + 1));
		return this.number;
	}

	/**
	 * Give the number back. The last one to do so closes a descriptor whose
	 * {@link #close()} came during its call.
	 */
	@Override
	public void release() {
		if (this.state.decrementAndGet() == CLOSED) {
			closeNow();
		}
	}

	/**
	 * Return how many calls have borrowed the number and not given it back. After
	 * {@link #close()} there can only be fewer.
	 * @return the number of loans
	 */
	public int borrowed() {
		return this.state.get() & ~CLOSED;
	}

	/**
	 * Lend the number to native code.
	 * @return the loan, to be closed by the caller
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public FdLoan lend() {
		return new FdLoan(this);
	}

	/**
	 * {@code fcntl(2)}, {@code F_DUPFD} - makes a second number without close-on-exec,
	 * which a program that native code starts inherits. The JDK's own {@code Process}
	 * inherits nothing but the standard streams. To be closed as soon as the program has
	 * been started: until then all others inherit it too.
	 * @return the owner of the second number
	 * @throws SyscallException {@code EMFILE} - no descriptor is left
	 * @throws IllegalStateException if the descriptor is closed
	 */
	public OwnedFd duplicateForChild() {
		int source = acquire();
		try {
			return new OwnedFd(this.syscalls, duplicate(this.syscalls, source, F_DUPFD, "F_DUPFD"), this.kind);
		}
		finally {
			release();
		}
	}

	@Override
	public OwnedFd fd() {
		return this;
	}

	/**
	 * Whether {@link #close()} has not been called yet.
	 * @return {@code true} as long as calls are accepted
	 */
	@Override
	public boolean isOpen() {
		return this.state.get() >= 0;
	}

	/**
	 * {@code close(2)}, at once or when the last call that uses the number has returned.
	 * An event loop that reads the descriptor gives it up first; on the thread of another
	 * loop that one makes the call later, and the number may be open for a moment after
	 * the return. Any thread may call.
	 * @throws IllegalStateException if it is closed already
	 */
	@Override
	public void close() {
		int before;
		List<Runnable> done = List.of();
		do {
			List<Runnable> first = this.beforeClose;
			for (Runnable action : first) {
				if (!done.contains(action)) {
					action.run();
				}
			}
			done = first;
			before = closeAfter(done);
		}
		while (before == NOT_YET);
		if (before < 0) {
			throw new IllegalStateException(this + " is closed already");
		}
		if (before == 0) {
			closeNow();
		}
	}

	/** Not before a poller that has come meanwhile has been told. */
	private synchronized int closeAfter(List<Runnable> done) {
		return done.containsAll(this.beforeClose) ? this.state.getAndUpdate((state) -> state | CLOSED) : NOT_YET;
	}

	private void closeNow() {
		int result = this.syscalls.close(this.number);
		OPEN.decrementAndGet();
		this.afterClose.run();
		if (Errno.EBADF.is(result)) {
			// somebody else closed our number and may have closed a stranger's
			System.getLogger(OwnedFd.class.getName())
				.log(System.Logger.Level.ERROR, "{0} was closed by somebody else", this);
			assert false : this + " was closed by somebody else";
		}
	}

	@Override
	public String toString() {
		return this.kind + " descriptor " + this.number;
	}

}
