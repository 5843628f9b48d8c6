package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Accepts a connection.
 *
 * @author linuxfd
 */
final class AcceptOperation extends Operation<AioSocket> {

	private final AioSocket listening;

	<A> AcceptOperation(AioSocket listening, @Nullable A attachment,
			CompletionHandler<? super AioSocket, ? super A> handler) {
		super(listening, OperationKind.ACCEPT, attachment, handler);
		this.listening = listening;
	}

	@Override
	void pin(NativeBuffers buffers) {
		// the kernel sees nothing of ours
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.accept(this.number, this.listening.acceptFlags());
	}

	@Override
	long perform(Syscalls syscalls) {
		return syscalls.accept4(this.number, 0, 0, this.listening.acceptFlags());
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		// nothing is pinned
	}

	@Override
	AioSocket value(long result) {
		return this.listening.accepted((int) result);
	}

}
