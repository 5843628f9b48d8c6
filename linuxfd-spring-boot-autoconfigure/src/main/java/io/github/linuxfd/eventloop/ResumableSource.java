package io.github.linuxfd.eventloop;

import java.util.concurrent.RejectedExecutionException;

/**
 * A source that leaves its descriptor alone as long as an {@link EventSink} has no room.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public abstract sealed class ResumableSource extends EventSource permits DescriptorSource, ReadinessSource {

	private static final System.Logger LOGGER = System.getLogger(ResumableSource.class.getName());

	/** Waits for the descriptor. */
	final EventLoop loop;

	private final EventSink<?> sink;

	ResumableSource(EventLoop loop, EventSink<?> sink) {
		this.loop = loop;
		this.sink = sink;
	}

	/**
	 * The sink has room again, or has handled what it was told. Any thread may call.
	 */
	public final void resume() {
		try {
			this.loop.execute(() -> this.loop.resume(this));
		}
		catch (RejectedExecutionException ex) {
			// the loop has taken this out with itself
			LOGGER.log(System.Logger.Level.DEBUG, () -> this + " is not resumed", ex);
		}
	}

	@Override
	protected final void failed(Throwable failure) {
		this.sink.failed(failure);
	}

	@Override
	protected final void ended() {
		this.sink.ended();
	}

}
