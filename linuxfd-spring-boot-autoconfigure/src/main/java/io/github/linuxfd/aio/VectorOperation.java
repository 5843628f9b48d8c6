package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Arrays;
import java.util.function.LongFunction;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Layouts.Iovec;
import io.github.linuxfd.ffi.Layouts.Msghdr;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Reads or writes the bytes of several buffers, one after the other: scatter and gather.
 *
 * @param <R> the type of a number of bytes
 * @author linuxfd
 */
final class VectorOperation<R> extends Operation<R> {

	/** IOV_MAX: the kernel takes no more at once. */
	private static final int MOST = 1024;

	private static final int MSG_DONTWAIT = 0x40;

	/**
	 * Behind what a socket wants to be told, which has no call with vectors and flags.
	 */
	private static final int VECTORS_AT = Msghdr.BYTES;

	private final ByteBuffer[] buffers;

	private final long offset;

	/** Makes an Integer or a Long of it. */
	private final LongFunction<R> total;

	private final long length;

	/** The vectors, and behind them the bytes of the buffers of the heap. */
	private @Nullable NativeMemory memory;

	private long vectors;

	<A> VectorOperation(AioHandle handle, OperationKind kind, ByteBuffer[] buffers, long offset, LongFunction<R> total,
			@Nullable A attachment, CompletionHandler<? super R, ? super A> handler) {
		super(handle, kind, attachment, handler);
		this.buffers = Arrays.copyOf(buffers, Math.min(buffers.length, MOST));
		this.offset = offset;
		this.total = total;
		long bytes = 0;
		for (ByteBuffer buffer : this.buffers) {
			if (kind.waitsForInput() && buffer.isReadOnly()) {
				throw new IllegalArgumentException("Nothing can be read into a read-only buffer");
			}
			bytes += buffer.remaining();
		}
		this.length = bytes;
	}

	@Override
	void pin(NativeBuffers pool) {
		int alignment = this.handle.alignment();
		int heapBytes = 0;
		for (ByteBuffer buffer : this.buffers) {
			heapBytes += buffer.isDirect() ? 0 : buffer.remaining() + alignment - 1;
		}
		int copyAt = VECTORS_AT + this.buffers.length * Iovec.BYTES;
		NativeMemory made = pool.take(copyAt + heapBytes);
		this.memory = made;
		int at = VECTORS_AT;
		for (ByteBuffer buffer : this.buffers) {
			long address;
			if (buffer.isDirect()) {
				address = NativeMemory.address(buffer) + buffer.position();
			}
			else {
				copyAt = copyAt(made, copyAt);
				address = made.address() + copyAt;
				if (!this.kind.waitsForInput()) {
					made.bytes().put(copyAt, buffer, buffer.position(), buffer.remaining());
				}
				copyAt += buffer.remaining();
			}
			made.bytes().putLong(at + Iovec.BASE, address).putLong(at + Iovec.LEN, buffer.remaining());
			at += Iovec.BYTES;
		}
		this.vectors = made.address() + VECTORS_AT;
		made.bytes()
			.putLong(Msghdr.NAME, 0)
			.putInt(Msghdr.NAMELEN, 0)
			.putLong(Msghdr.IOV, this.vectors)
			.putLong(Msghdr.IOVLEN, this.buffers.length)
			.putLong(Msghdr.CONTROL, 0)
			.putLong(Msghdr.CONTROLLEN, 0);
	}

	private long message() {
		return this.vectors - VECTORS_AT;
	}

	/** Where the next copy is. */
	private int copyAt(NativeMemory present, int at) {
		return (int) (NativeBuffers.align(present.address() + at, this.handle.alignment()) - present.address());
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		if (this.length == 0) {
			entry.nop();
		}
		else if (this.kind == OperationKind.READV) {
			entry.readv(this.number, this.vectors, this.buffers.length, this.offset);
		}
		else {
			entry.writev(this.number, this.vectors, this.buffers.length, this.offset);
		}
	}

	@Override
	boolean prepare(IoControlBlock block) {
		if (this.length == 0) {
			return false;
		}
		if (this.kind == OperationKind.READV) {
			block.preadv(this.number, this.vectors, this.buffers.length, this.offset);
		}
		else {
			block.pwritev(this.number, this.vectors, this.buffers.length, this.offset);
		}
		return true;
	}

	@Override
	long perform(Syscalls syscalls) {
		if (this.length == 0) {
			return 0;
		}
		if (this.handle instanceof AioSocket) {
			return (this.kind == OperationKind.READV) ? syscalls.recvmsg(this.number, message(), MSG_DONTWAIT)
					: syscalls.sendmsg(this.number, message(), MSG_DONTWAIT | ByteOperation.MSG_NOSIGNAL);
		}
		return (this.kind == OperationKind.READV)
				? syscalls.preadv(this.number, this.vectors, this.buffers.length, this.offset)
				: syscalls.pwritev(this.number, this.vectors, this.buffers.length, this.offset);
	}

	@Override
	void finish(long result, NativeBuffers pool) {
		NativeMemory present = this.memory;
		if (present == null) {
			return;
		}
		this.memory = null;
		try {
			long left = Math.max(0, result);
			int copyAt = VECTORS_AT + this.buffers.length * Iovec.BYTES;
			for (ByteBuffer buffer : this.buffers) {
				int room = buffer.remaining();
				int moved = (int) Math.min(left, room);
				if (!buffer.isDirect()) {
					copyAt = copyAt(present, copyAt);
					if (this.kind.waitsForInput()) {
						buffer.put(buffer.position(), present.bytes(), copyAt, moved);
					}
					copyAt += room;
				}
				buffer.position(buffer.position() + moved);
				left -= moved;
			}
		}
		finally {
			pool.giveBack(present);
		}
	}

	@Override
	R value(long result) {
		boolean ended = result == 0 && this.length > 0 && this.kind.waitsForInput();
		return this.total.apply(ended ? -1 : result);
	}

}
