package io.github.linuxfd.uring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.github.linuxfd.ffi.Layouts.IoSqringOffsets;
import io.github.linuxfd.ffi.Layouts.IoUringSqe;

/**
 * What the kernel is to do. Entries are written one after the other, and are given to the
 * kernel by {@link IoUring#submit()}. Only the ring's thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SubmissionQueue {

	static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

	/** IORING_SQ_CQ_OVERFLOW. */
	private static final int CQ_OVERFLOW = 1 << 1;

	private final ByteBuffer ring;

	private final int headAt;

	private final int tailAt;

	private final int flagsAt;

	private final int size;

	private final SubmissionQueueEntry entry;

	/** The kernel's, as it was when there was no room the last time. */
	private int head;

	/** What is written; the kernel is told later. */
	private int tail;

	/** The memory is not ours any more. */
	private boolean closed;

	SubmissionQueue(ByteBuffer ring, ByteBuffer offsets, ByteBuffer entries) {
		this.ring = ring;
		this.headAt = offsets.getInt(IoSqringOffsets.HEAD);
		this.tailAt = offsets.getInt(IoSqringOffsets.TAIL);
		this.flagsAt = offsets.getInt(IoSqringOffsets.FLAGS);
		this.size = ring.getInt(offsets.getInt(IoSqringOffsets.RING_ENTRIES));
		this.entry = new SubmissionQueueEntry(entries);
		int array = offsets.getInt(IoSqringOffsets.ARRAY);
		for (int i = 0; i < this.size; i++) {
			ring.putInt(array + i * Integer.BYTES, i); // never changes: entries are used
														// in order
		}
	}

	/**
	 * Return how many entries the queue has.
	 * @return the size, a power of two
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Return how many more entries can be written before the next submission.
	 * @return the number of free entries
	 */
	public int free() {
		checkOpen();
		int free = this.size - (this.tail - this.head);
		if (free == 0) {
			this.head = (int) INT.getAcquire(this.ring, this.headAt);
			free = this.size - (this.tail - this.head);
		}
		return free;
	}

	/**
	 * Whether the kernel has taken all entries, and with them whatever they point to that
	 * is only needed until then.
	 * @return {@code true} if nothing is left to be submitted
	 */
	public boolean isEmpty() {
		checkOpen();
		this.head = (int) INT.getAcquire(this.ring, this.headAt);
		return this.tail == this.head;
	}

	/**
	 * Start the next entry.
	 * @return the entry, empty, to be filled before the next call of this queue; always
	 * the same object
	 * @throws IllegalStateException if the queue is full
	 */
	public SubmissionQueueEntry next() {
		if (free() == 0) {
			throw new IllegalStateException("The submission queue of " + this.size + " entries is full; submit first");
		}
		this.entry.start((this.tail & (this.size - 1)) * IoUringSqe.BYTES);
		this.tail++;
		return this.entry;
	}

	/** Shows the kernel what is written, and returns how much it has not taken yet. */
	int publish() {
		checkOpen();
		INT.setRelease(this.ring, this.tailAt, this.tail);
		this.head = (int) INT.getAcquire(this.ring, this.headAt);
		return this.tail - this.head;
	}

	/** Whether the kernel keeps completions that did not fit into their queue. */
	boolean hasOverflow() {
		checkOpen();
		return ((int) INT.getOpaque(this.ring, this.flagsAt) & CQ_OVERFLOW) != 0;
	}

	void close() {
		this.closed = true;
	}

	private void checkOpen() {
		if (this.closed) {
			throw new IllegalStateException("The ring is closed");
		}
	}

}
