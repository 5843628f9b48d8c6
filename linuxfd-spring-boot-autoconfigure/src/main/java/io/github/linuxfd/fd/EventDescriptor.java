package io.github.linuxfd.fd;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A descriptor that is read as events: what inotify, signalfd, timerfd and eventfd have
 * in common. Always non-blocking and close-on-exec. One read(2) takes as many events as
 * fit in the buffer that the descriptor owns.
 * <p>
 * Any thread may call, and several may wait at the same time; each event goes to one of
 * them. {@link #close()} wakes them. A descriptor that is registered with an event loop
 * belongs to the loop and is read by it alone.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public abstract class EventDescriptor<E> implements EventReader<E>, Iterable<E> {

	private static final short POLLIN = 1;

	/** What the facilities call; for subclasses. */
	protected final Syscalls syscalls;

	private final OwnedFd fd;

	private final NativeMemory buffer;

	private final ReentrantLock lock = new ReentrantLock();

	/** Read from the kernel and not handed out yet. */
	private final Queue<E> cached = new ArrayDeque<>();

	/**
	 * Readable while there are cached events that waiting threads have not seen, and once
	 * this is closed; made by the first wait.
	 */
	private @Nullable OwnedFd wakeup;

	/** Kept from the last wait for the next one. */
	private @Nullable NativeMemory sparePollfds;

	/** Whether {@link #wakeup} is readable because of cached events. */
	private boolean rung;

	private int waiting;

	/** Made once, and not for each read. */
	private final Decoder<Consumer<? super E>> events = this::decode;

	/**
	 * Own a descriptor and the buffer it is read into.
	 * @param syscalls the calls
	 * @param fd the descriptor
	 * @param bufferBytes the size of the buffer
	 */
	protected EventDescriptor(Syscalls syscalls, OwnedFd fd, int bufferBytes) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.buffer = NativeMemory.allocate(bufferBytes);
		fd.afterClose(this::free);
	}

	/**
	 * Turn the bytes of one read into events. Called under the lock.
	 * @param bytes the buffer, to be read by absolute positions
	 * @param result how many of its bytes were read, at least 1; or {@code -errno}, but
	 * not {@code EAGAIN}
	 * @param sink takes the events
	 * @throws SyscallException if the read has failed, and that is no event
	 */
	protected abstract void decode(ByteBuffer bytes, long result, Consumer<? super E> sink);

	/**
	 * Return how many bytes were read.
	 * @param result the result of the read
	 * @return the number of bytes
	 * @throws SyscallException if the read has failed
	 */
	protected final int length(long result) {
		if (result < 0) {
			throw SyscallException.of("read", result, toString());
		}
		return (int) result;
	}

	/**
	 * Free what the subclass owns beside the descriptor. Called once, after close(2).
	 */
	protected void freeOwned() {
	}

	/**
	 * Return the descriptor, to be watched by any poller. It stays owned by this object.
	 * @return the owner of the number
	 */
	@Override
	public final OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code read(2)} - takes what the kernel has, as much as fits in the buffer, without
	 * waiting. The main path of the event loop: nothing is cached or allocated but the
	 * events themselves.
	 * @param sink takes the events; it must not throw and not read this descriptor, and
	 * may close it
	 * @return the number of bytes read; 0 if there was nothing
	 * @throws SyscallException if the read fails
	 * @throws IllegalStateException if this is closed
	 */
	@Override
	public final int drain(Consumer<? super E> sink) {
		return drain(sink, this.events);
	}

	/**
	 * {@code read(2)} - as {@link #drain(Consumer)}, for a subclass that has another way
	 * to hand out what it reads.
	 * @param <S> what takes it
	 * @param sink takes it
	 * @param decoder decodes the bytes, under the lock
	 * @return the number of bytes read; 0 if there was nothing
	 */
	protected final <S> int drain(S sink, Decoder<? super S> decoder) {
		this.lock.lock();
		try {
			return read(sink, decoder);
		}
		finally {
			this.lock.unlock();
		}
	}

	private <S> int read(S sink, Decoder<? super S> decoder) {
		if (this.lock.getHoldCount() > 1) {
			throw new IllegalStateException(this + " is being read by this very thread");
		}
		int number = this.fd.acquire();
		try {
			long result = this.syscalls.read(number, this.buffer.address(), capacity());
			if (result == 0 || Errno.EAGAIN.is(result)) {
				return 0;
			}
			decoder.decode(this.buffer.bytes(), result, sink);
			return (int) Math.max(0, result);
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * Whether a read of so many bytes has taken all there was. A second read would only
	 * say {@code EAGAIN}, and cost as much as the first.
	 * @param bytes what {@link #drain} returned
	 * @return {@code true} if the read left room in the buffer for more
	 */
	@Override
	public boolean isDrainedBy(int bytes) {
		return bytes <= capacity() / 2;
	}

	/** The size of the buffer. */
	private int capacity() {
		return this.buffer.bytes().capacity();
	}

	/**
	 * Return all events there are: those read already and those the kernel has. Does not
	 * wait.
	 * @return the events, in order, possibly none
	 * @throws SyscallException if a read fails
	 * @throws IllegalStateException if this is closed
	 */
	public final List<E> readEvents() {
		this.lock.lock();
		try {
			int bytes;
			do {
				bytes = read(this.cached::add, this.events);
			}
			while (!isDrainedBy(bytes));
			List<E> events = new ArrayList<>(this.cached);
			this.cached.clear();
			return events;
		}
		finally {
			unlockAndTell();
		}
	}

	/**
	 * Return the next event. Does not wait.
	 * @return the event, or {@code null} if there is none
	 * @throws SyscallException if a read fails
	 * @throws IllegalStateException if this is closed
	 */
	public final @Nullable E pollEvent() {
		this.lock.lock();
		try {
			E event = this.cached.poll();
			if (event == null) {
				read(this.cached::add, this.events);
				event = this.cached.poll();
			}
			return event;
		}
		finally {
			unlockAndTell();
		}
	}

	/*
	 * What one thread has read and not taken is no longer in the kernel, where another
	 * one waits for it.
	 */
	private void unlockAndTell() {
		try {
			boolean wanted = this.waiting > 0 && !this.cached.isEmpty();
			if (this.wakeup != null && wanted != this.rung && this.fd.isOpen()) {
				this.rung = wanted;
				if (wanted) {
					ring(this.wakeup);
				}
				else {
					silence(this.wakeup);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return the next event, and wait for it no longer than that.
	 * @param timeout the longest wait, in milliseconds at the finest
	 * @return the event, or {@code null} if the time is over
	 * @throws SyscallException if a wait or read fails
	 * @throws IllegalStateException if this is closed, before or during the wait
	 */
	public final @Nullable E pollEvent(Duration timeout) {
		long deadlineNanos = System.nanoTime() + nanos(timeout);
		E event = pollEvent();
		while (event == null) {
			Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
			if (left.isNegative() || !await(left)) {
				return null;
			}
			event = pollEvent();
		}
		return event;
	}

	/**
	 * Return the next event, and wait for it as long as it takes.
	 * @return the event
	 * @throws SyscallException if a wait or read fails
	 * @throws IllegalStateException if this is closed, before or during the wait
	 */
	public final E readEvent() {
		E event = pollEvent();
		while (event == null) {
			awaitMillis(-1);
			event = pollEvent();
		}
		return event;
	}

	/**
	 * {@code poll(2)} - waits until there is something to read.
	 * @param timeout the longest wait, in milliseconds at the finest
	 * @return {@code false} if the time is over
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed, before or during the wait
	 */
	public final boolean await(Duration timeout) {
		long nanos = nanos(timeout);
		long millis = TimeUnit.NANOSECONDS.toMillis(nanos) + ((nanos % 1_000_000 != 0) ? 1 : 0);
		return awaitMillis((int) Math.min(millis, Integer.MAX_VALUE));
	}

	/** Not negative, and never too much for a {@code long}. */
	private static long nanos(Duration timeout) {
		try {
			return Math.max(0, timeout.toNanos());
		}
		catch (ArithmeticException ex) {
			return timeout.isNegative() ? 0 : Long.MAX_VALUE;
		}
	}

	private boolean awaitMillis(int timeoutMillis) {
		NativeMemory pollfds = startWaiting();
		if (pollfds == null) {
			return true;
		}
		try {
			int number = this.fd.acquire();
			try {
				int ready = poll(number, pollfds, timeoutMillis);
				if (!this.fd.isOpen()) {
					throw new IllegalStateException(this + " is closed");
				}
				return ready != 0;
			}
			finally {
				this.fd.release();
			}
		}
		finally {
			stopWaiting(pollfds);
		}
	}

	private int poll(int number, NativeMemory pollfds, int timeoutMillis) {
		OwnedFd wakeup = Objects.requireNonNull(this.wakeup);
		int wakeupNumber = wakeup.acquire();
		try {
			ByteBuffer bytes = pollfds.bytes();
			bytes.putInt(Pollfd.FD, number).putShort(Pollfd.EVENTS, POLLIN);
			bytes.putInt(Pollfd.BYTES + Pollfd.FD, wakeupNumber).putShort(Pollfd.BYTES + Pollfd.EVENTS, POLLIN);
			return SyscallException.check("poll", this.syscalls.poll(pollfds.address(), 2, timeoutMillis), this);
		}
		finally {
			wakeup.release();
		}
	}

	/** Returns what to wait with, or {@code null} if there is no need to wait. */
	private @Nullable NativeMemory startWaiting() {
		this.lock.lock();
		try {
			if (!this.cached.isEmpty()) {
				return null;
			}
			if (!this.fd.isOpen()) {
				throw new IllegalStateException(this + " is closed");
			}
			if (this.wakeup == null) {
				this.wakeup = OwnedFd.adopt(this.syscalls,
						this.syscalls.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK), "eventfd", "0");
			}
			NativeMemory spare = this.sparePollfds;
			NativeMemory pollfds = (spare != null) ? spare : NativeMemory.allocate(2 * Pollfd.BYTES);
			this.sparePollfds = null;
			this.waiting++;
			return pollfds;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void stopWaiting(NativeMemory pollfds) {
		this.lock.lock();
		try {
			this.waiting--;
			if (this.sparePollfds == null && this.fd.isOpen()) {
				this.sparePollfds = pollfds;
			}
			else {
				pollfds.close();
			}
		}
		finally {
			unlockAndTell();
		}
	}

	/**
	 * Return an endless iterator that waits for each event and ends when this is closed.
	 * @return the iterator, for one thread
	 */
	@Override
	public final Iterator<E> iterator() {
		return new Iterator<>() {

			private @Nullable E next;

			@Override
			public boolean hasNext() {
				while (this.next == null && EventDescriptor.this.fd.isOpen()) {
					try {
						this.next = readEvent();
					}
					catch (IllegalStateException ex) {
						if (EventDescriptor.this.fd.isOpen()) {
							throw ex;
						}
					}
				}
				return this.next != null;
			}

			@Override
			public E next() {
				if (!hasNext()) {
					throw new NoSuchElementException(EventDescriptor.this + " is closed");
				}
				E event = Objects.requireNonNull(this.next);
				this.next = null;
				return event;
			}

		};
	}

	/**
	 * Whether this has not been closed yet.
	 * @return {@code true} as long as calls are accepted
	 */
	@Override
	public final boolean isOpen() {
		return this.fd.isOpen();
	}

	/**
	 * {@code close(2)} - as soon as no call uses the descriptor any more. Wakes all
	 * threads that wait for events.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public final void close() {
		this.fd.close();
		this.lock.lock();
		try {
			this.cached.forEach(this::discard);
			this.cached.clear();
			if (this.wakeup != null) {
				ring(this.wakeup);
				this.wakeup.close();
			}
			if (this.sparePollfds != null) {
				this.sparePollfds.close();
				this.sparePollfds = null;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ring(OwnedFd eventfd) {
		try (NativeMemory one = NativeMemory.allocate(Long.BYTES)) {
			one.bytes().putLong(0, 1);
			int number = eventfd.acquire();
			try {
				SyscallException.check("write", this.syscalls.write(number, one.address(), Long.BYTES), "eventfd, 1");
			}
			finally {
				eventfd.release();
			}
		}
	}

	private void silence(OwnedFd eventfd) {
		try (NativeMemory counter = NativeMemory.allocate(Long.BYTES)) {
			int number = eventfd.acquire();
			try {
				SyscallException.check("read", this.syscalls.read(number, counter.address(), Long.BYTES), "eventfd");
			}
			finally {
				eventfd.release();
			}
		}
	}

	private void free() {
		this.buffer.close();
		freeOwned();
	}

	/**
	 * Run a call with the descriptor's number, alone.
	 * @param call the call
	 * @return its result
	 * @throws IllegalStateException if this is closed
	 */
	protected final int locked(FdCall call) {
		this.lock.lock();
		try {
			int number = this.fd.acquire();
			try {
				return call.with(number);
			}
			finally {
				this.fd.release();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take the lock that readers and callers share.
	 */
	protected final void lock() {
		this.lock.lock();
	}

	/**
	 * Give back the lock.
	 */
	protected final void unlock() {
		this.lock.unlock();
	}

	@Override
	public String toString() {
		return getClass().getSimpleName() + "[" + this.fd + "]";
	}

	/**
	 * A call with a descriptor's number.
	 */
	@FunctionalInterface
	protected interface FdCall {

		/**
		 * Make the call.
		 * @param number the number, valid during the call
		 * @return its result
		 */
		int with(int number);

	}

	/**
	 * Decodes the bytes of one read.
	 *
	 * @param <S> what takes the result
	 */
	@FunctionalInterface
	protected interface Decoder<S> {

		/**
		 * Decode the bytes of one read.
		 * @param bytes the buffer, to be read by absolute positions
		 * @param result how many of its bytes were read, at least 1; or {@code -errno},
		 * but not {@code EAGAIN}
		 * @param sink takes the result
		 */
		void decode(ByteBuffer bytes, long result, S sink);

	}

}
