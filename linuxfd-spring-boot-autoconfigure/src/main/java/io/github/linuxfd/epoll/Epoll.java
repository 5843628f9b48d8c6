package io.github.linuxfd.epoll;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.fd.Pollable;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Waits for many descriptors at once. Each is registered with a token of the caller's
 * choice, which comes back with its events; a token should never be used twice, because
 * the kernel may still report a descriptor that has just been taken out.
 * <p>
 * {@link #add}, {@link #modify} and {@link #delete} may be called by any thread,
 * {@link #await} and the accessors of its result by one.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll.7</a>
 */
public final class Epoll implements Pollable, AutoCloseable {

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

	private static final int ADD = 1;

	private static final int DELETE = 2;

	private static final int MODIFY = 3;

	private final Syscalls syscalls;

	private final OwnedFd fd;

	private final int eventBytes;

	private final int dataOffset;

	private final int maxEvents;

	private final NativeMemory events;

	private final NativeMemory change;

	private final ReentrantLock changeLock = new ReentrantLock();

	Epoll(Syscalls syscalls, OwnedFd fd, Architecture architecture, int maxEvents) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.eventBytes = architecture.epollEventBytes();
		this.dataOffset = architecture.epollEventDataOffset();
		this.maxEvents = maxEvents;
		this.events = NativeMemory.allocate(maxEvents * this.eventBytes);
		this.change = NativeMemory.allocate(this.eventBytes);
		fd.afterClose(() -> {
			this.events.close();
			this.change.close();
		});
	}

	/**
	 * {@code epoll_ctl(2)}, {@code EPOLL_CTL_ADD} - starts to watch a descriptor. Linux
	 * 2.6; {@link EpollFlag#EXCLUSIVE} 4.5.
	 * @param target the descriptor; take it out before closing it
	 * @param flags what to wait for
	 * @param token comes back with its events
	 * @throws SyscallException {@code EPERM} - a regular file or directory, which cannot
	 * be waited for; {@code EEXIST} - already there; {@code ELOOP} - an epoll that this
	 * is watched by, or the sixth of a chain; {@code ENOSPC} -
	 * {@code fs.epoll.max_user_watches} is reached
	 * @throws IllegalStateException if one of them is closed
	 */
	public void add(OwnedFd target, Flags<EpollFlag> flags, long token) {
		control(ADD, target, flags, token);
	}

	/**
	 * {@code epoll_ctl(2)}, {@code EPOLL_CTL_MOD} - changes what to wait for. Linux 2.6.
	 * @param target the descriptor
	 * @param flags what to wait for
	 * @param token comes back with its events
	 * @throws SyscallException {@code ENOENT} - not there; {@code EINVAL} - it is, or is
	 * to be, {@link EpollFlag#EXCLUSIVE}
	 * @throws IllegalStateException if one of them is closed
	 */
	public void modify(OwnedFd target, Flags<EpollFlag> flags, long token) {
		control(MODIFY, target, flags, token);
	}

	/**
	 * {@code epoll_ctl(2)}, {@code EPOLL_CTL_DEL} - no longer watches a descriptor. Linux
	 * 2.6.
	 * @param target the descriptor, still open
	 * @throws SyscallException {@code ENOENT} - not there
	 * @throws IllegalStateException if one of them is closed
	 */
	public void delete(OwnedFd target) {
		control(DELETE, target, Flags.none(EpollFlag.class), 0);
	}

	/**
	 * {@code epoll_ctl(2)}, {@code EPOLL_CTL_DEL} - no longer watches a descriptor that
	 * may be closed as soon as it is given back. Linux 2.6.
	 * @param target the descriptor, lent
	 * @throws SyscallException {@code ENOENT} - not there
	 * @throws IllegalStateException if this is closed
	 */
	public void delete(FdLoan target) {
		control(DELETE, target.number(), target, Flags.none(EpollFlag.class), 0);
	}

	private void control(int operation, OwnedFd target, Flags<EpollFlag> flags, long token) {
		int number = target.acquire();
		try {
			control(operation, number, target, flags, token);
		}
		finally {
			target.release();
		}
	}

	private void control(int operation, int targetNumber, Object target, Flags<EpollFlag> flags, long token) {
		this.changeLock.lock();
		try {
			int number = this.fd.acquire();
			try {
				this.change.bytes().putInt(0, (int) flags.bits()).putLong(this.dataOffset, token);
				int result = this.syscalls.epollCtl(number, operation, targetNumber, this.change.address());
				if (result < 0) {
					throw SyscallException.of("epoll_ctl", result,
							this.fd + ", " + operation + ", " + target + ", " + flags);
				}
			}
			finally {
				this.fd.release();
			}
		}
		finally {
			this.changeLock.unlock();
		}
	}

	/**
	 * {@code epoll_wait(2)} - waits until a descriptor is ready. The result stays until
	 * the next call.
	 * @param timeout the longest wait, in nanoseconds; before Linux 5.11 rounded up to
	 * milliseconds
	 * @return how many descriptors are ready, 0 if the time is over
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed
	 */
	public int await(Duration timeout) {
		return awaitNanos(nanos(timeout));
	}

	/** Not negative, which would be for ever, and never too much for a {@code long}. */
	private static long nanos(Duration timeout) {
		if (timeout.isNegative()) {
			return 0;
		}
		return (timeout.compareTo(LONGEST) < 0) ? timeout.toNanos() : Long.MAX_VALUE;
	}

	/**
	 * {@code epoll_wait(2)} - waits until a descriptor is ready, as long as it takes. The
	 * result stays until the next call.
	 * @return how many descriptors are ready
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed
	 */
	public int await() {
		return awaitNanos(-1);
	}

	/**
	 * {@code epoll_wait(2)} - waits until a descriptor is ready. The result stays until
	 * the next call.
	 * @param timeoutNanos the longest wait in nanoseconds, negative for as long as it
	 * takes; before Linux 5.11 rounded up to milliseconds
	 * @return how many descriptors are ready, 0 if the time is over
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed
	 */
	public int awaitNanos(long timeoutNanos) {
		int number = this.fd.acquire();
		try {
			int count = this.syscalls.epollWait(number, this.events.address(), this.maxEvents, timeoutNanos);
			if (count < 0) {
				throw SyscallException.of("epoll_wait", count, this.fd.toString());
			}
			return count;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * Return the token of a ready descriptor.
	 * @param index from 0 to one less than the last wait returned
	 * @return the token it was registered with
	 */
	public long token(int index) {
		return bytes().getLong(index * this.eventBytes + this.dataOffset);
	}

	/**
	 * Return what a ready descriptor is ready for.
	 * @param index from 0 to one less than the last wait returned
	 * @return the kernel's event bits, see {@link EpollFlag}
	 */
	public int events(int index) {
		return bytes().getInt(index * this.eventBytes);
	}

	private ByteBuffer bytes() {
		return this.events.bytes();
	}

	/**
	 * Return the descriptor, which can be watched by another epoll.
	 * @return the owner of the number
	 */
	@Override
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code close(2)}. Does not wake a thread in {@link #await()}: register an eventfd
	 * for that.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return "Epoll[" + this.fd + "]";
	}

}
