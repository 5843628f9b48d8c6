package io.github.linuxfd.aio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.ffi.Layouts.Timespec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.uring.Completion;
import io.github.linuxfd.uring.IoUring;
import io.github.linuxfd.uring.IoUringFactory;
import io.github.linuxfd.uring.IoUringSetupFlag;
import io.github.linuxfd.uring.ProvidedBuffers;
import io.github.linuxfd.uring.SubmissionQueue;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * io_uring(7), by one thread that is the only one to touch the ring. Other threads hand
 * it commands; what its own handlers start goes into the ring at once, and to the kernel
 * together with the next wait.
 *
 * @author linuxfd
 */
final class UringEngine implements Engine {

	private static final System.Logger LOGGER = System.getLogger(UringEngine.class.getName());

	private static final long STOP_MILLIS = 30_000;

	/** User data of what is not an operation. */
	private static final long WAKEUP = -1;

	private static final long IGNORED = -2;

	/** In user data: it is the time limit of an operation. */
	private static final long TIME_LIMIT_BIT = 1L << 62;

	private static final int SLOT_BITS = 24;

	private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;

	/** The group of the ring's own buffers. */
	static final int BUFFERS = 0;

	private static final int BUFFER_COUNT = 128;

	static final int BUFFER_BYTES = 16 * 1024;

	private static final long SHORTAGE_NANOS = 100_000;

	private static final long NANOS_PER_SECOND = 1_000_000_000;

	private static final int POLLIN = 1;

	/** An operation and its time limit are one link, and given to the kernel together. */
	private static final int MOST_ENTRIES = 2;

	/** Whose memory the kernel may still use, and nobody says when it does not. */
	private static final Queue<Operation<?>> ABANDONED = new ConcurrentLinkedQueue<>();

	private final IoUringFactory rings;

	private final AioSettings settings;

	private final Thread thread;

	private final Eventfd wakeup;

	private final FdLoan wakeupLoan;

	private final NativeBuffers buffers = new NativeBuffers();

	private final AioStatistics statistics;

	/** The newest first. */
	private final AtomicReference<@Nullable Command> commands = new AtomicReference<>();

	/** Who adds a command has to ring. */
	private final AtomicBoolean asleep = new AtomicBoolean();

	/** What the submission queue had no room for. */
	private final Queue<Command> waiting = new ArrayDeque<>();

	/** Whose operations are being cancelled. */
	private final List<AioHandle> closing = new ArrayList<>();

	private final Command rearm = new Command() {
		@Override
		public void run() {
			if (UringEngine.this.state == State.RUNNING) {
				queue().next().pollMultishot(wakeupNumber(), POLLIN).userData(WAKEUP);
			}
		}
	};

	private @Nullable Operation<?>[] slots = new Operation<?>[64];

	private int[] freeSlots = new int[64];

	private int freeCount;

	private long generation;

	private int inFlight;

	/** Once for all that is started and completed together. */
	private long nowNanos;

	private volatile State state = State.RUNNING;

	private volatile @Nullable IoUring ring;

	/** What multishot receives are given. */
	private volatile @Nullable ProvidedBuffers provided;

	private final Completion completed = this::completed;

	private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();

	private UringEngine(IoUringFactory rings, EventfdFactory eventfds, AioSettings settings, AioStatistics statistics,
			String threadName) {
		this.rings = rings;
		this.settings = settings;
		this.statistics = statistics;
		this.wakeup = eventfds.open();
		this.wakeupLoan = this.wakeup.fd().lend();
		this.thread = new Thread(this::run, threadName);
		this.thread.setDaemon(true);
		for (int slot = this.slots.length - 1; slot >= 0; slot--) {
			this.freeSlots[this.freeCount++] = slot;
		}
	}

	/**
	 * Opens a ring on a thread of its own.
	 * @throws SyscallException if the kernel refuses it
	 */
	static UringEngine open(IoUringFactory rings, EventfdFactory eventfds, AioSettings settings,
			AioStatistics statistics, String threadName) {
		UringEngine engine = new UringEngine(rings, eventfds, settings, statistics, threadName);
		engine.thread.start();
		try {
			engine.opened.join();
			return engine;
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof SyscallException refusal) {
				throw refusal;
			}
			throw ex;
		}
	}

	/** How often the completion queue was too short. */
	long overflows() {
		IoUring current = this.ring;
		return (current != null) ? current.overflows() : 0;
	}

	/** A socket that does not block would be told to try again. */
	@Override
	public int socketFlags() {
		return 0;
	}

	@Override
	public boolean start(Operation<?> operation) {
		if (this.state == State.CLOSED) {
			return false;
		}
		// a time limit must not have begun before the handler that sets it
		boolean inThread = Thread.currentThread() == this.thread;
		operation.startNanos = (inThread && operation.timeoutNanos == 0) ? this.nowNanos : System.nanoTime();
		if (inThread && this.state == State.RUNNING) {
			runInTurn(operation);
		}
		else {
			push(operation); // a handler that starts again what fails at once must not
								// recur
		}
		return true;
	}

	@Override
	public void cancel(Operation<?> operation) {
		execute(new Command() {
			@Override
			public void run() {
				cancelNow(operation);
			}
		});
	}

	@Override
	public void cancelAll(AioHandle handle, int number) {
		execute(new Command() {
			@Override
			public void run() {
				cancelAllNow(handle, number);
			}
		});
	}

	@Override
	public boolean later(Command command) {
		if (this.state == State.CLOSED) {
			return false;
		}
		push(command);
		return true;
	}

	private void execute(Command command) {
		if (Thread.currentThread() == this.thread && this.state == State.RUNNING) {
			runInTurn(command);
		}
		else {
			push(command); // a ring that has failed is closed when handlers hear of it
		}
	}

	private void push(Command command) {
		Command head;
		do {
			head = this.commands.get();
			command.next = head;
		}
		while (!this.commands.compareAndSet(head, command));
		if (this.state == State.CLOSED) {
			runCommands(); // its thread has gone
		}
		else if (this.asleep.get() && this.asleep.compareAndSet(true, false)) {
			ring();
		}
	}

	private void ring() {
		try {
			this.wakeup.increment();
		}
		catch (IllegalStateException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The engine has just ended", ex);
			runCommands();
		}
	}

	private void run() {
		try (IoUring current = open()) {
			probe(current);
			this.ring = current;
			this.provided = provideBuffers(current);
			current.submissions().next().pollMultishot(wakeupNumber(), POLLIN).userData(WAKEUP);
			this.opened.complete(null);
			while (this.state == State.RUNNING || this.inFlight > 0 || !this.waiting.isEmpty()) {
				turn(current);
			}
			ProvidedBuffers present = this.provided;
			if (present != null) {
				present.close(); // otherwise the kernel may still use them
			}
		}
		catch (Throwable ex) {
			if (!this.opened.completeExceptionally(ex)) {
				LOGGER.log(System.Logger.Level.ERROR, "The engine has failed; its operations end", ex);
				this.state = State.STOPPING; // what handlers start now is not for the
												// ring
				abandon(ex);
			}
		}
		finally {
			finish();
		}
	}

	/** With what the newest kernels have, or less. */
	private IoUring open() {
		try {
			return open(Flags.of(IoUringSetupFlag.CLAMP, IoUringSetupFlag.SUBMIT_ALL, IoUringSetupFlag.SINGLE_ISSUER,
					IoUringSetupFlag.DEFER_TASKRUN));
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.EINVAL)) {
				throw ex;
			}
			return open(Flags.of(IoUringSetupFlag.CLAMP, IoUringSetupFlag.SUBMIT_ALL, IoUringSetupFlag.COOP_TASKRUN));
		}
	}

	private IoUring open(Flags<IoUringSetupFlag> flags) {
		return this.rings.open(Math.max(MOST_ENTRIES, this.settings.submissions()),
				Math.max(MOST_ENTRIES, this.settings.completions()), flags);
	}

	/** What closing a handle relies on has no feature flag. */
	private void probe(IoUring current) {
		current.submissions().next().cancelAllOf(wakeupNumber()).userData(IGNORED);
		current.submitAndWait(1);
		current.forEachCompletion((userData, result, flags) -> {
			if (Errno.EINVAL.is(result)) {
				throw SyscallException.of("io_uring_enter", -Errno.ENOSYS.number(),
						"IORING_ASYNC_CANCEL_FD, which Linux has since 5.19");
			}
		});
	}

	/** For multishot receives, which Linux has since 6.0. */
	private @Nullable ProvidedBuffers provideBuffers(IoUring current) {
		try {
			ProvidedBuffers buffers = current.provideBuffers(BUFFERS, BUFFER_COUNT, BUFFER_BYTES);
			boolean used = false;
			try {
				used = receivesAgain(current);
				return used ? buffers : null;
			}
			finally {
				if (!used) {
					buffers.close();
				}
			}
		}
		catch (SyscallException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "There are no multishot receives", ex);
			return null;
		}
	}

	/** From no socket: a kernel that could says ENOTSOCK, and another one EINVAL. */
	private boolean receivesAgain(IoUring current) {
		AtomicBoolean known = new AtomicBoolean();
		current.submissions().next().recvMultishot(wakeupNumber(), BUFFERS).userData(IGNORED);
		current.submitAndWait(1);
		current.forEachCompletion((userData, result, flags) -> known.set(Errno.ENOTSOCK.is(result)));
		return known.get();
	}

	@Override
	public boolean hasMultishotReceive() {
		return this.provided != null;
	}

	/** Linux has had that as long as cancelling by descriptor, which there is. */
	@Override
	public boolean hasMultishotAccept() {
		return true;
	}

	/**
	 * It is never read: each increment is another event, and the counter large enough.
	 */
	private int wakeupNumber() {
		return this.wakeupLoan.number();
	}

	private void turn(IoUring current) {
		runCommands();
		while (!this.waiting.isEmpty() && hasRoomFor(this.waiting.element())) {
			this.waiting.remove().run();
		}
		this.asleep.set(true);
		// who adds one after this rings; those that had no room do not wait for the
		// others
		int complete = (this.commands.get() == null && this.waiting.isEmpty()) ? 1 : 0;
		try {
			current.submitAndWait(complete);
		}
		catch (SyscallException ex) {
			// EBUSY: completions have to be taken first; EAGAIN: memory has to come back
			if (!ex.errno().equals(Errno.EBUSY) && !ex.errno().equals(Errno.EAGAIN)) {
				throw ex;
			}
			LockSupport.parkNanos(SHORTAGE_NANOS);
		}
		finally {
			this.asleep.set(false);
		}
		releaseClosing(current.submissions());
		this.nowNanos = System.nanoTime();
		current.forEachCompletion(this.completed);
	}

	private void runCommands() {
		Command newest = this.commands.getAndSet(null);
		Command oldest = null;
		while (newest != null) {
			Command next = newest.next;
			newest.next = oldest;
			oldest = newest;
			newest = next;
		}
		try {
			while (oldest != null) {
				Command command = oldest;
				oldest = command.next;
				command.next = null;
				runInTurn(command);
			}
		}
		finally {
			while (oldest != null) { // this one has ended the engine, and those are told
										// so
				this.waiting.add(oldest);
				oldest = oldest.next;
			}
		}
	}

	private void runInTurn(Command command) {
		if (this.state == State.CLOSED || this.waiting.isEmpty() && hasRoomFor(command)) {
			command.run();
		}
		else {
			this.waiting.add(command);
		}
	}

	private boolean hasRoomFor(Command command) {
		return queue().free() >= command.entries();
	}

	private SubmissionQueue queue() {
		IoUring current = this.ring;
		if (current == null) {
			throw new IllegalStateException("The engine is not open");
		}
		return current.submissions();
	}

	@Override
	public void begin(Operation<?> operation) {
		this.statistics.start(operation.kind);
		submit(operation);
	}

	private void submit(Operation<?> operation) {
		// what closes the handle, or this, has cancelled what was there, and not this one
		if (this.state != State.RUNNING || !operation.handle.isOpen()) {
			endLater(operation, -Errno.ECANCELED.number());
			return;
		}
		try {
			operation.pin(this.buffers);
			if (operation.timeoutNanos != 0) {
				pinLimit(operation);
			}
		}
		catch (RuntimeException | Error ex) {
			operation.failed = ex;
			endLater(operation, -Errno.ENOMEM.number());
			return;
		}
		int slot = takeSlot();
		long token = (++this.generation << SLOT_BITS & ~TIME_LIMIT_BIT & Long.MAX_VALUE) | slot;
		this.slots[slot] = operation;
		this.inFlight++;
		operation.token = token;
		operation.outstanding = 1;
		SubmissionQueueEntry entry = queue().next();
		operation.prepare(entry);
		entry.userData(token);
		NativeMemory limit = operation.limit;
		if (limit != null) {
			operation.outstanding = 2;
			entry.link();
			queue().next().linkTimeout(limit.address()).userData(token | TIME_LIMIT_BIT);
		}
	}

	/** Who starts it may be a handler, which would be called within its own call. */
	private void endLater(Operation<?> operation, long result) {
		push(new Command() {
			@Override
			public void run() {
				end(operation, result);
			}
		});
	}

	private void pinLimit(Operation<?> operation) {
		NativeMemory limit = this.buffers.take(Timespec.BYTES);
		operation.limit = limit;
		long left = Math.max(1, operation.timeoutNanos - (System.nanoTime() - operation.startNanos));
		limit.bytes().putLong(Timespec.SEC, left / NANOS_PER_SECOND).putLong(Timespec.NSEC, left % NANOS_PER_SECOND);
	}

	private int takeSlot() {
		if (this.freeCount == 0) {
			int size = this.slots.length;
			this.slots = Arrays.copyOf(this.slots, size * 2);
			this.freeSlots = new int[size * 2];
			for (int slot = size * 2 - 1; slot >= size; slot--) {
				this.freeSlots[this.freeCount++] = slot;
			}
		}
		return this.freeSlots[--this.freeCount];
	}

	private void completed(long userData, int result, int flags) {
		if (userData == IGNORED) {
			return;
		}
		if (userData == WAKEUP) {
			if (!Completion.hasMore(flags) && this.state == State.RUNNING) {
				execute(this.rearm);
			}
			return;
		}
		int slot = (int) userData & SLOT_MASK;
		Operation<?> operation = this.slots[slot];
		if (operation == null || operation.token != (userData & ~TIME_LIMIT_BIT)) {
			throw new IllegalStateException("A completion of nothing that was started: " + userData);
		}
		if (Completion.hasBuffer(flags)) {
			handOver(operation, Completion.buffer(flags), result);
		}
		else if (operation.takes(result)) {
			count(operation, result);
		}
		if (Completion.hasMore(flags)) {
			return;
		}
		if ((userData & TIME_LIMIT_BIT) == 0) {
			// what has begun is interrupted by a cancellation only
			operation.result = Errno.EINTR.is(result) ? -Errno.ECANCELED.number() : result;
		}
		else if (Errno.ETIME.is(result)) {
			operation.timedOut = true;
		}
		else if (Errno.EINVAL.is(result)) {
			endWithoutLimit(operation, result);
		}
		if (--operation.outstanding == 0) {
			this.slots[slot] = null;
			this.freeSlots[this.freeCount++] = slot;
			this.inFlight--;
			operation.token = 0;
			if (operation.goesOn(result)) {
				runInTurn(new Command() {
					@Override
					public void run() {
						goOnOrEnd(operation, result);
					}
				});
			}
			else {
				end(operation, operation.result);
			}
		}
	}

	/** It may have been cancelled while there was no room, and the kernel knew it not. */
	private void goOnOrEnd(Operation<?> operation, int result) {
		if (operation.goesOn(result)) {
			submit(operation);
		}
		else {
			end(operation, operation.result);
		}
	}

	private void handOver(Operation<?> operation, int buffer, int length) {
		ProvidedBuffers buffers = this.provided;
		if (buffers == null) {
			throw new IllegalStateException("A buffer that was not provided");
		}
		try {
			operation.received(buffers.bytes(buffer, Math.max(0, length)));
		}
		finally {
			buffers.giveBack(buffer);
			count(operation, length);
		}
	}

	/**
	 * Each piece counts as an operation, which has taken as long as it was waited for.
	 */
	private void count(Operation<?> operation, int result) {
		this.statistics.start(operation.kind); // first: it is never out of flight
		this.statistics.end(operation.kind, operation.outcome(result),
				Math.max(0, this.nowNanos - operation.startNanos));
		operation.startNanos = this.nowNanos;
	}

	/**
	 * The kernel, short of memory, has taken an operation and not yet its time limit,
	 * which it then does not know what to do with.
	 */
	private void endWithoutLimit(Operation<?> operation, int result) {
		operation.failed = SyscallException.of("io_uring_enter", result, "the time limit of " + operation);
		cancel(operation);
	}

	private void end(Operation<?> operation, long result) {
		NativeMemory limit = operation.limit;
		if (limit != null) {
			operation.limit = null;
			this.buffers.giveBack(limit);
		}
		this.statistics.end(operation.kind, operation.outcome(result),
				Math.max(0, this.nowNanos - operation.startNanos));
		operation.complete(result, this.buffers);
	}

	/** It may have completed meanwhile, and its slot be somebody else's. */
	private void cancelNow(Operation<?> operation) {
		if (operation.token != 0 && this.state != State.CLOSED) {
			queue().next().cancel(operation.token).userData(IGNORED);
		}
	}

	/**
	 * By descriptor, which therefore has to stay until the kernel has taken the entry.
	 */
	private void cancelAllNow(AioHandle handle, int number) {
		if (this.state == State.CLOSED) {
			handle.fd().release();
			return;
		}
		queue().next().cancelAllOf(number).userData(IGNORED);
		this.closing.add(handle);
	}

	private void releaseClosing(SubmissionQueue queue) {
		if (!this.closing.isEmpty() && queue.isEmpty()) {
			this.closing.forEach((handle) -> handle.fd().release());
			this.closing.clear();
		}
	}

	/** The kernel may still use their memory, and is not asked any more. */
	private void abandon(Throwable failure) {
		for (Operation<?> operation : this.slots) {
			if (operation != null) {
				ABANDONED.add(operation);
				this.statistics.end(operation.kind, AioOutcome.ERROR, System.nanoTime() - operation.startNanos);
				operation.abandon(failure);
			}
		}
	}

	private void finish() {
		this.state = State.CLOSED;
		this.closing.forEach((handle) -> handle.fd().release());
		for (Command command : this.waiting) {
			command.run();
		}
		runCommands();
		this.wakeupLoan.close();
		this.wakeup.close();
		this.buffers.close();
	}

	/**
	 * Cancels everything and waits until it has completed, because until then the kernel
	 * may use its memory. The second call does nothing.
	 */
	@Override
	public void close() {
		push(new Command() {
			@Override
			public void run() {
				if (UringEngine.this.state == State.RUNNING) {
					UringEngine.this.state = State.STOPPING;
					queue().next().cancelAll().userData(IGNORED);
				}
			}
		});
		if (Thread.currentThread() == this.thread) {
			return;
		}
		try {
			this.thread.join(STOP_MILLIS);
			if (this.thread.isAlive()) {
				LOGGER.log(System.Logger.Level.ERROR, () -> this.thread.getName()
						+ " does not end; operations in flight: " + this.statistics.inFlight());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public String toString() {
		return "UringEngine[" + this.thread.getName() + ", " + this.state + "]";
	}

	private enum State {

		RUNNING, STOPPING, CLOSED

	}

}
