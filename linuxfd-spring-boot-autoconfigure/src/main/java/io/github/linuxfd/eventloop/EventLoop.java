package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.Epoll;
import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.flags.Flags;

/**
 * One thread that waits in epoll for all registered descriptors and asleep as long as
 * nothing happens. Only this thread adds, changes, reads and closes them; other threads
 * hand it commands.
 * <p>
 * The thread starts with the first source or command, and does not keep the JVM alive. A
 * closed loop is not used again.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class EventLoop implements AutoCloseable {

	private static final System.Logger LOGGER = System.getLogger(EventLoop.class.getName());

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final long WAKEUP_TOKEN = -1;

	private static final int SLOT_BITS = 24;

	/** Commands to run before the sources have their turn. */
	private static final int MAX_COMMANDS = 1024;

	private final Epoll epoll;

	private final Eventfd wakeup;

	private final Thread thread;

	private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

	private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();

	/** The eventfd has been rung and the loop has not answered yet. */
	private final AtomicBoolean rung = new AtomicBoolean();

	/** Registered sources; the low bits of a token are the index. */
	private @Nullable EventSource[] sources = new EventSource[16];

	/** The last one is the next to be used. */
	private int[] freeSlots = new int[16];

	private int freeCount;

	private final PausedSources paused = new PausedSources();

	private long generation;

	private volatile int sourceCount;

	private volatile long wakeups;

	private volatile long busyNanos;

	/**
	 * Open a loop.
	 * @param epolls opens its epoll
	 * @param eventfds opens the eventfd that wakes it
	 * @param threadName the name of its thread
	 */
	public EventLoop(EpollFactory epolls, EventfdFactory eventfds, String threadName) {
		this.epoll = epolls.open();
		try {
			this.wakeup = eventfds.open();
		}
		catch (RuntimeException | Error ex) {
			this.epoll.close();
			throw ex;
		}
		try {
			// edge-triggered: ringing again is a new edge, so nobody has to read the
			// counter
			this.epoll.add(this.wakeup.fd(), Flags.of(EpollFlag.IN, EpollFlag.ET), WAKEUP_TOKEN);
		}
		catch (RuntimeException | Error ex) {
			this.wakeup.close();
			this.epoll.close();
			throw ex;
		}
		addFreeSlots(0);
		this.thread = new LoopThread(this::run, threadName);
		this.thread.setDaemon(true);
	}

	private void addFreeSlots(int first) {
		for (int slot = this.sources.length - 1; slot >= first; slot--) {
			this.freeSlots[this.freeCount++] = slot;
		}
	}

	/**
	 * Wait for a source's descriptor, which belongs to the loop from then on. Any thread
	 * may call; returns when it is done.
	 * @param source the source
	 * @throws io.github.linuxfd.errno.SyscallException if epoll does not take it; the
	 * source stays the caller's
	 * @throws RejectedExecutionException if the loop is closed
	 * @throws IllegalStateException if the source is registered already, its descriptor
	 * is closed, or the loop is busy with something else for 30 s
	 */
	public void register(EventSource source) {
		call(() -> add(source));
	}

	/**
	 * Take a source out and close its descriptor. Any thread may call, the source itself
	 * too; returns when it is done. Does nothing if it is out already.
	 * @param source the source
	 * @throws RejectedExecutionException if the loop is closed
	 */
	public void cancel(EventSource source) {
		call(() -> remove(source));
	}

	/**
	 * Run a command on the loop's thread and wait for it. On that thread it runs at once.
	 * @param command the command, short
	 * @throws RejectedExecutionException if the loop is closed
	 * @throws IllegalStateException if the loop is busy with something else for 30 s
	 */
	public void call(Runnable command) {
		if (inLoop()) {
			command.run();
			return;
		}
		FutureTask<@Nullable Void> done = new FutureTask<>(command, null);
		execute(done);
		await(done);
	}

	/** Until it is done: an interrupt cannot take a command back. */
	private void await(FutureTask<?> done) {
		long deadlineNanos = System.nanoTime() + TIMEOUT.toNanos();
		boolean interrupted = false;
		try {
			while (true) {
				try {
					done.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
					return;
				}
				catch (TimeoutException ex) {
					// its own command waits for us, for instance in System.exit
					if (done.cancel(false)) {
						throw stuck("does not answer");
					}
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof RuntimeException cause) {
				throw cause;
			}
			if (ex.getCause() instanceof Error cause) {
				throw cause;
			}
			throw new IllegalStateException(ex.getCause());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Run a command on the loop's thread soon. Any thread may call.
	 * @param command the command, short
	 * @throws RejectedExecutionException if the loop is closed
	 */
	public void execute(Runnable command) {
		startOnce();
		this.commands.add(command);
		// looked at after adding, because the loop runs what it finds when it ends
		boolean accepted = this.state.get() == State.RUNNING && ring();
		if (!accepted && this.commands.remove(command)) {
			throw new RejectedExecutionException("The loop is " + this.state.get());
		}
	}

	/*
	 * Under the lock of close(), which must not find a thread that is about to start. If
	 * there is no thread to be had, the loop is as new.
	 */
	private void startOnce() {
		if (this.state.get() != State.NEW) {
			return;
		}
		synchronized (this.thread) {
			if (this.state.compareAndSet(State.NEW, State.RUNNING)) {
				boolean started = false;
				try {
					this.thread.start();
					started = true;
				}
				finally {
					if (!started) {
						this.state.set(State.NEW);
					}
				}
			}
		}
	}

	private boolean ring() {
		if (this.rung.compareAndSet(false, true)) {
			try {
				this.wakeup.increment(1);
			}
			catch (IllegalStateException ex) {
				return false; // the loop has just ended
			}
		}
		return true;
	}

	/**
	 * Whether the calling thread is the loop's.
	 * @return {@code true} on the loop's thread
	 */
	public boolean inLoop() {
		return Thread.currentThread() == this.thread;
	}

	/**
	 * Whether the loop takes sources and commands.
	 * @return {@code true} until it is closed or has failed
	 */
	public boolean isOpen() {
		return this.state.get() == State.NEW || this.state.get() == State.RUNNING;
	}

	/**
	 * Return how often the thread came back from waiting.
	 * @return the number of returns of epoll_wait(2)
	 */
	public long wakeups() {
		return this.wakeups;
	}

	/**
	 * Return how long the thread was not waiting.
	 * @return nanoseconds since the start
	 */
	public long busyNanos() {
		return this.busyNanos;
	}

	/**
	 * Return how many sources are registered.
	 * @return the number of sources
	 */
	public int sourceCount() {
		return this.sourceCount;
	}

	private void run() {
		try {
			while (this.state.get() == State.RUNNING) {
				int count = this.epoll.awaitNanos(this.paused.timeoutNanos());
				long startNanos = System.nanoTime();
				for (int i = 0; i < count; i++) {
					dispatch(this.epoll.token(i), this.epoll.events(i));
				}
				endPauses();
				runCommands(MAX_COMMANDS);
				// only this thread writes, so there is no update to lose
				this.wakeups = this.wakeups + 1;
				this.busyNanos = this.busyNanos + (System.nanoTime() - startNanos);
			}
		}
		catch (Throwable ex) {
			this.state.set(State.CLOSING);
			failAll(ex);
			log(System.Logger.Level.ERROR, () -> "The event loop has failed; no more events will come", ex);
		}
		finally {
			finish();
		}
	}

	private void dispatch(long token, int events) {
		if (token == WAKEUP_TOKEN) {
			return;
		}
		EventSource source = this.sources[slot(token)];
		// cancelled earlier in this very batch: the report is stale
		if (source == null || source.token != token || source.suspended) {
			return;
		}
		try {
			source.ready(events);
		}
		catch (Throwable ex) {
			fail(source, ex);
		}
	}

	private void runCommands(int max) {
		// before the commands are run: who adds one after this rings again
		this.rung.set(false);
		for (int i = 0; i < max; i++) {
			Runnable command = this.commands.poll();
			if (command == null) {
				return;
			}
			try {
				command.run();
			}
			catch (Throwable ex) {
				log(System.Logger.Level.ERROR, () -> "A command of the event loop has failed", ex);
			}
		}
		ring(); // first the sources have their turn
	}

	private void add(EventSource source) {
		if (source.token != 0) {
			throw new IllegalStateException(source + " is registered already");
		}
		// the command came before the end, and runs after the sources have been closed
		if (this.state.get() == State.CLOSED) {
			throw new RejectedExecutionException("The loop is " + State.CLOSED);
		}
		int slot = freeSlot();
		long token = (++this.generation << SLOT_BITS) | slot;
		Runnable release = () -> release(source);
		// first: a close that comes now waits until the source is in, and takes it out
		source.fd().beforeClose(release);
		FdLoan loan = null;
		boolean added = false;
		try {
			loan = source.fd().lend();
			this.epoll.add(source.fd(), source.interest(), token);
			added = true;
		}
		finally {
			if (!added) {
				source.fd().notBeforeClose(release);
				if (loan != null) {
					loan.close();
				}
			}
		}
		source.token = token;
		source.release = release;
		source.loan = loan;
		source.suspended = false;
		this.sources[slot] = source;
		this.freeCount--;
		this.sourceCount = this.sourceCount + 1;
	}

	/** Found at once, however many there are. */
	private int freeSlot() {
		if (this.freeCount == 0) {
			int size = this.sources.length;
			this.sources = Arrays.copyOf(this.sources, 2 * size);
			this.freeSlots = new int[2 * size];
			addFreeSlots(size);
		}
		return this.freeSlots[this.freeCount - 1];
	}

	private static int slot(long token) {
		return (int) token & ((1 << SLOT_BITS) - 1);
	}

	private void remove(EventSource source) {
		if (isRegistered(source)) {
			try {
				takeOut(source);
			}
			finally {
				source.ended();
			}
		}
	}

	private void takeOut(EventSource source) {
		try {
			detach(source);
		}
		finally {
			source.close();
		}
	}

	/*
	 * Its owner closes the descriptor, and not the loop. The thread of another loop does
	 * not wait for this one, which may be closing a descriptor of that one: there the
	 * close does.
	 */
	private void release(EventSource source) {
		try {
			if (inLoop() || !(Thread.currentThread() instanceof LoopThread)) {
				call(() -> letGo(source));
			}
			else {
				execute(() -> letGo(source));
			}
		}
		catch (RejectedExecutionException ex) {
			log(System.Logger.Level.DEBUG, () -> source + " is out of its loop already", ex);
		}
	}

	private void letGo(EventSource source) {
		if (isRegistered(source)) {
			try {
				detach(source);
			}
			finally {
				source.ended();
			}
		}
	}

	private boolean isRegistered(EventSource source) {
		return source.token != 0 && this.sources[slot(source.token)] == source;
	}

	/*
	 * EPOLL_CTL_DEL comes before the close: a duplicate of the descriptor elsewhere would
	 * keep the registration alive, epoll(7).
	 */
	private void detach(EventSource source) {
		boolean suspended = source.suspended;
		try (FdLoan loan = source.loan) {
			forget(source);
			if (!suspended) {
				this.epoll.delete(Objects.requireNonNull(loan));
			}
		}
	}

	private void forget(EventSource source) {
		int slot = slot(source.token);
		this.sources[slot] = null;
		this.freeSlots[this.freeCount++] = slot;
		this.sourceCount = this.sourceCount - 1;
		source.token = 0;
		source.loan = null;
		source.fd().notBeforeClose(source.release);
		this.paused.remove(source);
	}

	/*
	 * Out of epoll, not just without interest: EPOLLHUP and EPOLLERR are reported even
	 * without interest and would keep the loop spinning.
	 */
	void suspend(EventSource source) {
		if (isRegistered(source) && !source.suspended) {
			source.suspended = true;
			this.epoll.delete(Objects.requireNonNull(source.loan));
		}
	}

	/**
	 * Leave a source unread for a time, without closing it; then the loop asks
	 * {@link EventSource#pauseOver()}. Only the loop's thread may call. Does nothing if
	 * the source is out.
	 * @param source the source
	 * @param untilNanos when the pause ends, in {@link System#nanoTime()}
	 */
	public void pause(EventSource source, long untilNanos) {
		if (isRegistered(source)) {
			suspend(source);
			this.paused.add(source, untilNanos);
		}
	}

	private void endPauses() {
		if (this.paused.isEmpty()) {
			return;
		}
		// the same instant for all: a source that pauses again has its turn next time
		long nowNanos = System.nanoTime();
		EventSource due = this.paused.pollDue(nowNanos);
		while (due != null) {
			try {
				if (!due.pauseOver()) {
					resume(due);
				}
			}
			catch (Throwable ex) {
				fail(due, ex);
			}
			due = this.paused.pollDue(nowNanos);
		}
	}

	void resume(EventSource source) {
		if (isRegistered(source)) {
			this.paused.remove(source);
			try {
				if (source.suspended) {
					this.epoll.add(source.fd(), source.interest(), source.token);
					source.suspended = false;
				}
				source.resumed();
			}
			catch (RuntimeException ex) {
				fail(source, ex);
			}
		}
	}

	/** Said last: by then it is closed, whatever becomes of the log. */
	private void fail(EventSource source, Throwable failure) {
		if (isRegistered(source) && !source.fd().isOpen()) {
			// another loop closes it just now, and the command that lets it go is there
			log(System.Logger.Level.DEBUG, () -> source + " is being closed", failure);
			return;
		}
		try {
			if (isRegistered(source)) {
				takeOut(source);
			}
		}
		catch (Throwable ex) {
			failure.addSuppressed(ex);
		}
		try {
			source.failed(failure);
		}
		catch (Throwable ex) {
			log(System.Logger.Level.ERROR, () -> source + " could not tell of its failure", ex);
		}
		log(System.Logger.Level.ERROR, () -> source + " has failed and is closed", failure);
	}

	/** A log that throws does not end the loop. */
	private static void log(System.Logger.Level level, Supplier<String> what, Throwable failure) {
		try {
			LOGGER.log(level, what, failure);
		}
		catch (Throwable ex) {
			Thread thread = Thread.currentThread();
			thread.getUncaughtExceptionHandler().uncaughtException(thread, ex);
		}
	}

	private void failAll(Throwable failure) {
		for (EventSource source : registered()) {
			fail(source, failure);
		}
	}

	private List<EventSource> registered() {
		List<EventSource> registered = new ArrayList<>();
		for (EventSource source : this.sources) {
			if (source != null) {
				registered.add(source);
			}
		}
		return registered;
	}

	private void finish() {
		List<EventSource> remaining = registered();
		for (int i = remaining.size() - 1; i >= 0; i--) {
			try {
				remove(remaining.get(i));
			}
			catch (Throwable ex) {
				log(System.Logger.Level.ERROR, () -> "A source could not be closed", ex);
			}
		}
		this.state.set(State.CLOSED);
		runCommands(Integer.MAX_VALUE);
		this.wakeup.close();
		this.epoll.close();
	}

	/**
	 * Stop the thread and close all sources. Any thread may call; returns when it is
	 * done, except on the loop's own thread. The second call does nothing.
	 */
	@Override
	public void close() {
		synchronized (this.thread) {
			if (this.state.compareAndSet(State.NEW, State.CLOSED)) {
				this.wakeup.close();
				this.epoll.close();
				return;
			}
		}
		if (this.state.compareAndSet(State.RUNNING, State.CLOSING)) {
			ring();
		}
		if (!inLoop()) {
			join();
		}
	}

	private void join() {
		try {
			this.thread.join(TIMEOUT.toMillis());
			if (this.thread.isAlive()) {
				throw stuck("does not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** Says where the thread is. */
	private IllegalStateException stuck(String what) {
		IllegalStateException stuck = new IllegalStateException(this.thread.getName() + " " + what);
		stuck.setStackTrace(this.thread.getStackTrace());
		return stuck;
	}

	@Override
	public String toString() {
		return "EventLoop[" + this.thread.getName() + ", " + this.state.get() + ", " + this.sourceCount + " sources]";
	}

	private static final class LoopThread extends Thread {

		LoopThread(Runnable loop, String name) {
			super(loop, name);
		}

	}

	private enum State {

		NEW, RUNNING, CLOSING, CLOSED

	}

}
