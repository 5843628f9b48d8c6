package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.SubmissionQueueEntry;

/**
 * Reads or writes the bytes of one buffer.
 *
 * @author linuxfd
 */
final class ByteOperation extends Operation<Integer> {

	/** Otherwise the peer's end would be a signal as well. */
	static final int MSG_NOSIGNAL = 0x4000;

	/**
	 * The kernel moves no more at once, MAX_RW_COUNT; together with an alignment it is
	 * still an int.
	 */
	static final int MOST_BYTES = 0x7ffff000;

	/**
	 * What a socket does not take or give at once: to copy more of the heap, again and
	 * again, would be for nothing.
	 */
	private static final int MOST_COPIED = 1 << 20;

	private static final int MSG_DONTWAIT = 0x40;

	private final ByteBuffer buffer;

	/**
	 * As it was when this was started: whatever the user does with it meanwhile, the
	 * kernel stays within the buffer.
	 */
	private final int position;

	private final int length;

	private final long offset;

	private long address;

	/** Stands for a buffer of the heap. */
	private @Nullable NativeMemory copy;

	<A> ByteOperation(AioHandle handle, OperationKind kind, ByteBuffer buffer, long offset, @Nullable A attachment,
			CompletionHandler<? super Integer, ? super A> handler) {
		super(handle, kind, attachment, handler);
		if (kind.waitsForInput() && buffer.isReadOnly()) {
			throw new IllegalArgumentException("Nothing can be read into a read-only buffer");
		}
		this.buffer = buffer;
		this.position = buffer.position();
		boolean copied = !buffer.isDirect() && handle instanceof AioSocket;
		this.length = Math.min(buffer.remaining(), copied ? MOST_COPIED : MOST_BYTES);
		this.offset = offset;
	}

	@Override
	void pin(NativeBuffers buffers) {
		if (this.buffer.isDirect()) {
			this.address = NativeMemory.address(this.buffer) + this.position;
			return;
		}
		int alignment = this.handle.alignment();
		NativeMemory memory = buffers.take(this.length + alignment - 1);
		this.copy = memory;
		this.address = NativeBuffers.align(memory.address(), alignment);
		if (!this.kind.waitsForInput()) {
			memory.bytes().put(copyAt(memory), this.buffer, this.position, this.length);
		}
	}

	private int copyAt(NativeMemory memory) {
		return (int) (this.address - memory.address());
	}

	@Override
	void prepare(SubmissionQueueEntry entry) {
		if (this.length == 0) {
			entry.nop(); // recv(2) of nothing would wait for something
			return;
		}
		switch (this.kind) {
			case READ -> entry.read(this.number, this.address, this.length, this.offset);
			case WRITE -> entry.write(this.number, this.address, this.length, this.offset);
			case RECV -> entry.recv(this.number, this.address, this.length, 0);
			default -> entry.send(this.number, this.address, this.length, MSG_NOSIGNAL);
		}
	}

	@Override
	boolean prepare(IoControlBlock block) {
		if (this.length == 0) {
			return false;
		}
		if (this.kind == OperationKind.READ) {
			block.pread(this.number, this.address, this.length, this.offset);
		}
		else {
			block.pwrite(this.number, this.address, this.length, this.offset);
		}
		return true;
	}

	@Override
	long perform(Syscalls syscalls) {
		if (this.length == 0) {
			return 0;
		}
		return switch (this.kind) {
			case READ -> syscalls.pread(this.number, this.address, this.length, this.offset);
			case WRITE -> syscalls.pwrite(this.number, this.address, this.length, this.offset);
			case RECV -> syscalls.recv(this.number, this.address, this.length, MSG_DONTWAIT);
			default -> syscalls.send(this.number, this.address, this.length, MSG_DONTWAIT | MSG_NOSIGNAL);
		};
	}

	@Override
	void finish(long result, NativeBuffers buffers) {
		NativeMemory memory = this.copy;
		if (memory != null) {
			this.copy = null;
			try {
				if (result > 0 && this.kind.waitsForInput()) {
					this.buffer.put(this.position, memory.bytes(), copyAt(memory), (int) result);
				}
			}
			finally {
				buffers.giveBack(memory);
			}
		}
	}

	@Override
	Integer value(long result) {
		if (result == 0 && this.length > 0 && this.kind.waitsForInput() && !isDatagram()) {
			return -1;
		}
		this.buffer.position(this.position + (int) result);
		return (int) result;
	}

	/** Which may be empty. */
	private boolean isDatagram() {
		return this.handle instanceof AioSocket socket && socket.isDatagram();
	}

	@Override
	String detail() {
		String file = (this.handle instanceof AioFile) ? " at " + this.offset : "";
		return this.handle + ", " + this.length + " bytes" + file;
	}

}
