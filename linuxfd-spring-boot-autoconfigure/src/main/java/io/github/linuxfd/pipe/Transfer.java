package io.github.linuxfd.pipe;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * {@code splice(2)}, {@code tee(2)}, {@code sendfile(2)} - a stream of bytes from a
 * source to one target or two that does not come into this process. It runs on the thread
 * that calls {@link #run}, one at a time, and can be run again where it has stalled; it
 * holds the bytes that it has taken and not given yet.
 * <p>
 * Closing the transfer or one of its ends, from any thread, ends a run with an
 * {@code IllegalStateException}, within {@value #SLICE_MILLIS} ms if it waits, and never
 * has it touch somebody else's descriptor.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class Transfer implements AutoCloseable {

	/** How often a run that waits looks whether its ends are open. */
	private static final long SLICE_MILLIS = 100;

	private static final short POLLIN = 0x1;

	private static final short POLLOUT = 0x4;

	private static final int BUFFER_BYTES = 1 << 16;

	/** What one sendfile(2) moves at most, so that progress is told now and then. */
	private static final int SEND_BYTES = 1 << 20;

	private final Syscalls syscalls;

	private final Splicer splicer;

	private final Fd source;

	/** Into whose pipe the source is spliced. */
	private final Branch first;

	/** Into whose pipe the first one's is teed. */
	private final @Nullable Branch second;

	/** Close what this has opened. */
	private final List<Runnable> closings;

	private final NativeMemory pollfds;

	private final ReentrantLock running = new ReentrantLock();

	private final AtomicBoolean closed = new AtomicBoolean();

	private final int capacity;

	/** Whether poll(2) is to be asked for bytes before each call. */
	private final boolean asked;

	private long sourceOffset;

	/** Whether the kernel itself does what would be two calls for each 64 KiB here. */
	private boolean sending;

	/** How many bytes the file is known to have that were not sent yet. */
	private long unsent;

	private long limit = Long.MAX_VALUE;

	private LongConsumer progress = (bytes) -> {
	};

	/** How many bytes were taken from the source. */
	private long taken;

	/** How many bytes are in the first pipe without being in the second. */
	private long single;

	private volatile long transferred;

	private volatile long copied;

	private long copiedIn;

	/** What bytes come through once the source has refused to be spliced from. */
	private @Nullable NativeMemory buffer;

	Transfer(Syscalls syscalls, Splicer splicer, Fd source, long sourceOffset, Branch first, @Nullable Branch second,
			List<Runnable> closings) {
		this.syscalls = syscalls;
		this.splicer = splicer;
		this.source = source;
		this.sourceOffset = sourceOffset;
		this.first = first;
		this.second = second;
		this.closings = closings;
		this.asked = Branch.mayWait(syscalls, source);
		this.capacity = capacity(first.pipe(), (second != null) ? second.pipe() : first.pipe());
		this.sending = second == null && first.takesAtOnce() && Branch.isFile(source);
		this.pollfds = NativeMemory.allocate(2 * Pollfd.BYTES);
		// not under a run
		first.pipe().readEnd().afterClose(this::free);
	}

	/**
	 * The same for both: what fits in the first one can be teed as a whole, and the
	 * second target has it even if the first one breaks.
	 */
	private static int capacity(Pipe first, Pipe second) {
		int capacity = first.capacity();
		int other = second.capacity();
		return (other < capacity) ? first.setCapacity(other) : capacity;
	}

	/**
	 * Take no more than that from the source, in all runs together. To be called between
	 * runs.
	 * @param bytes the most bytes
	 * @return this
	 * @throws IllegalArgumentException if the number is negative, or more has been taken
	 * already
	 */
	public Transfer limit(long bytes) {
		if (bytes < 0) {
			throw new IllegalArgumentException("A limit is not negative, as " + bytes + " is");
		}
		if (bytes < this.taken) {
			throw new IllegalArgumentException(
					"The limit cannot be " + bytes + ": " + this.taken + " bytes were taken already");
		}
		this.limit = bytes;
		return this;
	}

	/**
	 * Tell how far the transfer has come: after each call that has moved bytes to the
	 * target, or to the slower one of two, on the thread that runs it. To be called
	 * before the first run.
	 * @param progress takes the number of bytes that are at their target; what it throws
	 * ends the run, which can be repeated
	 * @return this
	 */
	public Transfer onProgress(LongConsumer progress) {
		this.progress = progress;
		return this;
	}

	/**
	 * {@code splice(2)}, {@code tee(2)}, {@code sendfile(2)}, {@code poll(2)} - moves
	 * bytes until the source has ended, the limit is reached, or nothing could be moved
	 * for too long.
	 * @param idleTimeout the longest wait for the next byte, in milliseconds at the
	 * finest; zero does what can be done without waiting
	 * @return why the run has ended
	 * @throws SyscallException {@code EPIPE}, {@code ECONNRESET} - the peer of a socket
	 * or pipe has closed it; {@code ENOSPC} - the target's disk is full; {@code EBADF} -
	 * an end is not open for that direction; {@code ESPIPE} - an offset for a socket or
	 * pipe. The other one of two targets is given what was taken from the source before.
	 * What was taken and not given is lost with the transfer, unless another run gives it
	 * @throws IllegalStateException if an end or this is closed, before or during the
	 * run, or another thread runs this
	 */
	public TransferOutcome run(Duration idleTimeout) {
		long idleNanos = nanos(idleTimeout);
		if (!this.running.tryLock()) {
			throw new IllegalStateException(this + " is run by another thread");
		}
		try {
			OwnedFd memory = this.first.pipe().readEnd();
			memory.acquire();
			try {
				return move(idleNanos);
			}
			catch (SyscallException ex) {
				// some of its descriptors are closed, and the others see broken pipes
				throw this.closed.get() ? new IllegalStateException(this + " was closed during the run", ex) : ex;
			}
			finally {
				memory.release();
			}
		}
		finally {
			this.running.unlock();
		}
	}

	private TransferOutcome move(long idleNanos) {
		// the clock is read only when nothing moves
		boolean idle = false;
		long idleSince = 0;
		retry();
		while (true) {
			boolean filling = this.first.isEmpty() && (this.second == null || this.second.isEmpty());
			if (filling && this.single == 0 && this.taken == this.limit) {
				return TransferOutcome.LIMIT_REACHED;
			}
			long moved = filling ? fill() : drain();
			if (filling && moved == 0) {
				return TransferOutcome.END_OF_INPUT;
			}
			if (moved > 0) {
				idle = false;
				continue;
			}
			checkOpen();
			if (!filling && !isDraining()) {
				throwFailure();
			}
			long now = System.nanoTime();
			idleSince = idle ? idleSince : now;
			idle = true;
			long leftNanos = idleNanos - (now - idleSince);
			if (leftNanos <= 0) {
				throwFailure();
				return TransferOutcome.STALLED;
			}
			await(filling, leftNanos);
		}
	}

	/** A run that waits for one end makes no call with the others. */
	private void checkOpen() {
		if (this.closed.get()) {
			throw new IllegalStateException(this + " is closed");
		}
		checkOpen(this.source);
		checkOpen(this.first.target());
		if (this.second != null) {
			checkOpen(this.second.target());
		}
	}

	private static void checkOpen(Fd end) {
		if (!end.isOpen()) {
			throw new IllegalStateException(end + " is closed");
		}
	}

	private void retry() {
		this.first.retry();
		if (this.second != null) {
			this.second.retry();
		}
	}

	private boolean isDraining() {
		return this.first.isDraining() || (this.second != null && this.second.isDraining());
	}

	private void throwFailure() {
		SyscallException failure = this.first.failure();
		SyscallException other = (this.second != null) ? this.second.failure() : null;
		if (failure != null && other != null) {
			failure.addSuppressed(other);
		}
		if (failure != null || other != null) {
			throw (failure != null) ? failure : other;
		}
	}

	/** Takes from the source, and has each branch hold the same bytes. */
	private long fill() {
		if (this.sending) {
			return send();
		}
		if (this.single == 0) {
			long bytes = take(Math.min(this.capacity, this.limit - this.taken));
			if (bytes <= 0) {
				return bytes;
			}
			this.taken += bytes;
			this.single = bytes;
		}
		long shared = this.single;
		if (this.second != null) {
			shared = this.splicer.tee(this.first.pipe().readEnd(), this.second.pipe().writeEnd(), shared, Branch.FLAGS);
			if (shared <= 0) {
				return Splicer.AGAIN;
			}
			this.second.hold(shared);
		}
		this.first.hold(shared);
		this.single -= shared;
		return shared;
	}

	/** From the file to the target, and nothing is held in between. */
	private long send() {
		// the ends may be open all the same
		checkOpen();
		Fd target = this.first.target();
		long bytes;
		try {
			bytes = this.splicer.sendfile(this.source, this.sourceOffset, target,
					Math.min(sendable(), this.limit - this.taken));
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.EINVAL)) {
				throw ex;
			}
			this.sending = false; // opened for appending, or something that takes it in
									// another way
			return fill();
		}
		if (bytes > 0) {
			this.unsent -= Math.min(bytes, this.unsent);
			this.taken += bytes;
			if (this.sourceOffset != Splicer.CURRENT) {
				this.sourceOffset += bytes;
			}
			this.transferred = this.taken;
			this.progress.accept(this.taken);
		}
		return bytes;
	}

	/**
	 * No more than the file has, as long as it has any: asked for more, Linux 4.2 to 6.4
	 * wait for the rest before they send the last segment.
	 */
	private long sendable() {
		if (this.unsent == 0) {
			this.unsent = Branch.left(this.syscalls, this.source, this.sourceOffset);
		}
		return (this.unsent > 0) ? Math.min(SEND_BYTES, this.unsent) : SEND_BYTES;
	}

	private long take(long most) {
		if (this.asked && !isReady(this.source, POLLIN)) {
			return Splicer.AGAIN;
		}
		if (this.buffer != null) {
			return copy(this.buffer, most);
		}
		try {
			long bytes = this.splicer.splice(this.source, this.sourceOffset, this.first.pipe().writeEnd(),
					Splicer.CURRENT, most, Branch.FLAGS);
			if (this.sourceOffset != Splicer.CURRENT && bytes > 0) {
				this.sourceOffset += bytes;
			}
			return bytes;
		}
		catch (SyscallException ex) {
			// something that cannot be spliced from
			if (!ex.errno().equals(Errno.EINVAL) || this.sourceOffset != Splicer.CURRENT) {
				throw ex;
			}
			NativeMemory memory = NativeMemory.allocate(Math.min(BUFFER_BYTES, this.capacity));
			this.buffer = memory;
			return copy(memory, most);
		}
	}

	/** The pipe is empty and takes all of the buffer at once. */
	private long copy(NativeMemory memory, long most) {
		long bytes = Branch.read(this.syscalls, this.source, memory, Math.min(most, memory.bytes().capacity()));
		if (bytes > 0) {
			OwnedFd pipe = this.first.pipe().writeEnd();
			int number = pipe.acquire();
			try {
				SyscallException.check("write", this.syscalls.write(number, memory.address(), bytes), pipe);
			}
			finally {
				pipe.release();
			}
			this.copiedIn += bytes;
		}
		return bytes;
	}

	/**
	 * Neither of two waits for the other before its own pipe is empty, nor fails with it.
	 */
	private long drain() {
		long moved = drain(this.first);
		long held = this.first.held();
		long copies = this.copiedIn + this.first.copied();
		if (this.second != null) {
			moved = Math.max(moved, drain(this.second));
			held = Math.max(held, this.second.held());
			copies += this.second.copied();
		}
		this.copied = copies;
		long arrived = this.taken - this.single - held;
		if (arrived > this.transferred) {
			this.transferred = arrived;
			this.progress.accept(arrived);
		}
		return moved;
	}

	private long drain(Branch branch) {
		if (!branch.isDraining()) {
			return Splicer.AGAIN;
		}
		try {
			return (branch.isAsked() && !isReady(branch.target(), POLLOUT)) ? Splicer.AGAIN : branch.drain();
		}
		catch (SyscallException ex) {
			branch.fail(ex);
			return Splicer.AGAIN;
		}
	}

	/** {@code poll(2)} for what the transfer cannot go on without. */
	private void await(boolean filling, long leftNanos) {
		int timeoutMillis = (int) Math.min(SLICE_MILLIS, TimeUnit.NANOSECONDS.toMillis(leftNanos + 999_999));
		if (filling && this.sending) {
			await(this.first.target(), POLLOUT, null, timeoutMillis);
		}
		else if (filling) {
			await((this.second == null || this.single == 0) ? this.source : this.second.pipe().writeEnd(),
					(this.single == 0) ? POLLIN : POLLOUT, null, timeoutMillis);
		}
		else if (this.second == null || !this.second.isDraining()) {
			await(this.first.target(), POLLOUT, null, timeoutMillis);
		}
		else if (!this.first.isDraining()) {
			await(this.second.target(), POLLOUT, null, timeoutMillis);
		}
		else {
			await(this.first.target(), POLLOUT, this.second.target(), timeoutMillis);
		}
	}

	private boolean isReady(Fd fd, short events) {
		return await(fd, events, null, 0) > 0;
	}

	private int await(Fd fd, short events, @Nullable Fd other, int timeoutMillis) {
		int number = fd.acquire();
		try {
			int otherNumber = (other != null) ? other.acquire() : -1;
			try {
				ByteBuffer bytes = this.pollfds.bytes();
				bytes.putInt(Pollfd.FD, number)
					.putShort(Pollfd.EVENTS, events)
					.putInt(Pollfd.BYTES + Pollfd.FD, otherNumber)
					.putShort(Pollfd.BYTES + Pollfd.EVENTS, events);
				int count = (other != null) ? 2 : 1;
				return SyscallException.check("poll", this.syscalls.poll(this.pollfds.address(), count, timeoutMillis),
						fd);
			}
			finally {
				if (other != null) {
					other.release();
				}
			}
		}
		finally {
			fd.release();
		}
	}

	/**
	 * Return how many bytes are at their target, or at both of two. Any thread may call.
	 * @return the number of bytes, of all runs together
	 */
	public long transferred() {
		return this.transferred;
	}

	/**
	 * Return how many bytes were copied through this process, because the source or a
	 * target cannot be spliced: a target that was opened for appending, a terminal, some
	 * files of {@code /proc}. Any thread may call.
	 * @return the number of bytes, counted for each end that had them copied; 0 if this
	 * is a transfer without copies
	 */
	public long copied() {
		return this.copied;
	}

	/** Not negative, and never too much for a {@code long}. */
	private static long nanos(Duration timeout) {
		return (timeout.toSeconds() < Integer.MAX_VALUE) ? Math.max(0, timeout.toNanos())
				: TimeUnit.SECONDS.toNanos(Integer.MAX_VALUE);
	}

	/**
	 * {@code close(2)} - closes what was opened for the transfer, as soon as no call uses
	 * it any more. Channels, streams and descriptors that it was given stay open. Any
	 * thread may call.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			throw new IllegalStateException(this + " is closed already");
		}
		closeAll(this.closings);
	}

	static void closeAll(List<Runnable> closings) {
		RuntimeException failure = null;
		for (Runnable closing : closings) {
			try {
				closing.run();
			}
			catch (RuntimeException ex) {
				if (failure != null) {
					ex.addSuppressed(failure);
				}
				failure = ex;
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	private void free() {
		this.pollfds.close();
		if (this.buffer != null) {
			this.buffer.close();
		}
		this.first.free();
		if (this.second != null) {
			this.second.free();
		}
	}

	@Override
	public String toString() {
		return "Transfer[" + this.source + " -> " + this.first.target()
				+ ((this.second != null) ? " and " + this.second.target() : "") + "]";
	}

}
