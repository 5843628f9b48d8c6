package io.github.linuxfd.pipe;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Native memory for {@link Splicer#vmsplice vmsplice(2)}, which does not copy: a pipe has
 * the very pages, not what they hold at the time. Any thread may call.
 * <ul>
 * <li>Until its reader has copied the bytes, a change of them is seen by the reader. An
 * {@linkplain Pipe#available() empty} pipe says that they were copied only if they were
 * taken by read(2); what was spliced on into a socket is shared until the peer has
 * acknowledged it, and what went into another pipe until that one has been read.
 * <li>{@linkplain #allocate Allocated} pages may be closed at any time: the pipe keeps
 * what it has of them, and nobody else gets them before that.
 * <li>{@linkplain #lend Lent} memory goes back to an allocator when its owner frees it,
 * who would have the reader see what is put there next. It must not be freed or used
 * again before the reader has copied it.
 * <li>Pages that were a {@linkplain SpliceFlag#GIFT gift} cannot be used again.
 * </ul>
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/vmsplice.2.html">vmsplice.2</a>
 */
public final class SharedPages implements AutoCloseable {

	private static final int PROT_READ_WRITE = 3;

	private static final int CLOSED = Integer.MIN_VALUE;

	private final ByteBuffer bytes;

	private final long address;

	/** Of the memory if it is our own. */
	private final @Nullable Syscalls owner;

	/** The closed bit, and below it the number of calls in flight. */
	private final AtomicInteger state = new AtomicInteger();

	private volatile boolean given;

	private SharedPages(ByteBuffer bytes, long address, @Nullable Syscalls owner) {
		this.bytes = bytes;
		this.address = address;
		this.owner = owner;
	}

	/**
	 * {@code mmap(2)} - allocates pages of their own, zeroed.
	 * @param syscalls the calls
	 * @param size the size in bytes
	 * @return the pages, to be closed by the caller
	 * @throws SyscallException {@code ENOMEM} - there is no more memory
	 * @throws IllegalArgumentException if the size is not positive
	 */
	public static SharedPages allocate(Syscalls syscalls, int size) {
		if (size <= 0) {
			throw new IllegalArgumentException("The size of pages is positive, not " + size);
		}
		long address = syscalls.mmapAnonymous(size, PROT_READ_WRITE);
		if (address < 0) {
			throw SyscallException.of("mmap", address, size + " bytes");
		}
		return new SharedPages(NativeMemory.view(address, size), address, syscalls);
	}

	/**
	 * Use the memory of a direct buffer, from its position to its limit. The buffer is
	 * kept reachable until this is closed.
	 * @param direct the buffer
	 * @return the memory, to be closed by the caller once the reader has copied it
	 * @throws IllegalArgumentException if the buffer is not direct, or has nothing left
	 */
	public static SharedPages lend(ByteBuffer direct) {
		ByteBuffer bytes = direct.slice().order(direct.order());
		if (!bytes.hasRemaining()) {
			throw new IllegalArgumentException(direct + " has nothing left");
		}
		return new SharedPages(bytes, NativeMemory.address(bytes), null);
	}

	/**
	 * Return the memory as a buffer. It must not be used after {@link #close()}, when it
	 * would be that of somebody else or of nobody: the owner has to see to that.
	 * @return a direct buffer over the memory, of the byte order of the lent one
	 * @throws IllegalStateException if this is closed, or the pages were given away
	 */
	public ByteBuffer bytes() {
		checkUsable();
		return this.bytes.duplicate().order(this.bytes.order());
	}

	/**
	 * Return a part of the memory.
	 * @param offset where it starts
	 * @param length its size in bytes, at least 1
	 * @return the part
	 * @throws IndexOutOfBoundsException if the memory does not have it
	 */
	public Part part(int offset, int length) {
		return new Part(this, offset, length);
	}

	/**
	 * Return all of the memory.
	 * @return the part that is all
	 */
	public Part all() {
		return part(0, this.bytes.capacity());
	}

	/**
	 * Keep the memory mapped for one call. To be followed by {@link #release()}.
	 * @return the address
	 */
	long acquire(boolean gift) {
		if (gift && this.owner == null) {
			throw new IllegalArgumentException("Lent memory cannot be given away");
		}
		int before;
		do {
			before = this.state.get();
			checkUsable();
		}
		while (!this.state.compareAndSet(before, before + 1));
		return this.address;
	}

	void giveAway() {
		this.given = true;
	}

	void release() {
		if (this.state.decrementAndGet() == CLOSED) {
			unmap();
		}
	}

	private void checkUsable() {
		if (this.state.get() < 0) {
			throw new IllegalStateException(this + " is closed");
		}
		if (this.given) {
			throw new IllegalStateException(this + " was given away");
		}
	}

	/**
	 * {@code munmap(2)} - gives up the memory, as soon as no call uses it any more. Pipes
	 * keep what they have of it.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		int before = this.state.getAndUpdate((state) -> state | CLOSED);
		if (before < 0) {
			throw new IllegalStateException(this + " is closed already");
		}
		if (before == 0) {
			unmap();
		}
	}

	private void unmap() {
		if (this.owner != null) {
			int result = this.owner.munmap(this.address, this.bytes.capacity());
			assert result == 0 : Errno.ofResult(result);
		}
	}

	@Override
	public String toString() {
		return "SharedPages[" + this.bytes.capacity() + " bytes]";
	}

	/**
	 * A part of native memory: a {@code struct iovec}.
	 *
	 * @param pages the memory
	 * @param offset where it starts there
	 * @param length its size in bytes, at least 1
	 */
	public record Part(SharedPages pages, int offset, int length) {

		public Part {
			if (offset < 0 || length < 1 || offset > pages.bytes.capacity() - length) {
				throw new IndexOutOfBoundsException(pages + " has no " + length + " bytes at " + offset);
			}
		}

	}

}
