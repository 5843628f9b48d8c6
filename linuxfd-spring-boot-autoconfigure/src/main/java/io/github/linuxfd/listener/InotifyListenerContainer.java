package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.eventloop.Pacing;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyTree;
import io.github.linuxfd.kernel.Remedy;

/**
 * Brings the events of one watch to its listener. The watch has an inotify instance of
 * its own, so that a slow listener holds up nobody else's events.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class InotifyListenerContainer extends DescriptorListenerContainer<InotifyEvent> {

	private static final Log logger = LogFactory.getLog(InotifyListenerContainer.class);

	/** So that a flood does not wake the loop and a worker for each event. */
	private static final Pacing FLOOD_PACING = Pacing.inFloods(Duration.ofNanos(100_000));

	/** Asks for a scan, in its turn among the kernel's events. */
	private static final InotifyEvent SCAN = new InotifyEvent(null, 0, 0, null, true);

	private final InotifyListenerEndpoint endpoint;

	private final boolean publisher;

	private volatile @Nullable InotifyTree tree;

	InotifyListenerContainer(InotifyListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, InotifyEvent.class, context.settings().queueCapacity());
		this.endpoint = endpoint;
		this.publisher = endpoint.watchName() == null
				|| (endpoint.isComplete() && context.publishedWatches().add(endpoint.watchName()));
	}

	@Override
	public String source() {
		return "inotify";
	}

	/**
	 * Report every file that is there, as if it had just arrived, marked as
	 * {@link InotifyEvent#recovered() recovered}. A file that a writer has open is left
	 * to its {@code CLOSE_WRITE}. Any thread may call; the handler is called in its usual
	 * way.
	 * @throws java.util.concurrent.RejectedExecutionException if the event loop does not
	 * run
	 */
	public void rescan() {
		inject(SCAN);
	}

	/**
	 * Return how many files and directories are watched.
	 * @return the number of watches
	 */
	public int watches() {
		InotifyTree tree = this.tree;
		return (tree != null && isRunning()) ? tree.inotify().watchCount() : 0;
	}

	@Override
	boolean open() {
		InotifyWatchDefinition watch = this.endpoint.watch();
		InotifyTree tree;
		try {
			tree = context().inotifies().openTree(watch.path(), watch.events(), watch.flags(), watch.recursive());
		}
		catch (SyscallException ex) {
			if (!watch.optional()) {
				throw ex;
			}
			logger.warn(this.endpoint.declaration() + " is optional and not watched: " + ex.getMessage()
					+ Remedy.of(ex).map((remedy) -> ". " + remedy.cause() + " " + remedy.action()).orElse(""));
			return false;
		}
		// before the first event can come
		this.tree = tree;
		register(tree.inotify(), pacing(watch));
		if (watch.existing()) {
			rescan();
		}
		return true;
	}

	private Pacing pacing(InotifyWatchDefinition watch) {
		if (watch.batchWindow().isZero()) {
			return (this.endpoint.dispatch() == Dispatch.LOOP) ? Pacing.NONE : FLOOD_PACING;
		}
		return Pacing.always(watch.batchWindow());
	}

	/** The declared watch that is published from here, or null. */
	@Nullable String publishedWatch() {
		return this.publisher ? this.endpoint.watchName() : null;
	}

	@Override
	boolean isLoss(InotifyEvent event) {
		return event.isOverflow();
	}

	@Override
	boolean publishes(InotifyEvent event) {
		return this.publisher;
	}

	@Override
	void process(InotifyEvent event, Consumer<? super InotifyEvent> handler) {
		InotifyTree tree = Objects.requireNonNull(this.tree);
		if (event == SCAN) {
			tree.scan(handler);
			return;
		}
		if (tree.ended() != null) {
			return; // what is still in the queue has a path that is not true any more
		}
		if (event.isOverflow()) {
			addLost(1);
			logger.warn("The kernel's queue for listener '" + id()
					+ "' was full (fs.inotify.max_queued_events); scanning " + tree.root() + " for what was lost");
			publish(new EventQueueOverflowedEvent(id(), tree.root()));
		}
		tree.process(event, handler);
		String ended = tree.ended();
		if (ended != null) {
			sourceFailed(ended);
			closeSources();
		}
	}

}
