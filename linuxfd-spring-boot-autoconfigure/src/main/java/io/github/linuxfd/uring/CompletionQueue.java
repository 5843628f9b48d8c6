package io.github.linuxfd.uring;

import java.nio.ByteBuffer;

import io.github.linuxfd.ffi.Layouts.IoCqringOffsets;
import io.github.linuxfd.ffi.Layouts.IoUringCqe;

/**
 * What the kernel has done. Only the ring's thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class CompletionQueue {

	private final ByteBuffer ring;

	private final int headAt;

	private final int tailAt;

	private final int entriesAt;

	private final int size;

	private int head;

	/** The memory is not ours any more. */
	private boolean closed;

	CompletionQueue(ByteBuffer ring, ByteBuffer offsets) {
		this.ring = ring;
		this.headAt = offsets.getInt(IoCqringOffsets.HEAD);
		this.tailAt = offsets.getInt(IoCqringOffsets.TAIL);
		this.entriesAt = offsets.getInt(IoCqringOffsets.CQES);
		this.size = ring.getInt(offsets.getInt(IoCqringOffsets.RING_ENTRIES));
	}

	/**
	 * Return how many completions the queue has room for.
	 * @return the size, a power of two
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Return how many completions have come and were not taken.
	 * @return the number of completions
	 */
	public int ready() {
		checkOpen();
		return (int) SubmissionQueue.INT.getAcquire(this.ring, this.tailAt) - this.head;
	}

	/**
	 * Take the completions that are there now. Each is given back to the kernel before it
	 * is handed over, so nothing is seen twice if the receiver throws.
	 * @param receiver takes them
	 * @return how many there were
	 */
	public int forEach(Completion receiver) {
		checkOpen();
		int tail = (int) SubmissionQueue.INT.getAcquire(this.ring, this.tailAt);
		int count = tail - this.head;
		while (this.head != tail && !this.closed) {
			int at = this.entriesAt + (this.head & (this.size - 1)) * IoUringCqe.BYTES;
			long userData = this.ring.getLong(at + IoUringCqe.USER_DATA);
			int result = this.ring.getInt(at + IoUringCqe.RES);
			int flags = this.ring.getInt(at + IoUringCqe.FLAGS);
			this.head++;
			SubmissionQueue.INT.setRelease(this.ring, this.headAt, this.head);
			receiver.completed(userData, result, flags);
		}
		return count;
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
