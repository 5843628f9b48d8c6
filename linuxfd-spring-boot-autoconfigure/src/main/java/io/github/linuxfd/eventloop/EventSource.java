package io.github.linuxfd.eventloop;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * A descriptor that an {@link EventLoop} waits for and owns once it is registered. All
 * methods are called on the loop's thread. A source may cancel itself in
 * {@link #ready(int)}.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public abstract class EventSource {

	/** Under this token the kernel reports the descriptor; 0 while not registered. */
	long token;

	/** Comes before a close by the descriptor's owner; set while registered. */
	Runnable release = () -> {
	};

	/** Keeps the number what it is until it is out of epoll; set while registered. */
	@Nullable FdLoan loan;

	/** Taken out of epoll for a time, but not cancelled. */
	boolean suspended;

	/** When a pause is over. */
	long dueNanos;

	/** What kept the source from being called is over. */
	void resumed() {
	}

	/**
	 * Return the descriptor to wait for.
	 * @return the owner of the number
	 */
	protected abstract OwnedFd fd();

	/**
	 * Return what to wait for.
	 * @return the flags, level-triggered unless they say otherwise
	 */
	protected abstract Flags<EpollFlag> interest();

	/**
	 * The descriptor is ready.
	 * @param events the kernel's event bits, see {@link EpollFlag}
	 */
	protected abstract void ready(int events);

	/**
	 * A {@linkplain EventLoop#pause pause} is over.
	 * @return whether the loop is still not to wait for the descriptor: it is in another
	 * pause, or out
	 */
	protected boolean pauseOver() {
		return false;
	}

	/**
	 * The source failed as the loop called it, and has been taken out and closed.
	 * @param failure what it threw
	 */
	protected abstract void failed(Throwable failure);

	/**
	 * The source has been taken out without having failed: it was cancelled, its
	 * descriptor is being closed, or the loop ends.
	 */
	protected void ended() {
	}

	/**
	 * Close the descriptor; it has been taken out of the loop.
	 */
	protected abstract void close();

}
