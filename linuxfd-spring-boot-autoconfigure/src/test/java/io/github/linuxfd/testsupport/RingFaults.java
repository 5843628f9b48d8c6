package io.github.linuxfd.testsupport;

import java.nio.ByteBuffer;
import java.util.Set;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Layouts.IoCqringOffsets;
import io.github.linuxfd.ffi.Layouts.IoUringCqe;
import io.github.linuxfd.ffi.Layouts.IoUringParams;
import io.github.linuxfd.ffi.Layouts.IoUringSqe;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.uring.IoUringOperation;

/**
 * An io_uring whose operations move less or fail on demand: entries are changed before
 * the kernel sees them, and completions before its user does. Only those of operations
 * are, whose user data is positive and below 2^62. The last ring that was opened is
 * meant.
 *
 * @author linuxfd
 */
public final class RingFaults {

	private static final long OPERATIONS_END = 1L << 62;

	private int submissions;

	private int completions;

	private int headAt;

	private int tailAt;

	private int completionsAt;

	private long ring;

	private long entries;

	/** A bit for each operation. */
	private volatile long shortened;

	private volatile int most;

	private volatile int error;

	/**
	 * Change a ring that will be opened.
	 * @param faults the calls it will be opened by
	 */
	public RingFaults(FaultInjectingSyscalls faults) {
		faults.around("ioUringSetup", (arguments, real) -> {
			long result = real.call();
			if (result >= 0) {
				opened(NativeMemory.view((long) arguments[1], IoUringParams.BYTES));
			}
			return result;
		});
		faults.around("mmapShared", (arguments, real) -> {
			long address = real.call();
			if ((long) arguments[2] == 0) {
				this.ring = address;
			}
			else {
				this.entries = address;
			}
			return address;
		});
		faults.around("ioUringEnter", (arguments, real) -> {
			changeEntries();
			long result = real.call();
			changeCompletions();
			return result;
		});
	}

	/**
	 * Let operations move no more than that.
	 * @param bytes the number of bytes, or of vectors
	 * @param operations which operations
	 */
	public void shorten(int bytes, Set<IoUringOperation> operations) {
		this.most = bytes;
		this.shortened = operations.stream().mapToLong((operation) -> 1L << operation.ordinal()).sum();
	}

	/**
	 * Let operations end with that error, whatever the kernel says.
	 * @param errno the error
	 */
	public void fail(Errno errno) {
		this.error = -errno.number();
	}

	/**
	 * Leave everything to the kernel again.
	 */
	public void heal() {
		this.shortened = 0;
		this.error = 0;
	}

	private void opened(ByteBuffer params) {
		this.submissions = params.getInt(IoUringParams.SQ_ENTRIES);
		this.completions = params.getInt(IoUringParams.CQ_ENTRIES);
		this.headAt = params.getInt(IoUringParams.CQ_OFF + IoCqringOffsets.HEAD);
		this.tailAt = params.getInt(IoUringParams.CQ_OFF + IoCqringOffsets.TAIL);
		this.completionsAt = params.getInt(IoUringParams.CQ_OFF + IoCqringOffsets.CQES);
	}

	/** Those that the kernel has taken before are written anew. */
	private void changeEntries() {
		if (this.shortened == 0) {
			return;
		}
		ByteBuffer queue = NativeMemory.view(this.entries, this.submissions * IoUringSqe.BYTES);
		for (int at = 0; at < queue.capacity(); at += IoUringSqe.BYTES) {
			if ((this.shortened & 1L << queue.get(at + IoUringSqe.OPCODE)) != 0) {
				queue.putInt(at + IoUringSqe.LEN, Math.min(queue.getInt(at + IoUringSqe.LEN), this.most));
			}
		}
	}

	private void changeCompletions() {
		if (this.error == 0) {
			return;
		}
		ByteBuffer queue = NativeMemory.view(this.ring, this.completionsAt + this.completions * IoUringCqe.BYTES);
		int tail = queue.getInt(this.tailAt);
		for (int i = queue.getInt(this.headAt); i != tail; i++) {
			int at = this.completionsAt + (i & (this.completions - 1)) * IoUringCqe.BYTES;
			long userData = queue.getLong(at + IoUringCqe.USER_DATA);
			if (userData > 0 && userData < OPERATIONS_END) {
				queue.putInt(at + IoUringCqe.RES, this.error);
			}
		}
	}

}
