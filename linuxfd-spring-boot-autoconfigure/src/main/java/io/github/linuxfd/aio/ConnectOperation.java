package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Connects a socket.
 *
 * @author linuxfd
 */
final class ConnectOperation extends Operation<@Nullable Void> {

	private final InetSocketAddress remote;

	private final int family;

	private @Nullable NativeMemory memory;

	private long address;

	private int addressBytes;

	private boolean inProgress;

	<A> ConnectOperation(AioSocket socket, InetSocketAddress remote, @Nullable A attachment,
			CompletionHandler<? super @Nullable Void, ? super A> handler) {
		super(socket, OperationKind.CONNECT, attachment, handler);
		this.remote = remote;
		this.family = socket.family();
	}

	@Override
	void pin(NativeBuffers buffers) {
		NativeMemory made = buffers.take(SocketAddresses.MAX_BYTES);
		this.memory = made;
		this.address = made.address();
		this.addressBytes = SocketAddresses.put(this.remote, this.family, made.bytes(), 0);
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.connect(this.number, this.address, this.addressBytes);
	}

	/** The second time it says what came of it. */
	@Override
	long perform(Syscalls syscalls) {
		int result = syscalls.connect(this.number, this.address, this.addressBytes);
		if (Errno.EINPROGRESS.is(result) || Errno.EINTR.is(result) || this.inProgress && Errno.EALREADY.is(result)) {
			this.inProgress = true;
			return -Errno.EAGAIN.number();
		}
		return (this.inProgress && Errno.EISCONN.is(result)) ? 0 : result;
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		if (this.memory != null) {
			buffers.giveBack(this.memory);
			this.memory = null;
		}
	}

	@Override
	@SuppressWarnings("NullAway") // the only value of Void
	@Nullable Void value(long result) {
		return null;
	}

	@Override
	String detail() {
		return this.handle + ", " + this.remote;
	}

}
