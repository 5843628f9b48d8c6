package io.github.linuxfd.listener;

import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;

/**
 * Brings the signals of one listener to it. Their descriptors are shared with all
 * listeners of the same signal.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SignalListenerContainer extends ListenerContainer<SignalEvent> {

	private final SignalListenerEndpoint endpoint;

	SignalListenerContainer(SignalListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, SignalEvent.class, context.settings().queueCapacity());
		this.endpoint = endpoint;
	}

	@Override
	public String source() {
		return "signalfd";
	}

	boolean isConsume() {
		return this.endpoint.isConsume();
	}

	@Override
	boolean open() {
		try {
			for (Signal signal : this.endpoint.signals()) {
				context().signals().subscribe(signal, this);
			}
			return true;
		}
		catch (RuntimeException | Error ex) {
			closeSources();
			throw ex;
		}
	}

	@Override
	void closeSources() {
		for (Signal signal : this.endpoint.signals()) {
			context().signals().unsubscribe(signal, this);
		}
	}

	@Override
	void resumeSources() {
		for (Signal signal : this.endpoint.signals()) {
			context().signals().resume(signal);
		}
	}

	/** The kernel says how many expirations of a POSIX timer one signal stands for. */
	@Override
	SignalEvent arrived(SignalEvent event) {
		if (event.overrun() > 0) {
			addLost(event.overrun());
		}
		return event;
	}

	@Override
	boolean publishes(SignalEvent event) {
		return context().signals().isFirst(event.signal(), this);
	}

	@Override
	void handled(SignalEvent event) {
		Shutdown.handled(this, event);
	}

}
