package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousCloseException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.eventloop.EventSource;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * The operations of a socket that wait until it is ready, in the order in which they came
 * in, for each direction. The socket is registered once, edge-triggered: each change is
 * told once, and a hang-up cannot keep the loop busy. Only the loop's thread may call.
 *
 * @author linuxfd
 */
final class SocketReadiness extends EventSource {

	private static final Flags<EpollFlag> CHANGES = Flags.of(EpollFlag.IN, EpollFlag.OUT, EpollFlag.ET);

	private static final int END = (int) (EpollFlag.ERR.bit() | EpollFlag.HUP.bit());

	private static final int READABLE = END | (int) EpollFlag.IN.bit();

	private static final int WRITABLE = END | (int) EpollFlag.OUT.bit();

	private final EpollEngine engine;

	private final Syscalls syscalls;

	private final AioHandle handle;

	private final Set<Operation<?>> input = new LinkedHashSet<>();

	private final Set<Operation<?>> output = new LinkedHashSet<>();

	private boolean registered;

	SocketReadiness(EpollEngine engine, Syscalls syscalls, AioHandle handle) {
		this.engine = engine;
		this.syscalls = syscalls;
		this.handle = handle;
	}

	private Set<Operation<?>> queue(Operation<?> operation) {
		return operation.kind.waitsForInput() ? this.input : this.output;
	}

	/** Does it now, or when those before it are done and the socket is ready. */
	void add(Operation<?> operation) {
		Set<Operation<?>> queue = queue(operation);
		if (queue.isEmpty()) {
			long result = perform(operation);
			if (!Errno.EAGAIN.is(result)) {
				this.engine.end(operation, result);
				return;
			}
		}
		queue.add(operation);
		try {
			this.engine.limit(operation);
			if (!this.registered) {
				this.engine.register(this);
				this.registered = true;
			}
		}
		catch (RuntimeException ex) {
			operation.failed = this.handle.isOpen() ? ex : new AsynchronousCloseException();
			cancel(operation);
		}
	}

	@Override
	protected void ready(int events) {
		if ((events & READABLE) != 0) {
			advance(this.input);
		}
		if ((events & WRITABLE) != 0) {
			advance(this.output);
		}
	}

	private void advance(Set<Operation<?>> queue) {
		while (!queue.isEmpty()) {
			Operation<?> operation = queue.iterator().next();
			long result = perform(operation);
			if (Errno.EAGAIN.is(result)) {
				return;
			}
			queue.remove(operation);
			this.engine.end(operation, result);
		}
	}

	private long perform(Operation<?> operation) {
		try {
			return operation.perform(this.syscalls);
		}
		catch (RuntimeException | Error ex) {
			operation.failed = ex;
			return -Errno.EIO.number();
		}
	}

	/** Ends an operation as cancelled, if it still waits. */
	void cancel(Operation<?> operation) {
		if (queue(operation).remove(operation)) {
			this.engine.end(operation, -Errno.ECANCELED.number());
		}
	}

	/** Ends those that wait, for that reason or as cancelled. */
	void endAll(@Nullable Throwable reason) {
		for (Set<Operation<?>> queue : List.of(this.input, this.output)) {
			List<Operation<?>> ended = List.copyOf(queue);
			queue.clear();
			for (Operation<?> operation : ended) {
				operation.failed = reason;
				this.engine.end(operation, -Errno.ECANCELED.number());
			}
		}
	}

	@Override
	protected OwnedFd fd() {
		return this.handle.fd();
	}

	@Override
	protected Flags<EpollFlag> interest() {
		return CHANGES;
	}

	/** The socket is about to be closed, or the engine or its loop ends. */
	@Override
	protected void ended() {
		this.registered = false;
		boolean closing = this.engine.forget(this);
		endAll(closing ? new AsynchronousCloseException() : null);
	}

	@Override
	protected void failed(Throwable failure) {
		this.registered = false;
		this.engine.forget(this);
		endAll(failure);
	}

	/** Its owner does. */
	@Override
	protected void close() {
	}

	@Override
	public String toString() {
		return this.handle.toString();
	}

}
