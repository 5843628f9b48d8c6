package io.github.linuxfd.aio;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Sockets by readiness, epoll(7), on an event loop: an operation is tried, and tried
 * again when the socket is ready. Only the loop's thread touches what is here; others
 * hand it commands.
 *
 * @author linuxfd
 */
final class EpollEngine implements Engine {

	private static final System.Logger LOGGER = System.getLogger(EpollEngine.class.getName());

	private final Syscalls syscalls;

	private final EventLoop loop;

	private final NativeBuffers buffers = new NativeBuffers();

	private final AioStatistics statistics;

	private final TimeLimits limits;

	private final Set<SocketReadiness> registered = new HashSet<>();

	private long tokens;

	private volatile boolean closed;

	EpollEngine(Syscalls syscalls, EventLoop loop, AioStatistics statistics) {
		this.syscalls = syscalls;
		this.statistics = statistics;
		this.loop = loop;
		this.limits = new TimeLimits(loop, new TimerfdFactory(syscalls), this::expired);
	}

	@Override
	public int socketFlags() {
		return Syscalls.NONBLOCK;
	}

	@Override
	public boolean start(Operation<?> operation) {
		operation.startNanos = System.nanoTime();
		return !isOver() && execute(operation);
	}

	@Override
	public boolean later(Command command) {
		return execute(command);
	}

	@Override
	public void cancel(Operation<?> operation) {
		// without a loop it has ended
		execute(() -> {
			SocketReadiness readiness = operation.handle.readiness;
			if (readiness != null) {
				readiness.cancel(operation);
			}
		});
	}

	@Override
	public void cancelAll(AioHandle handle, int number) {
		boolean accepted = execute(() -> {
			SocketReadiness readiness = handle.readiness;
			if (readiness != null) {
				readiness.endAll(null);
			}
			handle.fd().release();
		});
		if (!accepted) {
			handle.fd().release();
		}
	}

	/** Never at once: what a handler starts would go deeper and deeper. */
	private boolean execute(Runnable command) {
		try {
			this.loop.execute(command);
			return true;
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The loop has ended", ex);
			return false;
		}
	}

	@Override
	public void begin(Operation<?> operation) {
		this.statistics.start(operation.kind);
		if (isOver() || !operation.handle.isOpen()) {
			end(operation, -Errno.ECANCELED.number());
			return;
		}
		try {
			operation.pin(this.buffers);
		}
		catch (RuntimeException | Error ex) {
			operation.failed = ex;
			end(operation, -Errno.ENOMEM.number());
			return;
		}
		SocketReadiness readiness = operation.handle.readiness;
		if (readiness == null) {
			readiness = new SocketReadiness(this, this.syscalls, operation.handle);
			operation.handle.readiness = readiness;
		}
		readiness.add(operation);
	}

	private boolean isOver() {
		return this.closed || !this.loop.isOpen();
	}

	void register(SocketReadiness readiness) {
		this.loop.register(readiness);
		this.registered.add(readiness);
	}

	/** Returns whether that is the socket's end and not the engine's. */
	boolean forget(SocketReadiness readiness) {
		this.registered.remove(readiness);
		return !isOver();
	}

	/** It waits now. */
	void limit(Operation<?> operation) {
		operation.token = ++this.tokens;
		if (operation.timeoutNanos != 0) {
			this.limits.add(operation);
		}
	}

	private void expired(Operation<?> operation) {
		SocketReadiness readiness = operation.handle.readiness;
		if (readiness != null) {
			operation.timedOut = true;
			readiness.cancel(operation);
		}
	}

	void end(Operation<?> operation, long result) {
		if (operation.token != 0 && operation.timeoutNanos != 0) {
			this.limits.remove(operation);
		}
		operation.token = 0;
		this.statistics.end(operation.kind, operation.outcome(result), System.nanoTime() - operation.startNanos);
		operation.complete(result, this.buffers);
	}

	/** Ends what waits; the sockets stay open. The second call does nothing. */
	@Override
	public void close() {
		try {
			this.loop.call(this::stop);
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, "The loop has ended, and with it what waited", ex);
		}
		this.buffers.close();
	}

	private void stop() {
		if (!this.closed) {
			this.closed = true;
			List.copyOf(this.registered).forEach(this.loop::cancel);
			this.limits.close();
		}
	}

	@Override
	public String toString() {
		return "EpollEngine[" + this.loop + "]";
	}

}
