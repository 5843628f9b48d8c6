package io.github.linuxfd.listener;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import io.github.linuxfd.fanotify.FanotifyEvent;

/**
 * Closes events one after the other on an executor, where neither the loop nor whoever
 * closes the application can be held up: a file system that hangs keeps close(2) as well.
 * Any thread may call.
 *
 * @author linuxfd
 */
final class FanotifyCloser {

	private static final Log logger = LogFactory.getLog(FanotifyCloser.class);

	private final Executor executor;

	private final Queue<FanotifyEvent> events = new ConcurrentLinkedQueue<>();

	/** Events in the queue, and the one that is being closed. */
	private final AtomicInteger waiting = new AtomicInteger();

	FanotifyCloser(Executor executor) {
		this.executor = executor;
	}

	void close(FanotifyEvent event) {
		this.events.add(event);
		if (this.waiting.getAndIncrement() == 0) {
			this.executor.execute(this::closeAll);
		}
	}

	private void closeAll() {
		do {
			FanotifyEvent event = Objects.requireNonNull(this.events.poll());
			try {
				event.close();
			}
			catch (RuntimeException ex) {
				logger.warn(event + " could not be closed", ex);
			}
		}
		while (this.waiting.decrementAndGet() > 0);
	}

}
