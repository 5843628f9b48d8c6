package io.github.linuxfd.aio;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Files by a bounded number of threads, each of which does one operation at a time and
 * waits for it. What has begun cannot be cancelled. Any thread may call.
 *
 * @author linuxfd
 */
final class ThreadEngine implements Engine {

	private static final System.Logger LOGGER = System.getLogger(ThreadEngine.class.getName());

	private final Syscalls syscalls;

	private final AioThreads threads;

	private final NativeBuffers buffers = new NativeBuffers();

	private final AioStatistics statistics;

	private final QueuedOperations queued = new QueuedOperations();

	private volatile boolean closed;

	ThreadEngine(Syscalls syscalls, int most, AioStatistics statistics) {
		this.syscalls = syscalls;
		this.statistics = statistics;
		this.threads = new AioThreads("linuxfd-aio-file", most);
	}

	/** Threads wait. */
	@Override
	public int socketFlags() {
		return 0;
	}

	AioThreads threads() {
		return this.threads;
	}

	NativeBuffers buffers() {
		return this.buffers;
	}

	@Override
	public boolean start(Operation<?> operation) {
		if (this.closed) {
			return false;
		}
		operation.startNanos = System.nanoTime();
		this.queued.add(operation);
		execute(operation);
		return true;
	}

	@Override
	public boolean later(Command command) {
		if (this.closed) {
			return false;
		}
		execute(command);
		return true;
	}

	private void execute(Runnable task) {
		try {
			this.threads.execute(task);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The engine is closed", ex);
			task.run(); // it ends at once
		}
	}

	@Override
	public void begin(Operation<?> operation) {
		if (this.queued.take(operation) && prepare(operation)) {
			end(operation, operation.perform(this.syscalls));
		}
	}

	/** Returns whether it is to be done: otherwise it has ended. */
	boolean prepare(Operation<?> operation) {
		this.statistics.start(operation.kind);
		if (this.closed || !operation.handle.isOpen()) {
			end(operation, -Errno.ECANCELED.number());
			return false;
		}
		try {
			operation.pin(this.buffers);
			return true;
		}
		catch (RuntimeException | Error ex) {
			operation.failed = ex;
			end(operation, -Errno.ENOMEM.number());
			return false;
		}
	}

	/** Does what another engine has prepared and cannot do. */
	void perform(Operation<?> prepared) {
		execute(() -> end(prepared, prepared.perform(this.syscalls)));
	}

	void end(Operation<?> operation, long result) {
		this.statistics.end(operation.kind, operation.outcome(result), System.nanoTime() - operation.startNanos);
		operation.complete(result, this.buffers);
	}

	@Override
	public void cancel(Operation<?> operation) {
		if (this.queued.take(operation)) {
			endCancelled(List.of(operation));
		}
	}

	@Override
	public void cancelAll(AioHandle handle, int number) {
		endCancelled(this.queued.takeAllOf(handle));
		handle.fd().release();
	}

	/** By one of the threads: handlers are not to run in the middle of a call of ours. */
	void endCancelled(List<Operation<?>> taken) {
		for (Operation<?> operation : taken) {
			this.statistics.start(operation.kind);
			execute(() -> end(operation, -Errno.ECANCELED.number()));
		}
	}

	@Override
	public void close() {
		this.closed = true;
		endCancelled(this.queued.takeAll());
		this.threads.close();
		this.buffers.close();
	}

	@Override
	public String toString() {
		return "ThreadEngine[" + (this.closed ? "CLOSED" : "RUNNING") + "]";
	}

}
