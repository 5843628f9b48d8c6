package io.github.linuxfd.aio;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Syscalls;

/**
 * What stands in for io_uring: readiness for sockets, threads for files, and Linux AIO
 * for files opened with {@code O_DIRECT} if there is any. Handlers are called by threads
 * of their own, because the event loop is also somebody else's.
 *
 * @author linuxfd
 */
final class Fallback implements AutoCloseable {

	private final EventLoop loop;

	private final boolean ownsLoop;

	private final int most;

	private final AioThreads handlers;

	private final ThreadEngine threads;

	private final EpollEngine sockets;

	private final @Nullable LinuxAioEngine direct;

	private final @Nullable SyscallException refusal;

	/** With a loop of its own if there is none. */
	Fallback(Syscalls syscalls, AioSettings settings, @Nullable EventLoop shared, AioStatistics statistics) {
		this.ownsLoop = shared == null;
		this.loop = (shared != null) ? shared
				: new EventLoop(new EpollFactory(syscalls), new EventfdFactory(syscalls), "linuxfd-aio-loop");
		this.most = settings.threads();
		this.handlers = new AioThreads("linuxfd-aio", settings.threads());
		this.threads = new ThreadEngine(syscalls, settings.threads(), statistics);
		EpollEngine opened = null;
		LinuxAioEngine openedDirect = null;
		SyscallException refused = null;
		boolean done = false;
		try {
			opened = new EpollEngine(syscalls, this.loop, statistics);
			if (settings.engine() != AioEngine.EPOLL) {
				try {
					openedDirect = new LinuxAioEngine(syscalls, this.loop, this.threads, settings.submissions());
				}
				catch (SyscallException ex) {
					refused = ex;
				}
			}
			this.sockets = opened;
			this.direct = openedDirect;
			this.refusal = refused;
			done = true;
		}
		finally {
			if (!done) {
				close(openedDirect, opened);
			}
		}
	}

	AioEngine kind() {
		return (this.direct != null) ? AioEngine.LINUX_AIO : AioEngine.EPOLL;
	}

	/** Why files opened with {@code O_DIRECT} are left to the threads. */
	Optional<SyscallException> refusal() {
		return Optional.ofNullable(this.refusal);
	}

	Engine sockets() {
		return this.sockets;
	}

	Engine files(boolean openedDirect) {
		return (openedDirect && this.direct != null) ? this.direct : this.threads;
	}

	/** Handlers of one file or socket are called one after the other. */
	Delivery delivery() {
		return Delivery.inOrder(this.handlers);
	}

	/** First what makes completions, then what takes them. */
	@Override
	public void close() {
		close(this.direct, this.sockets);
	}

	private void close(@Nullable LinuxAioEngine openedDirect, @Nullable EpollEngine opened) {
		if (openedDirect != null) {
			openedDirect.close();
		}
		this.threads.close();
		if (opened != null) {
			opened.close();
		}
		if (this.ownsLoop) {
			this.loop.close();
		}
		this.handlers.close();
	}

	@Override
	public String toString() {
		return "epoll for sockets, " + ((this.direct != null) ? "Linux AIO for files opened with O_DIRECT, " : "")
				+ "up to " + this.most + " threads for " + ((this.direct != null) ? "other " : "") + "files";
	}

}
