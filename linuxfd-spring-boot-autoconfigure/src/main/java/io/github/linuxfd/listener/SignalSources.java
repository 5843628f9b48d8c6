package io.github.linuxfd.listener;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalfdFactory;

/**
 * The signals that an application context listens to, each read once and given to all its
 * listeners.
 *
 * @author linuxfd
 */
final class SignalSources {

	private final EventLoop loop;

	private final SignalfdFactory signalfds;

	private final Map<Signal, SignalSource> sources = new ConcurrentHashMap<>();

	SignalSources(EventLoop loop, SignalfdFactory signalfds) {
		this.loop = loop;
		this.signalfds = signalfds;
	}

	synchronized void subscribe(Signal signal, SignalListenerContainer container) {
		SignalSource source = this.sources.get(signal);
		if (source == null) {
			source = new SignalSource(this.loop, this.signalfds, signal);
			source.add(container);
			source.open();
			this.sources.put(signal, source);
		}
		else {
			source.add(container);
		}
	}

	synchronized void unsubscribe(Signal signal, SignalListenerContainer container) {
		SignalSource source = this.sources.get(signal);
		if (source != null && source.isOnly(container)) {
			source.close();
			this.sources.remove(signal);
		}
		else if (source != null) {
			source.remove(container);
		}
	}

	void resume(Signal signal) {
		SignalSource source = this.sources.get(signal);
		if (source != null) {
			source.resume();
		}
	}

	boolean isFirst(Signal signal, SignalListenerContainer container) {
		SignalSource source = this.sources.get(signal);
		return source != null && source.isFirst(container);
	}

	void handled(Signal signal) {
		SignalSource source = this.sources.get(signal);
		if (source != null) {
			source.handled();
		}
	}

}
