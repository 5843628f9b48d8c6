package io.github.linuxfd.eventloop;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.EventReader;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * Reads an {@link EventReader} on the loop's thread into an {@link EventSink}, as long as
 * the sink has room.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public final class DescriptorSource<E> extends ResumableSource {

	/** Then others have their turn; epoll reports the rest at once. */
	private static final int MAX_READS = 8;

	private static final int IN = (int) EpollFlag.IN.bit();

	private static final Flags<EpollFlag> READABLE = Flags.of(EpollFlag.IN);

	private final EventReader<E> descriptor;

	private final EventSink<? super E> sink;

	private final Pacing pacing;

	private final long pauseNanos;

	private final boolean borrowed;

	private long readNanos = System.nanoTime();

	/**
	 * Read a descriptor in a loop.
	 * @param loop the loop, with which the source still has to be registered
	 * @param descriptor the descriptor, owned by the loop from then on
	 * @param sink takes its events
	 */
	public DescriptorSource(EventLoop loop, EventReader<E> descriptor, EventSink<? super E> sink) {
		this(loop, descriptor, sink, Pacing.NONE);
	}

	/**
	 * Read a descriptor in a loop, with pauses in which the kernel collects.
	 * @param loop the loop, with which the source still has to be registered
	 * @param descriptor the descriptor, owned by the loop from then on
	 * @param sink takes its events
	 * @param pacing when to pause
	 */
	public DescriptorSource(EventLoop loop, EventReader<E> descriptor, EventSink<? super E> sink, Pacing pacing) {
		this(loop, descriptor, sink, pacing, false);
	}

	private DescriptorSource(EventLoop loop, EventReader<E> descriptor, EventSink<? super E> sink, Pacing pacing,
			boolean borrowed) {
		super(loop, sink);
		this.borrowed = borrowed;
		this.descriptor = descriptor;
		this.sink = sink;
		this.pacing = pacing;
		this.pauseNanos = pacing.pause().toNanos();
	}

	/**
	 * Read a descriptor in a loop that stays somebody else's: the loop never closes it.
	 * @param <E> the events
	 * @param loop the loop, with which the source still has to be registered
	 * @param descriptor the descriptor, to be read by the loop alone as long as the
	 * source is registered
	 * @param sink takes its events
	 * @return the source
	 */
	public static <E> DescriptorSource<E> borrowing(EventLoop loop, EventReader<E> descriptor,
			EventSink<? super E> sink) {
		return new DescriptorSource<>(loop, descriptor, sink, Pacing.NONE, true);
	}

	@Override
	protected OwnedFd fd() {
		return this.descriptor.fd();
	}

	@Override
	protected Flags<EpollFlag> interest() {
		return READABLE;
	}

	@Override
	protected void ready(int events) {
		if ((events & IN) == 0) {
			throw new IllegalStateException(
					this.descriptor + " reports " + Flags.ofBits(EpollFlag.class, events & 0xffff_ffffL));
		}
		read();
	}

	/** Read at once: to ask epoll first would take three calls more for each pause. */
	@Override
	protected boolean pauseOver() {
		return read();
	}

	/** Returns whether the source is to stay out of epoll. */
	private boolean read() {
		if (!this.sink.begin()) {
			this.loop.suspend(this);
			return true;
		}
		boolean emptied;
		try {
			emptied = drain();
		}
		finally {
			// what was read before a read failed is handed over all the same
			this.sink.end();
		}
		if (!emptied) {
			return this.descriptor.pauseNanos() > 0 && pause(this.descriptor.pauseNanos());
		}
		if (this.descriptor.isOneShot()) {
			this.loop.cancel(this);
			return false;
		}
		return this.pauseNanos > 0 && pause();
	}

	/** Returns whether there were events, and are none any more. */
	private boolean drain() {
		boolean found = false;
		boolean drained = false;
		for (int reads = 0; reads < MAX_READS && !drained && mayRead(); reads++) {
			int bytes = this.descriptor.drain(this.sink);
			found |= bytes > 0;
			drained = this.descriptor.isDrainedBy(bytes);
		}
		return found && drained;
	}

	private boolean mayRead() {
		return this.descriptor.isOpen() && !this.sink.isFull();
	}

	private boolean pause(long nanos) {
		this.loop.pause(this, System.nanoTime() + nanos);
		return true;
	}

	private boolean pause() {
		long nowNanos = System.nanoTime();
		boolean pausing = !this.pacing.floodsOnly() || nowNanos - this.readNanos < 3 * this.pauseNanos;
		this.readNanos = nowNanos;
		if (pausing) {
			this.loop.pause(this, nowNanos + this.pauseNanos);
		}
		return pausing;
	}

	@Override
	protected void close() {
		if (!this.borrowed && this.descriptor.isOpen()) {
			this.descriptor.close();
		}
	}

	@Override
	public String toString() {
		return this.descriptor.toString();
	}

}
