package io.github.linuxfd.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import io.github.linuxfd.sample.LiveFeed.Message;

/**
 * One connected browser, with its own queue and its own thread, which may well be stuck
 * in a write while the network is slow.
 *
 * @author linuxfd
 */
class Browser implements Runnable {

	/**
	 * Between two messages, so that a flood of files becomes ten of them in a second.
	 */
	static final Duration PAUSE = Duration.ofMillis(100);

	/**
	 * A browser that is gone is noticed by writing to it.
	 */
	private static final Duration HEARTBEAT = Duration.ofSeconds(15);

	private static final AtomicInteger number = new AtomicInteger();

	private static final Logger log = LoggerFactory.getLogger(Browser.class);

	private final SseEmitter emitter;

	private final List<LiveEvent> snapshot;

	private final Supplier<Totals> totals;

	private final Consumer<Browser> whenGone;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Deque<LiveEvent> queue = new ArrayDeque<>();

	private long skipped;

	private boolean closed;

	Browser(SseEmitter emitter, List<LiveEvent> snapshot, Supplier<Totals> totals, Consumer<Browser> whenGone) {
		this.emitter = emitter;
		this.snapshot = snapshot;
		this.totals = totals;
		this.whenGone = whenGone;
	}

	void start() {
		this.emitter.onCompletion(this::close);
		this.emitter.onTimeout(this::close);
		this.emitter.onError((ex) -> close());
		Thread thread = new Thread(this, "live-page-" + number.incrementAndGet());
		thread.setDaemon(true);
		thread.start();
	}

	void offer(LiveEvent event) {
		this.lock.lock();
		try {
			if (this.queue.size() == LiveFeed.LINES) {
				this.queue.removeFirst();
				this.skipped++;
			}
			this.queue.addLast(event);
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void run() {
		try {
			send("snapshot", new Message(this.totals.get(), 0, this.snapshot));
			while (!pause()) {
				Message message = take();
				if (message != null) {
					send("update", message);
				}
				else {
					this.emitter.send(SseEmitter.event().comment(""));
				}
			}
			this.emitter.complete();
		}
		catch (IOException | IllegalStateException ex) {
			log.debug("A browser is gone", ex);
		}
		catch (InterruptedException ex) {
			this.emitter.complete();
		}
		finally {
			this.whenGone.accept(this);
		}
	}

	private void send(String name, Message message) throws IOException {
		this.emitter.send(SseEmitter.event().name(name).reconnectTime(1000).data(message, MediaType.APPLICATION_JSON));
	}

	/*
	 * True if there is no more to be sent.
	 */
	private boolean pause() throws InterruptedException {
		this.lock.lock();
		try {
			long left = PAUSE.toNanos();
			while (!this.closed && left > 0) {
				left = this.changed.awaitNanos(left);
			}
			return this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/*
	 * What has come since the last time, or null if it is time for a sign of life.
	 */
	private @Nullable Message take() throws InterruptedException {
		this.lock.lock();
		try {
			long left = HEARTBEAT.toNanos();
			while (this.queue.isEmpty() && !this.closed) {
				if (left <= 0) {
					return null;
				}
				left = this.changed.awaitNanos(left);
			}
			Message message = new Message(this.totals.get(), this.skipped, List.copyOf(this.queue));
			this.queue.clear();
			this.skipped = 0;
			return message;
		}
		finally {
			this.lock.unlock();
		}
	}

}
