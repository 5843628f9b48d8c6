package io.github.linuxfd.uring;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.fd.Pollable;
import io.github.linuxfd.ffi.Layouts.IoCqringOffsets;
import io.github.linuxfd.ffi.Layouts.IoSqringOffsets;
import io.github.linuxfd.ffi.Layouts.IoUringCqe;
import io.github.linuxfd.ffi.Layouts.IoUringParams;
import io.github.linuxfd.ffi.Layouts.IoUringProbe;
import io.github.linuxfd.ffi.Layouts.IoUringProbeOp;
import io.github.linuxfd.ffi.Layouts.IoUringSqe;
import io.github.linuxfd.ffi.Layouts.Iovec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * A pair of queues shared with the kernel: what is to be done goes into the one, and what
 * is done comes out of the other. One thread at a time may use it, always the one that
 * has opened it if that was with {@link IoUringSetupFlag#SINGLE_ISSUER}.
 * <p>
 * Memory that an entry points to belongs to the kernel until its completion has been
 * taken, and also if it was cancelled: complete everything before closing.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/io_uring.7.html">io_uring.7</a>
 */
public final class IoUring implements Pollable, AutoCloseable {

	private static final long IORING_OFF_SQ_RING = 0;

	private static final long IORING_OFF_SQES = 0x10000000L;

	private static final int IORING_ENTER_GETEVENTS = 1;

	private static final int IORING_REGISTER_BUFFERS = 0;

	private static final int IORING_UNREGISTER_BUFFERS = 1;

	private static final int IORING_REGISTER_FILES = 2;

	private static final int IORING_UNREGISTER_FILES = 3;

	private static final int IORING_REGISTER_PROBE = 8;

	private static final int IO_URING_OP_SUPPORTED = 1;

	private static final int MAX_OPERATIONS = 256;

	private final Syscalls syscalls;

	private final OwnedFd fd;

	private final Flags<IoUringFeature> features;

	private final SubmissionQueue submissions;

	private final CompletionQueue completions;

	private volatile long overflows;

	IoUring(Syscalls syscalls, OwnedFd fd, ByteBuffer params) {
		this.syscalls = syscalls;
		this.fd = fd;
		this.features = Flags.ofBits(IoUringFeature.class, params.getInt(IoUringParams.FEATURES));
		if (!this.features.contains(IoUringFeature.SINGLE_MMAP) || !this.features.contains(IoUringFeature.NODROP)) {
			throw SyscallException.of("io_uring_setup", -Errno.ENOSYS.number(),
					"completions that are never lost, which Linux has since 5.5");
		}
		ByteBuffer sqOffsets = params.slice(IoUringParams.SQ_OFF, IoSqringOffsets.BYTES).order(params.order());
		ByteBuffer cqOffsets = params.slice(IoUringParams.CQ_OFF, IoCqringOffsets.BYTES).order(params.order());
		int ringBytes = Math.max(
				sqOffsets.getInt(IoSqringOffsets.ARRAY) + params.getInt(IoUringParams.SQ_ENTRIES) * Integer.BYTES,
				cqOffsets.getInt(IoCqringOffsets.CQES) + params.getInt(IoUringParams.CQ_ENTRIES) * IoUringCqe.BYTES);
		int entryBytes = params.getInt(IoUringParams.SQ_ENTRIES) * IoUringSqe.BYTES;
		long ring = map(ringBytes, IORING_OFF_SQ_RING);
		long entries = 0;
		try {
			entries = map(entryBytes, IORING_OFF_SQES);
		}
		finally {
			if (entries == 0) {
				syscalls.munmap(ring, ringBytes);
			}
		}
		long mappedEntries = entries;
		fd.afterClose(() -> {
			syscalls.munmap(ring, ringBytes);
			syscalls.munmap(mappedEntries, entryBytes);
		});
		ByteBuffer ringView = NativeMemory.view(ring, ringBytes);
		this.submissions = new SubmissionQueue(ringView, sqOffsets, NativeMemory.view(entries, entryBytes));
		this.completions = new CompletionQueue(ringView, cqOffsets);
	}

	private long map(int bytes, long offset) {
		int number = this.fd.acquire();
		try {
			long address = this.syscalls.mmapShared(number, bytes, offset);
			SyscallException.check("mmap", Math.min(address, 0), bytes + " bytes of an io_uring");
			return address;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * Return the descriptor, which is readable when completions have come.
	 * @return the owner of the number
	 */
	@Override
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * Return what the kernel can.
	 * @return the features
	 */
	public Flags<IoUringFeature> features() {
		return this.features;
	}

	/**
	 * Return the queue to the kernel.
	 * @return always the same
	 */
	public SubmissionQueue submissions() {
		return this.submissions;
	}

	/**
	 * Return the queue from the kernel.
	 * @return always the same
	 */
	public CompletionQueue completions() {
		return this.completions;
	}

	/**
	 * {@code io_uring_enter(2)} - gives the kernel what is written, and does not wait.
	 * @return how many entries the kernel has taken
	 * @throws SyscallException {@code EAGAIN} - no memory; {@code EBUSY} - more
	 * completions wait than fit into their queue: take some first
	 */
	public int submit() {
		return submitAndWait(0);
	}

	/**
	 * {@code io_uring_enter(2)} - gives the kernel what is written, and waits until so
	 * many completions are there.
	 * @param complete for how many completions to wait
	 * @return how many entries the kernel has taken
	 * @throws SyscallException {@code EAGAIN} - no memory; {@code EBUSY} - more
	 * completions wait than fit into their queue: take some first
	 */
	public int submitAndWait(int complete) {
		int submit = this.submissions.publish();
		int number = this.fd.acquire();
		try {
			return SyscallException.check("io_uring_enter",
					this.syscalls.ioUringEnter(number, submit, complete, IORING_ENTER_GETEVENTS), this);
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * Take the completions that are there now, and those that the kernel kept because
	 * there was no room for them.
	 * @param receiver takes them
	 * @return how many there were
	 * @throws SyscallException if the kernel cannot be asked for those it kept
	 */
	public int forEachCompletion(Completion receiver) {
		int count = this.completions.forEach(receiver);
		while (this.submissions.hasOverflow()) {
			this.overflows = this.overflows + 1; // only this thread writes
			int number = this.fd.acquire();
			try {
				SyscallException.check("io_uring_enter",
						this.syscalls.ioUringEnter(number, 0, 0, IORING_ENTER_GETEVENTS), this);
			}
			finally {
				this.fd.release();
			}
			count += this.completions.forEach(receiver);
		}
		return count;
	}

	/**
	 * Return how often the completion queue was too short and the kernel kept
	 * completions. Any thread may call.
	 * @return the number of overflows
	 */
	public long overflows() {
		return this.overflows;
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_REGISTER_PROBE} - asks which operations
	 * the kernel has. Linux 5.6.
	 * @return the operations
	 * @throws SyscallException {@code EINVAL} - the kernel is older
	 */
	public Set<IoUringOperation> operations() {
		try (NativeMemory probe = NativeMemory.allocate(IoUringProbe.BYTES + MAX_OPERATIONS * IoUringProbeOp.BYTES)) {
			register(IORING_REGISTER_PROBE, probe.address(), MAX_OPERATIONS, "probe");
			Set<IoUringOperation> operations = EnumSet.noneOf(IoUringOperation.class);
			int count = Byte.toUnsignedInt(probe.bytes().get(IoUringProbe.OPS_LEN));
			for (IoUringOperation operation : IoUringOperation.upTo(count)) {
				int at = IoUringProbe.BYTES + operation.opcode() * IoUringProbeOp.BYTES;
				if ((probe.bytes().getShort(at + IoUringProbeOp.FLAGS) & IO_URING_OP_SUPPORTED) != 0) {
					operations.add(operation);
				}
			}
			return operations;
		}
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_REGISTER_FILES} - has the kernel keep
	 * descriptors, which entries then name by their index. They stay open for the ring,
	 * whoever closes them.
	 * @param fds the descriptors
	 * @throws SyscallException {@code EBUSY} - there are some already; {@code EMFILE} -
	 * more than may be open; {@code EBADF} - one is not open
	 */
	public void registerFiles(List<OwnedFd> fds) {
		try (NativeMemory numbers = NativeMemory.allocate(Math.max(1, fds.size()) * Integer.BYTES)) {
			int acquired = 0;
			try {
				for (OwnedFd file : fds) {
					numbers.bytes().putInt(acquired * Integer.BYTES, file.acquire());
					acquired++;
				}
				register(IORING_REGISTER_FILES, numbers.address(), acquired, acquired + " files");
			}
			finally {
				fds.subList(0, acquired).forEach(OwnedFd::release);
			}
		}
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_UNREGISTER_FILES} - gives the
	 * registered descriptors up.
	 * @throws SyscallException {@code ENXIO} - there are none
	 */
	public void unregisterFiles() {
		register(IORING_UNREGISTER_FILES, 0, 0, "files");
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_REGISTER_BUFFERS} - has the kernel keep
	 * memory mapped, which saves it the mapping for each operation. It is charged to
	 * {@code RLIMIT_MEMLOCK}, and belongs to the kernel until it is unregistered or the
	 * ring is closed.
	 * @param buffers the buffers, which entries name by their index
	 * @throws SyscallException {@code EBUSY} - there are some already; {@code ENOMEM} -
	 * more than may be locked
	 */
	public void registerBuffers(List<NativeMemory> buffers) {
		try (NativeMemory vectors = NativeMemory.allocate(Math.max(1, buffers.size()) * Iovec.BYTES)) {
			int at = 0;
			for (NativeMemory buffer : buffers) {
				vectors.bytes()
					.putLong(at + Iovec.BASE, buffer.address())
					.putLong(at + Iovec.LEN, buffer.bytes().capacity());
				at += Iovec.BYTES;
			}
			register(IORING_REGISTER_BUFFERS, vectors.address(), buffers.size(), buffers.size() + " buffers");
		}
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_UNREGISTER_BUFFERS} - gives the
	 * registered buffers up.
	 * @throws SyscallException {@code ENXIO} - there are none
	 */
	public void unregisterBuffers() {
		register(IORING_UNREGISTER_BUFFERS, 0, 0, "buffers");
	}

	/**
	 * {@code io_uring_register(2)}, {@code IORING_REGISTER_PBUF_RING} - lends the kernel
	 * a group of buffers to choose from. Linux 5.19.
	 * @param group the group's id
	 * @param count the number of buffers, a power of two
	 * @param bytes the size of each
	 * @return the buffers, to be closed before the ring
	 * @throws SyscallException {@code EEXIST} - there is such a group; {@code EINVAL} -
	 * the kernel is older
	 */
	public ProvidedBuffers provideBuffers(int group, int count, int bytes) {
		return new ProvidedBuffers(this.syscalls, this, group, count, bytes);
	}

	void register(int operation, long argument, int count, String detail) {
		int number = this.fd.acquire();
		try {
			SyscallException.check("io_uring_register",
					this.syscalls.ioUringRegister(number, operation, argument, count), detail);
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code close(2)} - closes the ring. Operations that have not completed are
	 * cancelled by the kernel, some time later.
	 * @throws IllegalStateException if it is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
		this.submissions.close();
		this.completions.close();
	}

	@Override
	public String toString() {
		return this.fd.toString();
	}

}
