package io.github.linuxfd.aio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import io.github.linuxfd.ffi.NativeMemory;

/**
 * Native memory for what the kernel cannot take from the heap, kept for the next
 * operation. Any thread may call.
 *
 * @author linuxfd
 */
final class NativeBuffers implements AutoCloseable {

	private static final int SMALLEST_SHIFT = 8;

	/** 64 KiB: what is larger is freed at once. */
	private static final int LARGEST_SHIFT = 16;

	private static final int KEPT_OF_EACH = 64;

	private final List<ArrayDeque<NativeMemory>> kept = new ArrayList<>();

	private boolean closed;

	NativeBuffers() {
		for (int shift = SMALLEST_SHIFT; shift <= LARGEST_SHIFT; shift++) {
			this.kept.add(new ArrayDeque<>());
		}
	}

	/** Returns memory of at least that size, with anything in it. */
	NativeMemory take(int bytes) {
		int shift = shift(bytes);
		if (shift > LARGEST_SHIFT) {
			return NativeMemory.allocate(bytes);
		}
		synchronized (this) {
			NativeMemory memory = this.kept.get(shift - SMALLEST_SHIFT).pollLast();
			if (memory != null) {
				return memory;
			}
		}
		return NativeMemory.allocate(1 << shift);
	}

	/** Takes back what the kernel does not use any more. */
	void giveBack(NativeMemory memory) {
		int shift = shift(memory.bytes().capacity());
		if (shift <= LARGEST_SHIFT) {
			synchronized (this) {
				ArrayDeque<NativeMemory> same = this.kept.get(shift - SMALLEST_SHIFT);
				if (!this.closed && same.size() < KEPT_OF_EACH) {
					same.addLast(memory);
					return;
				}
			}
		}
		memory.close();
	}

	/** Returns the next multiple of a power of two. */
	static long align(long address, int alignment) {
		return (address + alignment - 1) & -alignment;
	}

	private static int shift(int bytes) {
		return Math.max(SMALLEST_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1));
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.kept.forEach((same) -> {
			same.forEach(NativeMemory::close);
			same.clear();
		});
	}

}
