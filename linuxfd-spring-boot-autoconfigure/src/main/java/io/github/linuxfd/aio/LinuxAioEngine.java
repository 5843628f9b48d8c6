package io.github.linuxfd.aio;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSource;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.IoEvent;
import io.github.linuxfd.ffi.Layouts.Iocb;
import io.github.linuxfd.ffi.Layouts.Timespec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Files opened with {@code O_DIRECT} by io_submit(2). It may wait in spite of its name,
 * for instance as a file grows, so threads call it, one at a time; completions come by an
 * eventfd to an event loop. Threads also do what this cannot, and what is more than the
 * context has room for. Any thread may call.
 *
 * @author linuxfd
 */
final class LinuxAioEngine implements Engine {

	private static final System.Logger LOGGER = System.getLogger(LinuxAioEngine.class.getName());

	private static final int EVENTS_AT_ONCE = 64;

	private static final int TIMEOUT_AT = EVENTS_AT_ONCE * IoEvent.BYTES;

	/** {@code EINTR} is not an end of a wait for the last completions. */
	private static final long NANOS_PER_WAIT = 100_000_000;

	private final Syscalls syscalls;

	private final EventLoop loop;

	private final ThreadEngine threads;

	private final SerialExecutor submitter;

	private final QueuedOperations queued = new QueuedOperations();

	private final long context;

	private final Eventfd eventfd;

	private final FdLoan eventfdLoan;

	private final Arrivals arrivals = new Arrivals();

	private final NativeMemory blocks;

	/** The address of the block to be submitted. */
	private final NativeMemory pointer = NativeMemory.allocate(Long.BYTES);

	/** The completions, and behind them a time-out. */
	private final NativeMemory events = NativeMemory.allocate(TIMEOUT_AT + Timespec.BYTES);

	/** By the index of their block. */
	private final @Nullable Operation<?>[] inFlight;

	private final int[] freeBlocks;

	private int freeCount;

	private volatile boolean closed;

	/**
	 * Set up a context.
	 * @throws SyscallException {@code EAGAIN} - {@code fs.aio-max-nr} is reached;
	 * {@code ENOSYS} - the kernel has no AIO
	 */
	LinuxAioEngine(Syscalls syscalls, EventLoop loop, ThreadEngine threads, int most) {
		this.syscalls = syscalls;
		this.loop = loop;
		this.threads = threads;
		this.submitter = new SerialExecutor(threads.threads());
		this.inFlight = new Operation<?>[most];
		this.freeBlocks = new int[most];
		while (this.freeCount < most) {
			this.freeBlocks[this.freeCount++] = most - this.freeCount;
		}
		this.blocks = NativeMemory.allocate(most * Iocb.BYTES);
		Eventfd opened = null;
		long setUp = 0;
		boolean done = false;
		try {
			setUp = setUp(most);
			opened = new EventfdFactory(syscalls).open();
			this.context = setUp;
			this.eventfd = opened;
			loop.register(this.arrivals);
			this.eventfdLoan = opened.fd().lend();
			done = true;
		}
		finally {
			if (!done) {
				if (setUp != 0) {
					syscalls.ioDestroy(setUp);
				}
				free(opened);
			}
		}
	}

	private long setUp(int most) {
		this.pointer.bytes().putLong(0, 0);
		SyscallException.check("io_setup", this.syscalls.ioSetup(most, this.pointer.address()), most);
		return this.pointer.bytes().getLong(0);
	}

	private void free(@Nullable Eventfd opened) {
		if (opened != null) {
			opened.close();
		}
		this.blocks.close();
		this.pointer.close();
		this.events.close();
	}

	@Override
	public int socketFlags() {
		return 0;
	}

	@Override
	public boolean start(Operation<?> operation) {
		if (this.closed) {
			return false;
		}
		operation.startNanos = System.nanoTime();
		this.queued.add(operation);
		this.submitter.execute(operation);
		return true;
	}

	@Override
	public boolean later(Command command) {
		return this.threads.later(command);
	}

	@Override
	public void begin(Operation<?> operation) {
		if (!this.queued.take(operation) || !this.threads.prepare(operation)) {
			return;
		}
		long result;
		synchronized (this.submitter) {
			result = this.closed ? -Errno.ECANCELED.number() : submit(operation);
		}
		if (Errno.EAGAIN.is(result)) {
			this.threads.perform(operation);
		}
		else if (result < 0) {
			this.threads.end(operation, result);
		}
	}

	/** Returns {@code EAGAIN} for what cannot be done here, or not now. */
	private long submit(Operation<?> operation) {
		int index = takeBlock(operation);
		if (index < 0) {
			return -Errno.EAGAIN.number();
		}
		long result = -Errno.EAGAIN.number();
		if (operation.prepare(new IoControlBlock(this.blocks.bytes(), index, this.eventfdLoan.number()))) {
			this.pointer.bytes().putLong(0, address(index));
			result = this.syscalls.ioSubmit(this.context, 1, this.pointer.address());
		}
		if (result < 0) {
			giveBack(index);
			boolean unknown = operation.kind == OperationKind.FSYNC && Errno.EINVAL.is(result);
			return unknown ? -Errno.EAGAIN.number() : result;
		}
		return result;
	}

	/** Returns -1 if there is none. */
	private int takeBlock(Operation<?> operation) {
		synchronized (this.inFlight) {
			if (this.freeCount == 0) {
				return -1;
			}
			int index = this.freeBlocks[--this.freeCount];
			this.inFlight[index] = operation;
			operation.token = address(index);
			return index;
		}
	}

	private Operation<?> giveBack(int index) {
		synchronized (this.inFlight) {
			Operation<?> operation = this.inFlight[index];
			if (operation == null) {
				throw new IllegalStateException("A completion of nothing that was started: " + index);
			}
			operation.token = 0;
			this.inFlight[index] = null;
			this.freeBlocks[this.freeCount++] = index;
			return operation;
		}
	}

	private long address(int index) {
		return this.blocks.address() + (long) index * Iocb.BYTES;
	}

	/** Returns how many operations have ended. */
	private int reap(int least, long timeoutNanos) {
		int count = takeEvents(least, timeoutNanos);
		Operation<?>[] operations = new Operation<?>[count];
		for (int i = 0; i < count; i++) {
			operations[i] = giveBack((int) this.events.bytes().getLong(i * IoEvent.BYTES + IoEvent.DATA));
			operations[i].result = this.events.bytes().getLong(i * IoEvent.BYTES + IoEvent.RES);
		}
		// only now: a handler may close this, and that takes events too
		for (Operation<?> operation : operations) {
			this.threads.end(operation, operation.result);
		}
		return count;
	}

	private int takeEvents(int least, long timeoutNanos) {
		this.events.bytes().putLong(TIMEOUT_AT + Timespec.SEC, 0).putLong(TIMEOUT_AT + Timespec.NSEC, timeoutNanos);
		return SyscallException.check("io_getevents", this.syscalls.ioGetevents(this.context, least, EVENTS_AT_ONCE,
				this.events.address(), this.events.address() + TIMEOUT_AT), this.context);
	}

	/** What the kernel has cannot be stopped, but for a few devices. */
	@Override
	public void cancel(Operation<?> operation) {
		if (this.queued.take(operation)) {
			this.threads.endCancelled(List.of(operation));
			return;
		}
		synchronized (this.inFlight) {
			cancelInFlight(operation);
		}
	}

	/** If it can be cancelled, its completion comes as any other. */
	private void cancelInFlight(Operation<?> operation) {
		if (operation.token == 0) {
			return; // it has completed
		}
		try (NativeMemory event = NativeMemory.allocate(IoEvent.BYTES)) {
			int result = this.syscalls.ioCancel(this.context, operation.token, event.address());
			LOGGER.log(System.Logger.Level.TRACE, () -> "io_cancel of " + operation + ": " + result);
		}
	}

	@Override
	public void cancelAll(AioHandle handle, int number) {
		this.threads.endCancelled(this.queued.takeAllOf(handle));
		synchronized (this.inFlight) {
			for (Operation<?> operation : this.inFlight) {
				if (operation != null && operation.handle == handle) {
					cancelInFlight(operation);
				}
			}
		}
		handle.fd().release();
	}

	/** Waits for what the kernel has. The second call does nothing. */
	@Override
	public void close() {
		synchronized (this.submitter) {
			if (this.closed) {
				return;
			}
			this.closed = true;
		}
		this.threads.endCancelled(this.queued.takeAll());
		try {
			this.loop.cancel(this.arrivals);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The loop has ended before", ex);
		}
		while (hasInFlight()) {
			reap(1, NANOS_PER_WAIT);
		}
		int result = this.syscalls.ioDestroy(this.context);
		this.eventfdLoan.close();
		free(this.eventfd);
		SyscallException.check("io_destroy", result, this.context);
	}

	private boolean hasInFlight() {
		synchronized (this.inFlight) {
			return this.freeCount < this.inFlight.length;
		}
	}

	@Override
	public String toString() {
		return "LinuxAioEngine[" + this.inFlight.length + " at once]";
	}

	/** Edge-triggered: each increment is another event, and nobody has to read it. */
	private final class Arrivals extends EventSource {

		private static final Flags<EpollFlag> ARRIVAL = Flags.of(EpollFlag.IN, EpollFlag.ET);

		@Override
		protected OwnedFd fd() {
			return LinuxAioEngine.this.eventfd.fd();
		}

		@Override
		protected Flags<EpollFlag> interest() {
			return ARRIVAL;
		}

		@Override
		protected void ready(int events) {
			int count;
			do {
				count = reap(0, 0);
			}
			while (count == EVENTS_AT_ONCE);
		}

		/** The loop ends, and nobody else would take what still comes. */
		@Override
		protected void ended() {
			LinuxAioEngine.this.close();
		}

		@Override
		protected void failed(Throwable failure) {
			LOGGER.log(System.Logger.Level.ERROR, "Linux AIO has failed", failure);
			LinuxAioEngine.this.close();
		}

		/** The engine does. */
		@Override
		protected void close() {
		}

		@Override
		public String toString() {
			return LinuxAioEngine.this.toString();
		}

	}

}
