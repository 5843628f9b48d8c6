package io.github.linuxfd.listener;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;

/**
 * The listeners of an application context to one signal.
 *
 * @author linuxfd
 */
final class SignalSubscription {

	private final SignalContext context;

	private final Signal signal;

	private final List<SignalListenerContainer> containers = new CopyOnWriteArrayList<>();

	private volatile @Nullable SignalSource source;

	SignalSubscription(SignalContext context, Signal signal) {
		this.context = context;
		this.signal = signal;
	}

	Signal signal() {
		return this.signal;
	}

	SignalContext context() {
		return this.context;
	}

	void joined(SignalSource source) {
		this.source = source;
	}

	@Nullable SignalSource source() {
		return this.source;
	}

	void leave() {
		SignalSource source = this.source;
		if (source != null) {
			source.leave(this);
		}
	}

	List<SignalListenerContainer> containers() {
		return this.containers;
	}

	void resume() {
		SignalSource source = this.source;
		if (source != null) {
			source.resume();
		}
	}

	boolean isFirst(SignalListenerContainer container) {
		return !this.containers.isEmpty() && this.containers.get(0) == container;
	}

	// the loop of the context that reads the signal

	boolean hasRoom() {
		boolean room = true;
		for (SignalListenerContainer container : this.containers) {
			room &= container.hasRoom();
		}
		return room;
	}

	/** Have the events handled on this context's own loop. */
	void deliver(List<SignalEvent> events) {
		try {
			this.context.loop().execute(() -> {
				this.containers.forEach(SignalListenerContainer::beginBatch);
				events.forEach(this::accept);
				end();
			});
		}
		catch (RejectedExecutionException ex) {
			addLost(events.size()); // this context is about to leave
		}
	}

	// this context's loop

	boolean begin() {
		boolean room = true;
		for (SignalListenerContainer container : this.containers) {
			room &= container.begin();
		}
		return room;
	}

	void accept(SignalEvent event) {
		for (SignalListenerContainer container : this.containers) {
			container.accept(event);
		}
	}

	void end() {
		for (SignalListenerContainer container : this.containers) {
			container.end();
		}
	}

	void addLost(long count) {
		this.containers.forEach((container) -> container.addLost(count));
	}

}
