package io.github.linuxfd.sample;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Tells the browsers what happens. Whoever publishes never waits for a browser: one that
 * is slow misses events, and is told how many.
 *
 * @author linuxfd
 */
@Component
class LiveFeed {

	/**
	 * The page shows no more lines than this.
	 */
	static final int LINES = 100;

	private static final int MAX_BROWSERS = 100;

	private final RunningTotals totals;

	private final Deque<LiveEvent> latest = new ArrayDeque<>(LINES);

	private final Set<Browser> browsers = ConcurrentHashMap.newKeySet();

	private boolean closed;

	LiveFeed(RunningTotals totals) {
		this.totals = totals;
	}

	/**
	 * Show an event to everybody, now and when they connect later.
	 * @param event the event
	 */
	synchronized void publish(LiveEvent event) {
		if (this.latest.size() == LINES) {
			this.latest.removeFirst();
		}
		this.latest.addLast(event);
		this.browsers.forEach((browser) -> browser.offer(event));
	}

	/**
	 * Connect a browser. It gets the latest events at once.
	 * @param emitter the response to it
	 * @return {@code false} if there are too many, or the service is about to end
	 */
	synchronized boolean connect(SseEmitter emitter) {
		if (this.closed || this.browsers.size() >= MAX_BROWSERS) {
			return false;
		}
		Browser browser = new Browser(emitter, List.copyOf(this.latest), this.totals::current, this.browsers::remove);
		this.browsers.add(browser);
		browser.start();
		return true;
	}

	int browserCount() {
		return this.browsers.size();
	}

	/**
	 * Let the browsers go before the web server waits for their requests to end.
	 */
	@EventListener(ContextClosedEvent.class)
	void close() {
		List<Browser> connected;
		synchronized (this) {
			this.closed = true;
			connected = new ArrayList<>(this.browsers);
		}
		connected.forEach(Browser::close);
	}

	/**
	 * What goes over the wire.
	 *
	 * @param totals the totals, as they are when it is sent
	 * @param skipped the number of events left out before the ones that follow
	 * @param events the events, oldest first
	 */
	record Message(Totals totals, long skipped, List<LiveEvent> events) {
	}

}
