package io.github.linuxfd.listener;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * The events that wait for a container's workers, each with the time it was read. A ring
 * that is locked once per batch and not per event, and grows: a batch that the kernel has
 * handed out has to fit.
 *
 * @author linuxfd
 */
final class EventQueue {

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Object[] events = new Object[16];

	private long[] readNanos = new long[16];

	private int head;

	private volatile int size;

	/**
	 * Put a batch in.
	 * @param batch holds the events, from the start
	 * @param count the number of events
	 * @param readNanos when they were read
	 */
	void offer(@Nullable Object[] batch, int count, long readNanos) {
		this.lock.lock();
		try {
			int before = this.size;
			ensureRoom(before + count);
			int mask = this.events.length - 1;
			int tail = this.head + before;
			for (int i = 0; i < count; i++) {
				int slot = (tail + i) & mask;
				this.events[slot] = batch[i];
				this.readNanos[slot] = readNanos;
			}
			this.size = before + count;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take the oldest events out.
	 * @param batch takes as many as fit
	 * @param readNanos takes when each was read
	 * @param max the most events to take
	 * @return the number of events, possibly 0
	 */
	int drainTo(@Nullable Object[] batch, long[] readNanos, int max) {
		this.lock.lock();
		try {
			int count = Math.min(this.size, Math.min(max, batch.length));
			int mask = this.events.length - 1;
			for (int i = 0; i < count; i++) {
				int slot = (this.head + i) & mask;
				batch[i] = this.events[slot];
				readNanos[i] = this.readNanos[slot];
				this.events[slot] = null;
			}
			this.head = (this.head + count) & mask;
			this.size = this.size - count;
			return count;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ensureRoom(int needed) {
		if (needed <= this.events.length) {
			return;
		}
		int length = Integer.highestOneBit(needed - 1) << 1;
		@Nullable Object[] grownEvents = new Object[length];
		long[] grownNanos = new long[length];
		for (int i = 0; i < this.size; i++) {
			int slot = (this.head + i) & (this.events.length - 1);
			grownEvents[i] = this.events[slot];
			grownNanos[i] = this.readNanos[slot];
		}
		this.events = grownEvents;
		this.readNanos = grownNanos;
		this.head = 0;
	}

	/**
	 * Take all events out.
	 * @param given takes each
	 */
	void clear(Consumer<Object> given) {
		this.lock.lock();
		try {
			for (int i = 0; i < this.size; i++) {
				given.accept(Objects.requireNonNull(this.events[(this.head + i) & (this.events.length - 1)]));
			}
			Arrays.fill(this.events, null);
			this.size = 0;
		}
		finally {
			this.lock.unlock();
		}
	}

	int size() {
		return this.size;
	}

}
