package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Accepts a connection.
 *
 * @param <R> what a connection becomes
 * @author linuxfd
 */
final class AcceptOperation<R> extends Operation<R> {

	private static final int LENGTH_AT = 32;

	private static final int PINNED_BYTES = LENGTH_AT + Integer.BYTES;

	private final AioSocket listening;

	/** Makes it of the socket and of the other side's address. */
	private final BiFunction<AioSocket, InetSocketAddress, R> connection;

	/** The address and its length. */
	private @Nullable NativeMemory memory;

	private @Nullable InetSocketAddress remote;

	<A> AcceptOperation(AioSocket listening, BiFunction<AioSocket, InetSocketAddress, R> connection,
			@Nullable A attachment, CompletionHandler<? super R, ? super A> handler) {
		super(listening, OperationKind.ACCEPT, attachment, handler);
		this.listening = listening;
		this.connection = connection;
	}

	@Override
	void pin(NativeBuffers buffers) {
		NativeMemory made = buffers.take(PINNED_BYTES);
		made.bytes().putInt(LENGTH_AT, SocketAddresses.MAX_BYTES);
		this.memory = made;
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		long address = address();
		entry.accept(this.number, address, address + LENGTH_AT, this.listening.acceptFlags());
	}

	@Override
	long perform(Syscalls syscalls) {
		long address = address();
		return syscalls.accept4(this.number, address, address + LENGTH_AT, this.listening.acceptFlags());
	}

	private long address() {
		NativeMemory present = this.memory;
		if (present == null) {
			throw new IllegalStateException("Nothing is pinned");
		}
		return present.address();
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		NativeMemory present = this.memory;
		if (present != null) {
			this.memory = null;
			try {
				if (result >= 0) {
					this.remote = SocketAddresses.get(present.bytes(), 0);
				}
			}
			finally {
				buffers.giveBack(present);
			}
		}
	}

	@Override
	R value(long result) {
		InetSocketAddress other = this.remote;
		if (other == null) {
			throw new IllegalStateException("A connection without an address");
		}
		return this.connection.apply(this.listening.accepted((int) result), other);
	}

}
