package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
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

	private static final int SOL_SOCKET = 1;

	private static final int SO_ERROR = 4;

	private static final int VALUE_AT = 32;

	private static final int LENGTH_AT = 36;

	private static final int PINNED_BYTES = 40;

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
		NativeMemory made = buffers.take(PINNED_BYTES);
		this.memory = made;
		this.address = made.address();
		this.addressBytes = SocketAddresses.put(this.remote, this.family, made.bytes(), 0);
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		entry.connect(this.number, this.address, this.addressBytes);
	}

	/** The second time the socket is writable, and knows what came of it. */
	@Override
	long perform(Syscalls syscalls) {
		if (!this.inProgress) {
			int result = syscalls.connect(this.number, this.address, this.addressBytes);
			this.inProgress = Errno.EINPROGRESS.is(result) || Errno.EINTR.is(result);
			return this.inProgress ? -Errno.EAGAIN.number() : result;
		}
		ByteBuffer bytes = NativeMemory.view(this.address, PINNED_BYTES);
		bytes.putInt(VALUE_AT, 0).putInt(LENGTH_AT, Integer.BYTES);
		int result = syscalls.getsockopt(this.number, SOL_SOCKET, SO_ERROR, this.address + VALUE_AT,
				this.address + LENGTH_AT);
		return (result < 0) ? result : -bytes.getInt(VALUE_AT);
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
