package io.github.linuxfd.listener;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;

/**
 * A declared {@link io.github.linuxfd.annotation.InotifyListener @InotifyListener}, or a
 * watch from the properties whose events are only published.
 *
 * @author linuxfd
 */
final class InotifyListenerEndpoint extends ListenerEndpoint {

	private static final Duration LONGEST_BATCH_WINDOW = Duration.ofSeconds(10);

	private final InotifyWatchDefinition watch;

	private final @Nullable String watchName;

	private final boolean complete;

	InotifyListenerEndpoint(String id, String declaration, @Nullable Object bean, @Nullable ListenerMethod method,
			Dispatch dispatch, int concurrency, InotifyWatchDefinition watch, @Nullable String watchName,
			boolean complete) {
		super(id, declaration, bean, method, dispatch, concurrency);
		this.watch = watch;
		this.watchName = watchName;
		this.complete = complete;
		if (watch.path().toString().isEmpty()) {
			throw invalid("its path is empty", null);
		}
		if (watch.batchWindow().isNegative() || watch.batchWindow().compareTo(LONGEST_BATCH_WINDOW) > 0) {
			throw invalid("its batch window is " + watch.batchWindow().toMillis() + " ms, and has to be from 0 to "
					+ LONGEST_BATCH_WINDOW.toMillis() + " ms: the kernel's queue (fs.inotify.max_queued_events) "
					+ "has to hold what comes in that time", null);
		}
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new InotifyListenerContainer(this, context);
	}

	InotifyWatchDefinition watch() {
		return this.watch;
	}

	/** The declared watch that this one was made from, or null. */
	@Nullable String watchName() {
		return this.watchName;
	}

	/** Whether it gets all events of the declared watch, and can publish for it. */
	boolean isComplete() {
		return this.complete;
	}

}
