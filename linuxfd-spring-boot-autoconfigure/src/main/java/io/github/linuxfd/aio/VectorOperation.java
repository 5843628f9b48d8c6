package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
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

	/** No more of the heap is copied at once: nobody can be promised all of it. */
	private static final int MOST_COPIED = 1 << 26;

	/** Those that have room or bytes. */
	private final ByteBuffer[] buffers;

	/** Of each, as they were when this was started. */
	private final int[] positions;

	private final int[] lengths;

	private final int count;

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
		int most = Math.min(buffers.length, MOST);
		this.buffers = new ByteBuffer[most];
		this.positions = new int[most];
		this.lengths = new int[most];
		this.offset = offset;
		this.total = total;
		int used = 0;
		int left = MOST_COPIED;
		long bytes = 0;
		for (ByteBuffer buffer : buffers) {
			if (kind.waitsForInput() && buffer.isReadOnly()) {
				throw new IllegalArgumentException("Nothing can be read into a read-only buffer");
			}
			if (used < most && left > 0 && buffer.hasRemaining()) {
				int taken = buffer.isDirect() ? buffer.remaining() : Math.min(buffer.remaining(), left);
				left -= buffer.isDirect() ? 0 : taken;
				this.buffers[used] = buffer;
				this.positions[used] = buffer.position();
				this.lengths[used++] = taken;
				bytes += taken;
			}
		}
		this.count = used;
		this.length = bytes;
	}

	@Override
	void pin(NativeBuffers pool) {
		int alignment = this.handle.alignment();
		int heapBytes = 0;
		for (int i = 0; i < this.count; i++) {
			heapBytes += this.buffers[i].isDirect() ? 0 : this.lengths[i] + alignment - 1;
		}
		int copyAt = VECTORS_AT + this.count * Iovec.BYTES;
		NativeMemory made = pool.take(copyAt + heapBytes);
		this.memory = made;
		int at = VECTORS_AT;
		for (int i = 0; i < this.count; i++) {
			ByteBuffer buffer = this.buffers[i];
			long address;
			if (buffer.isDirect()) {
				address = NativeMemory.address(buffer) + this.positions[i];
			}
			else {
				copyAt = copyAt(made, copyAt);
				address = made.address() + copyAt;
				if (!this.kind.waitsForInput()) {
					made.bytes().put(copyAt, buffer, this.positions[i], this.lengths[i]);
				}
				copyAt += this.lengths[i];
			}
			made.bytes().putLong(at + Iovec.BASE, address).putLong(at + Iovec.LEN, this.lengths[i]);
			at += Iovec.BYTES;
		}
		this.vectors = made.address() + VECTORS_AT;
		made.bytes()
			.putLong(Msghdr.NAME, 0)
			.putInt(Msghdr.NAMELEN, 0)
			.putLong(Msghdr.IOV, this.vectors)
			.putLong(Msghdr.IOVLEN, this.count)
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
			entry.readv(this.number, this.vectors, this.count, this.offset);
		}
		else {
			entry.writev(this.number, this.vectors, this.count, this.offset);
		}
	}

	@Override
	boolean prepare(IoControlBlock block) {
		if (this.length == 0) {
			return false;
		}
		if (this.kind == OperationKind.READV) {
			block.preadv(this.number, this.vectors, this.count, this.offset);
		}
		else {
			block.pwritev(this.number, this.vectors, this.count, this.offset);
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
		return (this.kind == OperationKind.READV) ? syscalls.preadv(this.number, this.vectors, this.count, this.offset)
				: syscalls.pwritev(this.number, this.vectors, this.count, this.offset);
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
			int copyAt = VECTORS_AT + this.count * Iovec.BYTES;
			for (int i = 0; left > 0; i++) {
				ByteBuffer buffer = this.buffers[i];
				int moved = (int) Math.min(left, this.lengths[i]);
				if (!buffer.isDirect()) {
					copyAt = copyAt(present, copyAt);
					if (this.kind.waitsForInput()) {
						buffer.put(this.positions[i], present.bytes(), copyAt, moved);
					}
					copyAt += this.lengths[i];
				}
				buffer.position(this.positions[i] + moved);
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
