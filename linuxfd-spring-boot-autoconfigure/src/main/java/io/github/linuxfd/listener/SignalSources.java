package io.github.linuxfd.listener;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import io.github.linuxfd.signalfd.Signal;

/**
 * The signals that an application context listens to.
 *
 * @author linuxfd
 */
final class SignalSources {

	private static final Log logger = LogFactory.getLog(SignalSources.class);

	private final SignalContext context;

	private final Map<Signal, SignalSubscription> subscriptions = new ConcurrentHashMap<>();

	/** Whether the terminating signals are listened to, even without a listener. */
	private boolean announcing;

	SignalSources(SignalContext context) {
		this.context = context;
	}

	synchronized void subscribe(Signal signal, SignalListenerContainer container) {
		SignalSubscription subscription = this.subscriptions.get(signal);
		if (subscription != null) {
			subscription.containers().add(container);
			return;
		}
		subscription = new SignalSubscription(this.context, signal);
		subscription.containers().add(container);
		join(subscription);
	}

	/** Known before the first signal comes, which may be at once. */
	private void join(SignalSubscription subscription) {
		this.subscriptions.put(subscription.signal(), subscription);
		boolean joined = false;
		try {
			SignalSource.join(subscription);
			joined = true;
		}
		finally {
			if (!joined) {
				this.subscriptions.remove(subscription.signal());
			}
		}
	}

	synchronized void unsubscribe(Signal signal, SignalListenerContainer container) {
		SignalSubscription subscription = this.subscriptions.get(signal);
		if (subscription == null || !subscription.containers().contains(container)) {
			return;
		}
		if (subscription.containers().size() == 1 && !isAnnounced(signal)) {
			leave(subscription);
		}
		subscription.containers().remove(container);
		subscription.resume(); // the others may have waited for this one only
		Shutdown.left(container);
	}

	private void leave(SignalSubscription subscription) {
		subscription.leave();
		this.subscriptions.remove(subscription.signal());
	}

	private boolean isAnnounced(Signal signal) {
		return this.announcing && Signal.TERMINATING.contains(signal);
	}

	/**
	 * Say who asks for the end, whether there are listeners or not. That is not worth to
	 * fail for.
	 */
	synchronized void startAnnouncing() {
		if (!this.context.settings().announceShutdown()) {
			return;
		}
		this.announcing = true;
		for (Signal signal : Signal.TERMINATING) {
			try {
				// what the JVM leaves alone, because of -Xrs or nohup(1), is left alone
				if (!this.subscriptions.containsKey(signal) && this.context.signalfds().isHandled(signal)) {
					announce(new SignalSubscription(this.context, signal));
				}
			}
			catch (RuntimeException ex) {
				logger.info("Who sends signal " + signal + " will not be known: " + ex.getMessage());
			}
		}
	}

	private void announce(SignalSubscription subscription) {
		join(subscription);
		SignalSource source = subscription.source();
		if (source != null && source.isHandledByApplication()) {
			leave(subscription); // it is not the end
		}
	}

	synchronized void stopAnnouncing() {
		this.announcing = false;
		for (SignalSubscription subscription : this.subscriptions.values()) {
			if (subscription.containers().isEmpty()) {
				leave(subscription);
			}
		}
	}

	void resume(Signal signal) {
		SignalSubscription subscription = this.subscriptions.get(signal);
		if (subscription != null) {
			subscription.resume();
		}
	}

	boolean isFirst(Signal signal, SignalListenerContainer container) {
		SignalSubscription subscription = this.subscriptions.get(signal);
		return subscription != null && subscription.isFirst(container);
	}

	/** How the signals come, by number. */
	List<SignalDelivery> deliveries() {
		return this.subscriptions.values()
			.stream()
			.map(SignalSubscription::source)
			.filter(Objects::nonNull)
			.map(SignalSource::delivery)
			.filter(Objects::nonNull)
			.sorted((left, right) -> Integer.compare(left.signal().number(), right.signal().number()))
			.toList();
	}

}
