package io.github.linuxfd.ffi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

import com.kenai.jffi.MemoryIO;

/**
 * A piece of native memory with one owner, who frees it. It is read and written through
 * {@link #bytes()}, a direct buffer in native order, which is the fastest way on every
 * JDK; the garbage collector has no say in when it ends, so the kernel may be given its
 * address.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class NativeMemory implements AutoCloseable {

	private static final AtomicLong ALLOCATED = new AtomicLong();

	private final ByteBuffer bytes;

	private final long address;

	private boolean freed;

	private NativeMemory(int size) {
		MemoryIO memory = MemoryIO.getInstance();
		this.address = memory.allocateMemory(size, true);
		this.bytes = memory.newDirectByteBuffer(this.address, size).order(ByteOrder.nativeOrder());
		ALLOCATED.addAndGet(size);
	}

	/**
	 * Allocate zeroed memory.
	 * @param size the size in bytes
	 * @return the memory, to be closed by the caller
	 */
	public static NativeMemory allocate(int size) {
		return new NativeMemory(size);
	}

	/**
	 * Copy native memory.
	 * @param from the address to read from
	 * @param to the address to write to
	 * @param count the number of bytes
	 */
	public static void copy(long from, long to, int count) {
		MemoryIO.getInstance().copyMemory(from, to, count);
	}

	/**
	 * Return the address of a direct buffer. Keep the buffer reachable as long as it is
	 * used.
	 * @param direct the buffer
	 * @return the address of its first byte, whatever its position
	 * @throws IllegalArgumentException if the buffer is not direct
	 */
	public static long address(ByteBuffer direct) {
		if (!direct.isDirect()) {
			throw new IllegalArgumentException(
					"The garbage collector may move the bytes of " + direct + "; only a direct buffer has an address");
		}
		return MemoryIO.getInstance().getDirectBufferAddress(direct);
	}

	/**
	 * Look at memory that somebody else owns.
	 * @param address its address
	 * @param size its size in bytes
	 * @return a direct buffer over it, in native order, not to be used after the memory
	 * is gone
	 */
	public static ByteBuffer view(long address, int size) {
		return MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
	}

	/**
	 * Return how much is allocated in this JVM.
	 * @return the number of bytes not freed yet
	 */
	public static long allocated() {
		return ALLOCATED.get();
	}

	/**
	 * Return the memory as a buffer. To be used by absolute positions, and not after
	 * {@link #close()}: the owner has to see to that.
	 * @return the one direct buffer over the memory, in native order
	 */
	public ByteBuffer bytes() {
		return this.bytes;
	}

	/**
	 * Return the address for a system call. Keep this object reachable until the call has
	 * returned.
	 * @return the address
	 */
	public long address() {
		return this.address;
	}

	/**
	 * Free the memory. The second call does nothing.
	 */
	@Override
	public synchronized void close() {
		if (!this.freed) {
			this.freed = true;
			ALLOCATED.addAndGet(-this.bytes.capacity());
			MemoryIO.getInstance().freeMemory(this.address);
		}
	}

}
