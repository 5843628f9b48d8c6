package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import io.github.linuxfd.fanotify.FanotifyEvent;

/**
 * Closes events one after the other on a platform thread of its own, which ends when it
 * has been idle for a while. A file system that hangs keeps close(2) as well: it can hold
 * up neither the loop, nor whoever closes the application, nor a carrier of virtual
 * threads; and handlers that hang with all threads of an executor leave nothing open. Any
 * thread may call.
 *
 * @author linuxfd
 */
final class FanotifyCloser {

	static final String THREAD_NAME_PREFIX = "linuxfd-fanotify-close-";

	private static final Log logger = LogFactory.getLog(FanotifyCloser.class);

	private static final Duration IDLE_TIME = Duration.ofSeconds(1);

	private final DispatchThreads threads = new DispatchThreads(THREAD_NAME_PREFIX, IDLE_TIME);

	private final Queue<FanotifyEvent> events = new ConcurrentLinkedQueue<>();

	/** Whether a thread closes, or is about to. */
	private final AtomicBoolean running = new AtomicBoolean();

	void close(FanotifyEvent event) {
		this.events.add(event);
		start();
	}

	private void start() {
		if (this.events.isEmpty() || !this.running.compareAndSet(false, true)) {
			return;
		}
		boolean started = false;
		try {
			this.threads.execute(this::closeAll);
			started = true;
		}
		finally {
			if (!started) {
				// no thread could be made; the next event tries again
				this.running.set(false);
			}
		}
	}

	private void closeAll() {
		try {
			FanotifyEvent event = this.events.poll();
			while (event != null) {
				closeOne(event);
				event = this.events.poll();
			}
		}
		finally {
			this.running.set(false);
			// one may have come after the last look
			start();
		}
	}

	private static void closeOne(FanotifyEvent event) {
		try {
			event.close();
		}
		catch (Throwable ex) {
			logger.warn(event + " could not be closed", ex);
		}
	}

}
