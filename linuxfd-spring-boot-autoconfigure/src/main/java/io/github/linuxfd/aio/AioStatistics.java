package io.github.linuxfd.aio;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What an engine has done since it was opened. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioStatistics {

	private static final int OUTCOMES = AioOutcome.values().length;

	private static final int KINDS = OperationKind.values().length;

	private final AtomicLongArray started = new AtomicLongArray(KINDS);

	private final AtomicLongArray completed = new AtomicLongArray(KINDS * OUTCOMES);

	private final AtomicLongArray nanos = new AtomicLongArray(KINDS);

	AioStatistics() {
	}

	void start(OperationKind kind) {
		this.started.getAndIncrement(kind.ordinal());
	}

	void end(OperationKind kind, AioOutcome outcome, long tookNanos) {
		this.completed.getAndIncrement(kind.ordinal() * OUTCOMES + outcome.ordinal());
		this.nanos.getAndAdd(kind.ordinal(), tookNanos);
	}

	/**
	 * Return how many operations were handed to the kernel.
	 * @param kind the kind of operation
	 * @return the number of operations
	 */
	public long started(OperationKind kind) {
		return this.started.get(kind.ordinal());
	}

	/**
	 * Return how many operations have ended that way.
	 * @param kind the kind of operation
	 * @param outcome how they have ended
	 * @return the number of operations
	 */
	public long completed(OperationKind kind, AioOutcome outcome) {
		return this.completed.get(kind.ordinal() * OUTCOMES + outcome.ordinal());
	}

	/**
	 * Return how many operations have ended.
	 * @param kind the kind of operation
	 * @return the number of operations
	 */
	public long completed(OperationKind kind) {
		long count = 0;
		for (AioOutcome outcome : AioOutcome.values()) {
			count += completed(kind, outcome);
		}
		return count;
	}

	/**
	 * Return how long the ended operations took together, from their start to before
	 * their handler was called.
	 * @param kind the kind of operation
	 * @return the sum in nanoseconds
	 */
	public long nanos(OperationKind kind) {
		return this.nanos.get(kind.ordinal());
	}

	/**
	 * Return how many operations have started and not ended.
	 * @return the number of operations
	 */
	public long inFlight() {
		long count = 0;
		for (OperationKind kind : OperationKind.values()) {
			// in this order, so that none ends in between and makes it negative
			long ended = completed(kind);
			count += started(kind) - ended;
		}
		return count;
	}

}
