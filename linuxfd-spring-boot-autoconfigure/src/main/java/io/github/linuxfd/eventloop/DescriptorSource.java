package io.github.linuxfd.eventloop;

import java.util.concurrent.RejectedExecutionException;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * Reads an {@link EventDescriptor} on the loop's thread into an {@link EventSink}, as
 * long as the sink has room.
 *
 * @param <E> the events
 * @author linuxfd
 * @since 0.1.0
 */
public final class DescriptorSource<E> extends EventSource {

	private static final System.Logger LOGGER = System.getLogger(DescriptorSource.class.getName());

	/** Then others have their turn; epoll reports the rest at once. */
	private static final int MAX_READS = 8;

	private static final Flags<EpollFlag> READABLE = Flags.of(EpollFlag.IN);

	private final EventLoop loop;

	private final EventDescriptor<E> descriptor;

	private final EventSink<? super E> sink;

	/**
	 * Read a descriptor in a loop.
	 * @param loop the loop, with which the source still has to be registered
	 * @param descriptor the descriptor, owned by the loop from then on
	 * @param sink takes its events
	 */
	public DescriptorSource(EventLoop loop, EventDescriptor<E> descriptor, EventSink<? super E> sink) {
		this.loop = loop;
		this.descriptor = descriptor;
		this.sink = sink;
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
		if (!EpollFlag.IN.in(events)) {
			throw new IllegalStateException(
					this.descriptor + " reports " + Flags.ofBits(EpollFlag.class, events & 0xffff_ffffL));
		}
		if (!this.sink.begin()) {
			this.loop.suspend(this);
			return;
		}
		try {
			int reads = 0;
			int bytes;
			do {
				bytes = this.descriptor.drain(this.sink);
			}
			while (!this.descriptor.isDrainedBy(bytes) && ++reads < MAX_READS && this.descriptor.isOpen());
		}
		finally {
			// what was read before a read failed is handed over all the same
			this.sink.end();
		}
	}

	/**
	 * The sink has room again. Any thread may call.
	 */
	public void resume() {
		try {
			this.loop.execute(() -> this.loop.resume(this));
		}
		catch (RejectedExecutionException ex) {
			// the loop has closed this source with itself
			LOGGER.log(System.Logger.Level.DEBUG, () -> this + " is not resumed", ex);
		}
	}

	@Override
	protected void failed(Throwable failure) {
		this.sink.failed(failure);
	}

	@Override
	protected void close() {
		if (this.descriptor.isOpen()) {
			this.descriptor.close();
		}
	}

	@Override
	public String toString() {
		return this.descriptor.toString();
	}

}
