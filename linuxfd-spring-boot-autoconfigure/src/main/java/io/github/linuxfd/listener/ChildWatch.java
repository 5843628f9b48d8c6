package io.github.linuxfd.listener;

import java.util.Optional;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.ChildExitEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSource;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.pidfd.ExitStatus;
import io.github.linuxfd.pidfd.Pidfd;

/**
 * Waits on the loop for the end of one process, finds out how it ended, and ends itself.
 *
 * @author linuxfd
 */
final class ChildWatch extends EventSource {

	private static final Log logger = LogFactory.getLog(ChildWatch.class);

	/** A pidfd stays readable while the status is still to come. */
	private static final Flags<EpollFlag> READABLE_ONCE = Flags.of(EpollFlag.IN, EpollFlag.ONESHOT);

	private final ChildProcesses children;

	private final EventLoop loop;

	private final Pidfd pidfd;

	private final @Nullable Process process;

	private boolean exited;

	ChildWatch(ChildProcesses children, EventLoop loop, Pidfd pidfd, @Nullable Process process) {
		this.children = children;
		this.loop = loop;
		this.pidfd = pidfd;
		this.process = process;
	}

	@Override
	protected OwnedFd fd() {
		return this.pidfd.fd();
	}

	@Override
	protected Flags<EpollFlag> interest() {
		return READABLE_ONCE;
	}

	@Override
	protected void ready(int events) {
		this.exited = true;
		findStatus();
	}

	@Override
	protected boolean pauseOver() {
		findStatus();
		return true;
	}

	private void findStatus() {
		Optional<ExitStatus> status = statusFromKernel();
		if (status.isPresent()) {
			finish(status);
		}
		else if (this.process != null) {
			Process child = this.process;
			this.children.whenReaped(child, () -> reaped(child));
		}
		else if (this.pidfd.pauseForExitStatus()) {
			// the parent has been told at the same time as we, and may be slower
			this.loop.pause(this, System.nanoTime() + this.pidfd.pauseNanos());
		}
		else {
			// the parent may have waited between the two questions
			finish(statusFromKernel());
		}
	}

	private void reaped(Process child) {
		if (this.pidfd.fd().isOpen()) {
			// asked first: the JVM does not tell 143 from TERM
			finish(statusFromKernel().or(() -> ChildProcesses.statusFromJvm(child)));
		}
	}

	private Optional<ExitStatus> statusFromKernel() {
		try {
			return this.pidfd.exitStatus();
		}
		catch (SyscallException ex) {
			logger.warn("The kernel does not tell how process " + this.pidfd.pid() + " ended", ex);
			return Optional.empty();
		}
	}

	private void finish(Optional<ExitStatus> status) {
		try {
			this.loop.cancel(this);
		}
		finally {
			tell(status);
		}
	}

	private void tell(Optional<ExitStatus> status) {
		this.children.ended(this, new ChildExitEvent(this.pidfd.pid(), status, this.process));
	}

	@Override
	protected void failed(Throwable failure) {
		if (this.exited) {
			tell(Optional.empty());
		}
		else {
			this.children.failed(failure);
		}
	}

	@Override
	protected void close() {
		if (this.pidfd.fd().isOpen()) {
			this.pidfd.close();
		}
	}

	@Override
	public String toString() {
		return this.pidfd.toString();
	}

}
