package io.github.linuxfd.eventloop;

import java.util.concurrent.RejectedExecutionException;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * Tells an {@link EventSink} that somebody else's descriptor is ready, and neither reads
 * nor closes it. Unless it is edge-triggered the source is left alone from one event
 * until {@link #resume()}: it would be ready all the time until it has been read.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ReadinessSource extends EventSource {

	private static final System.Logger LOGGER = System.getLogger(ReadinessSource.class.getName());

	private final EventLoop loop;

	private final OwnedFd fd;

	private final Flags<EpollFlag> interest;

	private final EventSink<? super FdEvent> sink;

	/**
	 * Watch a descriptor in a loop.
	 * @param loop the loop, with which the source still has to be registered
	 * @param fd the descriptor, which stays its owner's
	 * @param interest what to wait for; with {@link EpollFlag#ET} each change is an event
	 * @param sink takes the events
	 */
	public ReadinessSource(EventLoop loop, OwnedFd fd, Flags<EpollFlag> interest, EventSink<? super FdEvent> sink) {
		this.loop = loop;
		this.fd = fd;
		this.interest = interest;
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
		boolean room = this.sink.begin();
		if (!room || !this.interest.contains(EpollFlag.ET)) {
			this.loop.suspend(this);
		}
		if (room) {
			try {
				this.sink.accept(new FdEvent(this.fd, Flags.ofBits(EpollFlag.class, events & 0xffff_ffffL)));
			}
			finally {
				this.sink.end();
			}
		}
	}

	/**
	 * The event has been handled, or the sink has room again. Any thread may call.
	 */
	public void resume() {
		try {
			this.loop.execute(() -> this.loop.resume(this));
		}
		catch (RejectedExecutionException ex) {
			LOGGER.log(System.Logger.Level.DEBUG, () -> this + " is not resumed: its loop is closed", ex);
		}
	}

	@Override
	protected void ended() {
		this.sink.ended();
	}

	@Override
	protected void failed(Throwable failure) {
		this.sink.failed(failure);
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
