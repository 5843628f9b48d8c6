package io.github.linuxfd.eventloop;

import java.util.PriorityQueue;
import java.util.Queue;

import org.jspecify.annotations.Nullable;

/**
 * The sources that are left unread for a time, and when the first of them is due. For the
 * loop's thread only.
 *
 * @author linuxfd
 */
final class PausedSources {

	/** By difference, as {@link System#nanoTime()} asks for. */
	private final Queue<EventSource> byDueTime = new PriorityQueue<>(
			(first, second) -> Long.compare(first.dueNanos - second.dueNanos, 0));

	void add(EventSource source, long dueNanos) {
		source.dueNanos = dueNanos;
		this.byDueTime.add(source);
	}

	void remove(EventSource source) {
		if (!this.byDueTime.isEmpty()) {
			this.byDueTime.remove(source);
		}
	}

	/** Takes out a source whose time was over by then, or returns {@code null}. */
	@Nullable EventSource pollDue(long nanos) {
		EventSource first = this.byDueTime.peek();
		return (first != null && first.dueNanos - nanos <= 0) ? this.byDueTime.poll() : null;
	}

	boolean isEmpty() {
		return this.byDueTime.isEmpty();
	}

	/** How long the loop may wait: -1 is for ever. */
	long timeoutNanos() {
		EventSource first = this.byDueTime.peek();
		return (first != null) ? Math.max(0, first.dueNanos - System.nanoTime()) : -1;
	}

}
