package io.github.linuxfd.eventfd;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A counter in the kernel that threads, processes and pollers can wait for. An event is
 * the value that a read took from it, an unsigned number. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd.2</a>
 */
public final class Eventfd extends EventDescriptor<Long> {

	/** The most that the counter holds: 2^64-2, as an unsigned number. */
	public static final long MAX_VALUE = -2;

	private final NativeMemory increment = NativeMemory.allocate(Long.BYTES);

	private final boolean semaphore;

	Eventfd(Syscalls syscalls, OwnedFd fd, boolean semaphore) {
		super(syscalls, fd, Long.BYTES);
		this.semaphore = semaphore;
	}

	/**
	 * {@code write(2)} - adds one to the counter and wakes those who wait. Never waits.
	 * Linux 2.6.22.
	 * @return {@code false} if the counter would overflow; nothing was added
	 * @throws SyscallException if the write fails
	 * @throws IllegalStateException if this is closed
	 */
	public boolean increment() {
		return increment(1);
	}

	/**
	 * {@code write(2)} - adds to the counter and wakes those who wait. Never waits. Linux
	 * 2.6.22.
	 * @param value what to add, unsigned; the counter holds at most {@link #MAX_VALUE}
	 * @return {@code false} if the counter would overflow; nothing was added
	 * @throws SyscallException if the write fails; {@code EINVAL} if the value is 2^64-1
	 * @throws IllegalStateException if this is closed
	 */
	public boolean increment(long value) {
		lock();
		try {
			int number = fd().acquire();
			try {
				this.increment.bytes().putLong(0, value);
				long result = this.syscalls.write(number, this.increment.address(), Long.BYTES);
				if (result < 0 && !Errno.EAGAIN.is(result)) {
					throw SyscallException.of("write", result, this + ", " + Long.toUnsignedString(value));
				}
				return result > 0;
			}
			finally {
				fd().release();
			}
		}
		finally {
			unlock();
		}
	}

	/**
	 * Whether a read takes one from the counter, and not all.
	 * @return {@code true} if this was opened with {@link EventfdFlag#SEMAPHORE}
	 */
	public boolean isSemaphore() {
		return this.semaphore;
	}

	/**
	 * One read takes all, or one from a semaphore.
	 */
	@Override
	public boolean isDrainedBy(int bytes) {
		return !this.semaphore || bytes == 0;
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super Long> sink) {
		length(result);
		sink.accept(bytes.getLong(0));
	}

	@Override
	protected void freeOwned() {
		this.increment.close();
	}

}
