package io.github.linuxfd.eventloop;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * Tells an {@link EventSink} that somebody else's descriptor is ready, and neither reads
 * nor closes it. Unless it is edge-triggered the sink is not told again until
 * {@link #resume()}: the descriptor would be ready all the time until it has been read.
 * <p>
 * {@link EpollFlag#PRI} is told by some files of {@code /proc} to whoever looks first:
 * putting such a file back into epoll is to look, and what has changed until then would
 * be lost. It stays in epoll, edge-triggered, and what comes meanwhile is told later.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ReadinessSource extends ResumableSource {

	private final OwnedFd fd;

	private final Flags<EpollFlag> interest;

	private final EventSink<? super FdEvent> sink;

	private final boolean edge;

	/** The sink is not told more than one event at a time, by an edge-triggered epoll. */
	private final boolean oneAtATime;

	/** The sink has been told, and {@link #resume()} has not been called. */
	private boolean waiting;

	/** What came when the sink was not to be told. */
	private int missed;

	/**
	 * Watch a descriptor in a loop.
	 * @param loop the loop, with which the source still has to be registered
	 * @param fd the descriptor, which stays its owner's
	 * @param interest what to wait for; with {@link EpollFlag#ET} each change is an
	 * event, and with {@link EpollFlag#PRI} all changes until {@link #resume()} are one
	 * @param sink takes the events
	 */
	public ReadinessSource(EventLoop loop, OwnedFd fd, Flags<EpollFlag> interest, EventSink<? super FdEvent> sink) {
		super(loop, sink);
		this.fd = fd;
		this.edge = interest.contains(EpollFlag.ET) || interest.contains(EpollFlag.PRI);
		this.oneAtATime = !interest.contains(EpollFlag.ET) && this.edge;
		this.interest = this.edge ? interest.with(EpollFlag.ET) : interest;
		this.sink = sink;
	}

	@Override
	protected OwnedFd fd() {
		return this.fd;
	}

	@Override
	protected Flags<EpollFlag> interest() {
		return this.interest;
	}

	@Override
	protected void ready(int events) {
		if (this.waiting || !this.sink.begin()) {
			leave(events);
			return;
		}
		if (this.oneAtATime) {
			this.waiting = true;
		}
		else if (!this.edge) {
			this.loop.suspend(this);
		}
		try {
			this.sink.accept(new FdEvent(this.fd, Flags.ofBits(EpollFlag.class, events & 0xffff_ffffL)));
		}
		finally {
			this.sink.end();
		}
	}

	/** Nobody is told an edge again, and of a level there would be no end. */
	private void leave(int events) {
		if (this.edge) {
			this.missed |= events;
		}
		else {
			this.loop.suspend(this);
		}
	}

	@Override
	void resumed() {
		this.waiting = false;
		int events = this.missed;
		if (events != 0) {
			this.missed = 0;
			ready(events);
		}
	}

	/** The owner does. */
	@Override
	protected void close() {
	}

	@Override
	public String toString() {
		return this.fd.toString();
	}

}
