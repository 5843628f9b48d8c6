package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.SignalSender;

/**
 * Ends the JVM as a signal would have done: once the signal's listeners have run, and
 * after the delay that the application wants. A second signal ends the wait. There is one
 * in the JVM.
 *
 * @author linuxfd
 */
final class Shutdown implements Runnable {

	private static final Log logger = LogFactory.getLog(Shutdown.class);

	/** Some send each signal twice, to the process and to its group: timeout(1). */
	private static final long SAME_REQUEST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	private static final AtomicReference<@Nullable Shutdown> REQUESTED = new AtomicReference<>();

	private final SignalEvent event;

	private final SignalSource source;

	private final long startNanos = System.nanoTime();

	private final Set<SignalListenerContainer> unhandled = ConcurrentHashMap.newKeySet();

	private final CompletableFuture<@Nullable Void> handled = new CompletableFuture<>();

	private final CompletableFuture<@Nullable Void> hurried = new CompletableFuture<>();

	private Shutdown(SignalEvent event, SignalSource source) {
		this.event = event;
		this.source = source;
		this.unhandled.addAll(source.containers());
		completeIfHandled();
	}

	/** On the loop, before the listeners are told. */
	static void request(SignalEvent event, SignalSource source) {
		Shutdown shutdown = new Shutdown(event, source);
		Shutdown before = REQUESTED.compareAndExchange(null, shutdown);
		if (before == null) {
			shutdown.start();
		}
		else if (shutdown.startNanos - before.startNanos > SAME_REQUEST_NANOS && before.hurried.complete(null)) {
			logger.info("Shutdown hurried by " + event.describeSender() + ", signal " + event.signal());
		}
	}

	/** On a thread of its own: exit waits for the handlers, and we may be one. */
	private void start() {
		Thread thread = new Thread(this, "linuxfd-shutdown");
		thread.setDaemon(false);
		try {
			thread.start();
		}
		catch (Throwable ex) {
			REQUESTED.set(null);
			logger.error("There is no thread for the requested shutdown; send the signal again", ex);
		}
	}

	/** The listener has been called. Any thread may call. */
	static void handled(SignalListenerContainer container, SignalEvent event) {
		Shutdown shutdown = REQUESTED.get();
		if (shutdown != null && shutdown.event.signal().equals(event.signal())) {
			shutdown.remove(container);
		}
	}

	/** The listener will not be called any more. Any thread may call. */
	static void left(SignalListenerContainer container) {
		Shutdown shutdown = REQUESTED.get();
		if (shutdown != null) {
			shutdown.remove(container);
		}
	}

	private void remove(SignalListenerContainer container) {
		this.unhandled.remove(container);
		completeIfHandled();
	}

	private void completeIfHandled() {
		if (this.unhandled.isEmpty()) {
			this.handled.complete(null);
		}
	}

	@Override
	public void run() {
		logger.info(line());
		try {
			awaitApplication();
		}
		catch (RuntimeException | Error ex) {
			logger.error("The application is not waited for", ex);
		}
		if (!this.source.callPreviousHandler()) {
			System.exit(128 + this.event.signal().number());
		}
	}

	private void awaitApplication() {
		Duration delay = longest(ShutdownAnnouncement::preStopDelay);
		Duration timeout = longest(ShutdownAnnouncement::timeout);
		CompletableFuture<Void> told = CompletableFuture.allOf(this.handled, announced());
		if (!awaitHurriedOr(told, (delay.compareTo(timeout) > 0) ? delay : timeout)) {
			logger.warn("Listeners of signal " + this.event.signal()
					+ " or of its ShutdownRequestedEvent still run after " + timeout + "; the shutdown goes on");
		}
		if (!delay.isZero()) {
			logger.info("Traffic is refused; the application context is closed " + delay + " after the signal");
			awaitHurriedOr(new CompletableFuture<>(), delay);
		}
	}

	private Duration longest(Function<ShutdownAnnouncement, Duration> duration) {
		return this.source.subscriptions()
			.stream()
			.map((subscription) -> duration.apply(subscription.context().announcement()))
			.max(Comparator.naturalOrder())
			.orElse(Duration.ZERO);
	}

	private CompletableFuture<Void> announced() {
		List<CompletableFuture<Void>> announcements = new ArrayList<>();
		for (SignalSubscription subscription : this.source.subscriptions()) {
			announcements
				.add(CompletableFuture.runAsync(() -> subscription.context().announcement().announce(this.event),
						subscription.context().executor()));
		}
		return CompletableFuture.allOf(announcements.toArray(CompletableFuture[]::new));
	}

	/**
	 * Wait for a second signal, or something else.
	 * @return {@code false} if the time since the signal is over
	 */
	private boolean awaitHurriedOr(CompletableFuture<?> other, Duration sinceSignal) {
		try {
			CompletableFuture.anyOf(other, this.hurried)
				.get(sinceSignal.toNanos() - (System.nanoTime() - this.startNanos), TimeUnit.NANOSECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Without arguments, which may be secrets of somebody else's. */
	private String line() {
		SignalSender sender = this.event.sender();
		return "Shutdown requested by " + this.event.describeSender() + " signal=" + this.event.signal() + " origin="
				+ this.event.origin()
				+ ((sender != null && sender.cgroup() != null) ? " cgroup=" + sender.cgroup() : "");
	}

}
