package io.github.linuxfd.uring;

import java.nio.ByteBuffer;
import java.util.Objects;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.IoUringBuf;
import io.github.linuxfd.ffi.Layouts.IoUringBufReg;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A group of equal buffers that the kernel takes from when it has something for them, so
 * that a thousand waiting connections need no thousand buffers. Only the ring's thread
 * may call. Linux 5.19.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man3/io_uring_register_buf_ring.3.html">io_uring_register_buf_ring.3</a>
 */
public final class ProvidedBuffers implements AutoCloseable {

	private static final int IORING_REGISTER_PBUF_RING = 22;

	private static final int IORING_UNREGISTER_PBUF_RING = 23;

	private static final int PROT_READ_WRITE = 3;

	private final Syscalls syscalls;

	private final IoUring ring;

	private final int group;

	private final int count;

	private final int bufferBytes;

	/** The ring of buffers, on a page's start, and behind it the buffers. */
	private final long address;

	private final int mappedBytes;

	private final ByteBuffer memory;

	private short tail;

	private boolean closed;

	ProvidedBuffers(Syscalls syscalls, IoUring ring, int group, int count, int bufferBytes) {
		if (Integer.bitCount(count) != 1 || count > 1 << 15) {
			throw new IllegalArgumentException("A group has a power of two of buffers, up to 32768, and not " + count);
		}
		this.syscalls = syscalls;
		this.ring = ring;
		this.group = group;
		this.count = count;
		this.bufferBytes = bufferBytes;
		this.mappedBytes = Math.addExact(count * IoUringBuf.BYTES, Math.multiplyExact(count, bufferBytes));
		long mapped = syscalls.mmapAnonymous(this.mappedBytes, PROT_READ_WRITE);
		SyscallException.check("mmap", (mapped < 0) ? mapped : 0, this.mappedBytes + " bytes for provided buffers");
		this.address = mapped;
		this.memory = NativeMemory.view(mapped, this.mappedBytes);
		boolean registered = false;
		try {
			register(IORING_REGISTER_PBUF_RING);
			registered = true;
		}
		finally {
			if (!registered) {
				syscalls.munmap(this.address, this.mappedBytes);
			}
		}
		for (int buffer = 0; buffer < count; buffer++) {
			add(buffer);
		}
		publish();
	}

	private void register(int operation) {
		try (NativeMemory argument = NativeMemory.allocate(IoUringBufReg.BYTES)) {
			argument.bytes()
				.putLong(IoUringBufReg.RING_ADDR, this.address)
				.putInt(IoUringBufReg.RING_ENTRIES, this.count)
				.putShort(IoUringBufReg.BGID, (short) this.group);
			this.ring.register(operation, argument.address(), 1, "provided buffers, group " + this.group);
		}
	}

	/**
	 * Return the group's id.
	 * @return what {@link SubmissionQueueEntry#selectBuffer} takes
	 */
	public int group() {
		return this.group;
	}

	/**
	 * Return the bytes of a buffer that the kernel has filled.
	 * @param buffer the buffer's id
	 * @param length how many bytes are in it
	 * @return a view of them, valid until the buffer is given back
	 * @throws IndexOutOfBoundsException if there is no such buffer, or it has less bytes
	 * @throws IllegalStateException if this is closed
	 */
	public ByteBuffer bytes(int buffer, int length) {
		check(buffer);
		Objects.checkFromIndexSize(0, length, this.bufferBytes);
		return this.memory.slice(offset(buffer), length);
	}

	/**
	 * Give a buffer back to the kernel.
	 * @param buffer the buffer's id
	 * @throws IndexOutOfBoundsException if there is no such buffer
	 * @throws IllegalStateException if this is closed
	 */
	public void giveBack(int buffer) {
		check(buffer);
		add(buffer);
		publish();
	}

	/**
	 * The kernel would write wherever it is told to, and closed memory is somebody
	 * else's.
	 */
	private void check(int buffer) {
		if (this.closed) {
			throw new IllegalStateException("The buffers of group " + this.group + " are closed");
		}
		Objects.checkIndex(buffer, this.count);
	}

	private void add(int buffer) {
		int at = (this.tail & (this.count - 1)) * IoUringBuf.BYTES;
		this.memory.putLong(at + IoUringBuf.ADDR, this.address + offset(buffer))
			.putInt(at + IoUringBuf.LEN, this.bufferBytes)
			.putShort(at + IoUringBuf.BID, (short) buffer);
		this.tail++;
	}

	/*
	 * The tail is the last two bytes of the first entry; there is no releasing store of
	 * two bytes, so a fence stands for it.
	 */
	private void publish() {
		java.lang.invoke.VarHandle.releaseFence();
		this.memory.putShort(IoUringBuf.RESV, this.tail);
	}

	private int offset(int buffer) {
		return this.count * IoUringBuf.BYTES + buffer * this.bufferBytes;
	}

	/**
	 * Take the buffers from the kernel and free them. No operation may be using the group
	 * any more. The second call does nothing.
	 */
	@Override
	public void close() {
		if (!this.closed) {
			this.closed = true;
			try {
				register(IORING_UNREGISTER_PBUF_RING);
			}
			finally {
				this.syscalls.munmap(this.address, this.mappedBytes);
			}
		}
	}

}
