package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

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

	private static final AtomicReference<@Nullable Shutdown> REQUESTED = new AtomicReference<>();

	private final SignalEvent event;

	private final SignalSource source;

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
			// on a thread of its own: exit waits for the handlers, and we may be one
			new Thread(shutdown, "linuxfd-shutdown").start();
		}
		else if (before.hurried.complete(null)) {
			logger.info("Shutdown hurried by " + event.describeSender() + ", signal " + event.signal());
		}
	}

	static boolean isRequested() {
		return REQUESTED.get() != null;
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
		long startNanos = System.nanoTime();
		Duration delay = this.source.subscriptions()
			.stream()
			.map((subscription) -> subscription.announcement().announce(this.event))
			.max(Comparator.naturalOrder())
			.orElse(Duration.ZERO);
		CompletableFuture.anyOf(this.handled, this.hurried).join();
		if (!delay.isZero()) {
			awaitHurried(delay, startNanos);
		}
		System.exit(128 + this.event.signal().number());
	}

	private void awaitHurried(Duration delay, long startNanos) {
		logger.info("Traffic is refused; the application context is closed " + delay + " after the signal");
		try {
			this.hurried.get(delay.toNanos() - (System.nanoTime() - startNanos), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			// as it should be
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private String line() {
		StringBuilder line = new StringBuilder("Shutdown requested by ").append(this.event.describeSender())
			.append(" signal=")
			.append(this.event.signal())
			.append(" origin=")
			.append(this.event.origin());
		SignalSender sender = this.event.sender();
		if (sender != null && !sender.commandLine().isEmpty()) {
			line.append(" commandLine=").append(sender.commandLine());
		}
		if (sender != null && sender.cgroup() != null) {
			line.append(" cgroup=").append(sender.cgroup());
		}
		return line.toString();
	}

}
