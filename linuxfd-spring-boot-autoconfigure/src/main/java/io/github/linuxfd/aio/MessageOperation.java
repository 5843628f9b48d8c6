package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Layouts.Iovec;
import io.github.linuxfd.ffi.Layouts.Msghdr;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Sends or receives a datagram, with the address of the other side.
 *
 * @param <R> what the user gets of it
 * @author linuxfd
 */
final class MessageOperation<R> extends Operation<R> {

	private static final int MSG_TRUNC = 0x20;

	private static final int MSG_DONTWAIT = 0x40;

	private static final int IOVEC_AT = Msghdr.BYTES;

	private static final int NAME_AT = IOVEC_AT + Iovec.BYTES;

	private static final int BYTES_AT = NAME_AT + 32;

	/** No datagram is longer. */
	private static final int MOST_BYTES = 1 << 20;

	private final ByteBuffer buffer;

	/** As it was when this was started. */
	private final int position;

	private final int length;

	/** Whom to send to, or {@code null} to be told who has sent. */
	private final @Nullable InetSocketAddress target;

	private final Function<AioDatagram, R> message;

	/** The header, the vector and the address, and behind them the bytes of the heap. */
	private @Nullable NativeMemory memory;

	private long header;

	private @Nullable InetSocketAddress sender;

	private boolean truncated;

	<A> MessageOperation(AioSocket socket, ByteBuffer buffer, @Nullable InetSocketAddress target,
			Function<AioDatagram, R> message, @Nullable A attachment, CompletionHandler<? super R, ? super A> handler) {
		super(socket, (target != null) ? OperationKind.SENDMSG : OperationKind.RECVMSG, attachment, handler);
		if (target == null && buffer.isReadOnly()) {
			throw new IllegalArgumentException("Nothing can be received into a read-only buffer");
		}
		this.buffer = buffer;
		this.position = buffer.position();
		this.length = Math.min(buffer.remaining(), MOST_BYTES);
		this.target = target;
		this.message = message;
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		if (this.target != null) {
			entry.sendmsg(this.number, this.header, ByteOperation.MSG_NOSIGNAL);
		}
		else {
			entry.recvmsg(this.number, this.header, 0);
		}
	}

	@Override
	long perform(Syscalls syscalls) {
		return (this.target != null)
				? syscalls.sendmsg(this.number, this.header, MSG_DONTWAIT | ByteOperation.MSG_NOSIGNAL)
				: syscalls.recvmsg(this.number, this.header, MSG_DONTWAIT);
	}

	@Override
	void pin(NativeBuffers buffers) {
		boolean direct = this.buffer.isDirect();
		NativeMemory made = buffers.take(BYTES_AT + (direct ? 0 : this.length));
		this.memory = made;
		ByteBuffer bytes = made.bytes();
		int nameBytes = SocketAddresses.MAX_BYTES;
		if (this.target != null) {
			nameBytes = SocketAddresses.put(this.target, ((AioSocket) this.handle).family(), bytes, NAME_AT);
			if (!direct) {
				bytes.put(BYTES_AT, this.buffer, this.position, this.length);
			}
		}
		long address = direct ? NativeMemory.address(this.buffer) + this.position : made.address() + BYTES_AT;
		bytes.putLong(IOVEC_AT + Iovec.BASE, address)
			.putLong(IOVEC_AT + Iovec.LEN, this.length)
			.putLong(Msghdr.NAME, made.address() + NAME_AT)
			.putInt(Msghdr.NAMELEN, nameBytes)
			.putLong(Msghdr.IOV, made.address() + IOVEC_AT)
			.putLong(Msghdr.IOVLEN, 1)
			.putLong(Msghdr.CONTROL, 0)
			.putLong(Msghdr.CONTROLLEN, 0)
			.putInt(Msghdr.FLAGS, 0);
		this.header = made.address();
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		NativeMemory present = this.memory;
		if (present == null) {
			return;
		}
		this.memory = null;
		try {
			if (result >= 0 && this.target == null) {
				if (present.bytes().getInt(Msghdr.NAMELEN) > 0) { // otherwise of an older
																	// one
					this.sender = SocketAddresses.get(present.bytes(), NAME_AT);
				}
				this.truncated = (present.bytes().getInt(Msghdr.FLAGS) & MSG_TRUNC) != 0;
				if (!this.buffer.isDirect()) {
					this.buffer.put(this.position, present.bytes(), BYTES_AT, (int) result);
				}
			}
		}
		finally {
			buffers.giveBack(present);
		}
	}

	@Override
	R value(long result) {
		this.buffer.position(this.position + (int) result);
		InetSocketAddress other = (this.target != null) ? this.target : this.sender;
		if (other == null) {
			throw new IllegalStateException("A datagram without a sender");
		}
		return this.message.apply(new AioDatagram((int) result, other, this.truncated));
	}

	@Override
	String detail() {
		return (this.target != null) ? this.handle + ", " + this.target : super.detail();
	}

}
