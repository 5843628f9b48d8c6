package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Has a file written to its device.
 *
 * @author linuxfd
 */
final class SyncOperation extends Operation<@Nullable Void> {

	private final boolean dataOnly;

	<A> SyncOperation(AioFile file, boolean dataOnly, @Nullable A attachment,
			CompletionHandler<? super @Nullable Void, ? super A> handler) {
		super(file, OperationKind.FSYNC, attachment, handler);
		this.dataOnly = dataOnly;
	}

	@Override
	void pin(NativeBuffers buffers) {
		// the kernel sees nothing of ours
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.fsync(this.number, this.dataOnly);
	}

	@Override
	boolean prepare(IoControlBlock block) {
		block.fsync(this.number, this.dataOnly);
		return true;
	}

	@Override
	long perform(Syscalls syscalls) {
		return this.dataOnly ? syscalls.fdatasync(this.number) : syscalls.fsync(this.number);
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		// nothing is pinned
	}

	@Override
	@SuppressWarnings("NullAway") // the only value of Void
	@Nullable Void value(long result) {
		return null;
	}

}
