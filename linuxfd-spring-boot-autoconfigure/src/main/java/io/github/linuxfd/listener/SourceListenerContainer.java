package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventloop.ResumableSource;

/**
 * A container that the loop watches one descriptor for.
 *
 * @param <E> the kernel's records
 * @author linuxfd
 */
abstract class SourceListenerContainer<E> extends ListenerContainer<E> {

	private volatile @Nullable ResumableSource source;

	SourceListenerContainer(ListenerEndpoint endpoint, ListenerContext context, Class<E> recordType,
			int queueCapacity) {
		super(endpoint, context, recordType, queueCapacity);
	}

	/** Have the loop watch the descriptor. */
	void register(ResumableSource registered) {
		// before the loop looks: a worker may have room again at once
		this.source = registered;
		context().loop().register(registered);
	}

	@Override
	void closeSources() {
		ResumableSource registered = this.source;
		if (registered != null) {
			context().loop().cancel(registered);
		}
	}

	@Override
	final void resumeSources() {
		ResumableSource registered = this.source;
		if (registered != null) {
			registered.resume();
		}
	}

}
