package io.github.linuxfd.uring;

import java.nio.ByteBuffer;

import io.github.linuxfd.ffi.Layouts.IoUringSqe;

/**
 * The entry of the submission queue that is being written. Addresses are native and have
 * to stay valid until the completion has come, those of {@code struct msghdr}, socket
 * addresses, vectors and times until the entry has been submitted. Only the ring's thread
 * may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SubmissionQueueEntry {

	private static final byte IOSQE_FIXED_FILE = 1;

	private static final byte IOSQE_IO_LINK = 1 << 2;

	private static final byte IOSQE_BUFFER_SELECT = 1 << 5;

	private static final byte IOSQE_CQE_SKIP_SUCCESS = 1 << 6;

	private static final short IORING_ACCEPT_MULTISHOT = 1;

	private static final short IORING_RECV_MULTISHOT = 1 << 1;

	private static final int IORING_POLL_ADD_MULTI = 1;

	private static final int IORING_ASYNC_CANCEL_ALL = 1;

	private static final int IORING_ASYNC_CANCEL_FD = 1 << 1;

	private static final int IORING_ASYNC_CANCEL_ANY = 1 << 2;

	private static final int IORING_FSYNC_DATASYNC = 1;

	private static final int IORING_TIMEOUT_ABS = 1;

	private final ByteBuffer entries;

	private int at;

	SubmissionQueueEntry(ByteBuffer entries) {
		this.entries = entries;
	}

	void start(int at) {
		this.at = at;
		for (int offset = 0; offset < IoUringSqe.BYTES; offset += Long.BYTES) {
			this.entries.putLong(at + offset, 0);
		}
	}

	private SubmissionQueueEntry put(IoUringOperation operation, int fd, long address, int length, long offset) {
		this.entries.put(this.at + IoUringSqe.OPCODE, (byte) operation.opcode())
			.putInt(this.at + IoUringSqe.FD, fd)
			.putLong(this.at + IoUringSqe.OFF, offset)
			.putLong(this.at + IoUringSqe.ADDR, address)
			.putInt(this.at + IoUringSqe.LEN, length);
		return this;
	}

	private SubmissionQueueEntry operationFlags(int flags) {
		this.entries.putInt(this.at + IoUringSqe.RW_FLAGS, flags);
		return this;
	}

	private SubmissionQueueEntry socketFlags(short flags) {
		this.entries.putShort(this.at + IoUringSqe.IOPRIO, flags);
		return this;
	}

	private SubmissionQueueEntry flag(byte flag) {
		int flags = this.at + IoUringSqe.FLAGS;
		this.entries.put(flags, (byte) (this.entries.get(flags) | flag));
		return this;
	}

	/**
	 * {@code IORING_OP_NOP} - completes with 0.
	 * @return this
	 */
	public SubmissionQueueEntry nop() {
		return put(IoUringOperation.NOP, -1, 0, 0, 0);
	}

	/**
	 * {@code IORING_OP_READ} - {@code pread(2)}. Linux 5.6.
	 * @param fd the descriptor
	 * @param address address of the buffer
	 * @param length its size
	 * @param offset where to read; -1 for the position, or if there is none
	 * @return this
	 */
	public SubmissionQueueEntry read(int fd, long address, int length, long offset) {
		return put(IoUringOperation.READ, fd, address, length, offset);
	}

	/**
	 * {@code IORING_OP_WRITE} - {@code pwrite(2)}. Linux 5.6.
	 * @param fd the descriptor
	 * @param address address of the bytes
	 * @param length their number
	 * @param offset where to write; -1 for the position, or if there is none
	 * @return this
	 */
	public SubmissionQueueEntry write(int fd, long address, int length, long offset) {
		return put(IoUringOperation.WRITE, fd, address, length, offset);
	}

	/**
	 * {@code IORING_OP_READV} - {@code preadv(2)}.
	 * @param fd the descriptor
	 * @param vectors address of an array of {@code struct iovec}
	 * @param count the number of elements
	 * @param offset where to read; -1 for the position, or if there is none
	 * @return this
	 */
	public SubmissionQueueEntry readv(int fd, long vectors, int count, long offset) {
		return put(IoUringOperation.READV, fd, vectors, count, offset);
	}

	/**
	 * {@code IORING_OP_WRITEV} - {@code pwritev(2)}.
	 * @param fd the descriptor
	 * @param vectors address of an array of {@code struct iovec}
	 * @param count the number of elements
	 * @param offset where to write; -1 for the position, or if there is none
	 * @return this
	 */
	public SubmissionQueueEntry writev(int fd, long vectors, int count, long offset) {
		return put(IoUringOperation.WRITEV, fd, vectors, count, offset);
	}

	/**
	 * {@code IORING_OP_READ_FIXED} - {@code pread(2)} into a part of a registered buffer.
	 * @param fd the descriptor
	 * @param address address in the buffer
	 * @param length the most bytes
	 * @param offset where to read
	 * @param buffer the buffer's index
	 * @return this
	 */
	public SubmissionQueueEntry readFixed(int fd, long address, int length, long offset, int buffer) {
		this.entries.putShort(this.at + IoUringSqe.BUF_INDEX, (short) buffer);
		return put(IoUringOperation.READ_FIXED, fd, address, length, offset);
	}

	/**
	 * {@code IORING_OP_WRITE_FIXED} - {@code pwrite(2)} from a part of a registered
	 * buffer.
	 * @param fd the descriptor
	 * @param address address in the buffer
	 * @param length the number of bytes
	 * @param offset where to write
	 * @param buffer the buffer's index
	 * @return this
	 */
	public SubmissionQueueEntry writeFixed(int fd, long address, int length, long offset, int buffer) {
		this.entries.putShort(this.at + IoUringSqe.BUF_INDEX, (short) buffer);
		return put(IoUringOperation.WRITE_FIXED, fd, address, length, offset);
	}

	/**
	 * {@code IORING_OP_FSYNC} - {@code fsync(2)}.
	 * @param fd the descriptor
	 * @param dataOnly {@code fdatasync(2)} instead
	 * @return this
	 */
	public SubmissionQueueEntry fsync(int fd, boolean dataOnly) {
		return put(IoUringOperation.FSYNC, fd, 0, 0, 0).operationFlags(dataOnly ? IORING_FSYNC_DATASYNC : 0);
	}

	/**
	 * {@code IORING_OP_ACCEPT} - {@code accept4(2)}. Linux 5.5.
	 * @param fd the listening socket
	 * @param flags the flags of the new socket
	 * @return this
	 */
	public SubmissionQueueEntry accept(int fd, int flags) {
		return put(IoUringOperation.ACCEPT, fd, 0, 0, 0).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_ACCEPT} - {@code accept4(2)}, with the other side's address. Linux
	 * 5.5.
	 * @param fd the listening socket
	 * @param address address of room for a {@code struct sockaddr}
	 * @param length address of an int with its size
	 * @param flags the flags of the new socket
	 * @return this
	 */
	public SubmissionQueueEntry accept(int fd, long address, long length, int flags) {
		return put(IoUringOperation.ACCEPT, fd, address, 0, length).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_ACCEPT} - {@code accept4(2)}, again and again: completes with
	 * {@link Completion#hasMore} for each connection. Linux 5.19.
	 * @param fd the listening socket
	 * @param flags the flags of the new sockets
	 * @return this
	 */
	public SubmissionQueueEntry acceptMultishot(int fd, int flags) {
		return accept(fd, flags).socketFlags(IORING_ACCEPT_MULTISHOT);
	}

	/**
	 * {@code IORING_OP_CONNECT} - {@code connect(2)}. Linux 5.5.
	 * @param fd the socket
	 * @param address address of a {@code struct sockaddr}
	 * @param length its size
	 * @return this
	 */
	public SubmissionQueueEntry connect(int fd, long address, int length) {
		return put(IoUringOperation.CONNECT, fd, address, 0, length);
	}

	/**
	 * {@code IORING_OP_SEND} - {@code send(2)}. Linux 5.6.
	 * @param fd the socket
	 * @param address address of the bytes
	 * @param length their number
	 * @param flags the flags
	 * @return this
	 */
	public SubmissionQueueEntry send(int fd, long address, int length, int flags) {
		return put(IoUringOperation.SEND, fd, address, length, 0).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_RECV} - {@code recv(2)}. Linux 5.6.
	 * @param fd the socket
	 * @param address address of the buffer
	 * @param length its size
	 * @param flags the flags
	 * @return this
	 */
	public SubmissionQueueEntry recv(int fd, long address, int length, int flags) {
		return put(IoUringOperation.RECV, fd, address, length, 0).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_RECV} - {@code recv(2)}, again and again, into
	 * {@linkplain ProvidedBuffers provided buffers}: completes with
	 * {@link Completion#hasMore} for each. Linux 6.0.
	 * @param fd the socket
	 * @param group the group of the buffers
	 * @return this
	 */
	public SubmissionQueueEntry recvMultishot(int fd, int group) {
		return put(IoUringOperation.RECV, fd, 0, 0, 0).socketFlags(IORING_RECV_MULTISHOT).selectBuffer(group);
	}

	/**
	 * {@code IORING_OP_SENDMSG} - {@code sendmsg(2)}. Linux 5.3.
	 * @param fd the socket
	 * @param message address of a {@code struct msghdr}
	 * @param flags the flags
	 * @return this
	 */
	public SubmissionQueueEntry sendmsg(int fd, long message, int flags) {
		return put(IoUringOperation.SENDMSG, fd, message, 1, 0).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_RECVMSG} - {@code recvmsg(2)}. The message stays the kernel's
	 * until the completion has come. Linux 5.3.
	 * @param fd the socket
	 * @param message address of a {@code struct msghdr}
	 * @param flags the flags
	 * @return this
	 */
	public SubmissionQueueEntry recvmsg(int fd, long message, int flags) {
		return put(IoUringOperation.RECVMSG, fd, message, 1, 0).operationFlags(flags);
	}

	/**
	 * {@code IORING_OP_CLOSE} - {@code close(2)}. Linux 5.6.
	 * @param fd the descriptor, which nobody else closes
	 * @return this
	 */
	public SubmissionQueueEntry close(int fd) {
		return put(IoUringOperation.CLOSE, fd, 0, 0, 0);
	}

	/**
	 * {@code IORING_OP_POLL_ADD} - {@code poll(2)}: completes with the events.
	 * @param fd the descriptor
	 * @param events what to wait for
	 * @return this
	 */
	public SubmissionQueueEntry poll(int fd, int events) {
		return put(IoUringOperation.POLL_ADD, fd, 0, 0, 0).operationFlags(events);
	}

	/**
	 * {@code IORING_OP_POLL_ADD} - {@code poll(2)}, again and again: completes with
	 * {@link Completion#hasMore} for each change. Linux 5.13.
	 * @param fd the descriptor
	 * @param events what to wait for
	 * @return this
	 */
	public SubmissionQueueEntry pollMultishot(int fd, int events) {
		return put(IoUringOperation.POLL_ADD, fd, 0, IORING_POLL_ADD_MULTI, 0).operationFlags(events);
	}

	/**
	 * {@code IORING_OP_TIMEOUT} - completes with {@code ETIME}. Linux 5.4.
	 * @param timespec address of a {@code struct timespec}
	 * @param absolute whether that is an instant of {@code CLOCK_MONOTONIC}
	 * @return this
	 */
	public SubmissionQueueEntry timeout(long timespec, boolean absolute) {
		return put(IoUringOperation.TIMEOUT, -1, timespec, 1, 0).operationFlags(absolute ? IORING_TIMEOUT_ABS : 0);
	}

	/**
	 * {@code IORING_OP_LINK_TIMEOUT} - cancels the entry before, which is
	 * {@linkplain #link() linked}, after a time. Completes with {@code ETIME} if it did,
	 * and with {@code ECANCELED} if that had completed. Linux 5.5.
	 * @param timespec address of a {@code struct timespec}
	 * @return this
	 */
	public SubmissionQueueEntry linkTimeout(long timespec) {
		return put(IoUringOperation.LINK_TIMEOUT, -1, timespec, 1, 0);
	}

	/**
	 * {@code IORING_OP_ASYNC_CANCEL} - cancels the entry with these user data. Completes
	 * with 0, with {@code ENOENT} if there is none, or with {@code EALREADY} if it cannot
	 * be stopped any more. Linux 5.5.
	 * @param userData what that entry's completion would carry
	 * @return this
	 */
	public SubmissionQueueEntry cancel(long userData) {
		return put(IoUringOperation.ASYNC_CANCEL, -1, userData, 0, 0);
	}

	/**
	 * {@code IORING_OP_ASYNC_CANCEL} - cancels all entries of a descriptor. Completes
	 * with their number. Linux 5.19.
	 * @param fd the descriptor
	 * @return this
	 */
	public SubmissionQueueEntry cancelAllOf(int fd) {
		return put(IoUringOperation.ASYNC_CANCEL, fd, 0, 0, 0)
			.operationFlags(IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL);
	}

	/**
	 * {@code IORING_OP_ASYNC_CANCEL} - cancels all entries. Completes with their number.
	 * Linux 5.19.
	 * @return this
	 */
	public SubmissionQueueEntry cancelAll() {
		return put(IoUringOperation.ASYNC_CANCEL, -1, 0, 0, 0)
			.operationFlags(IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
	}

	/**
	 * Have the completion carry this.
	 * @param userData any number
	 * @return this
	 */
	public SubmissionQueueEntry userData(long userData) {
		this.entries.putLong(this.at + IoUringSqe.USER_DATA, userData);
		return this;
	}

	/**
	 * {@code IOSQE_IO_LINK} - the next entry starts when this one is done, and not at all
	 * if this one fails; a linked time-out starts at once.
	 * @return this
	 */
	public SubmissionQueueEntry link() {
		return flag(IOSQE_IO_LINK);
	}

	/**
	 * {@code IOSQE_FIXED_FILE} - the descriptor is the index of a
	 * {@linkplain IoUring#registerFiles registered} one.
	 * @return this
	 */
	public SubmissionQueueEntry fixedFile() {
		return flag(IOSQE_FIXED_FILE);
	}

	/**
	 * {@code IOSQE_BUFFER_SELECT} - the kernel takes one of the
	 * {@linkplain ProvidedBuffers provided buffers} when there is something for it. Linux
	 * 5.7.
	 * @param group the group of the buffers
	 * @return this
	 */
	public SubmissionQueueEntry selectBuffer(int group) {
		this.entries.putShort(this.at + IoUringSqe.BUF_INDEX, (short) group);
		return flag(IOSQE_BUFFER_SELECT);
	}

	/**
	 * {@code IOSQE_CQE_SKIP_SUCCESS} - there is a completion only if this fails. Linux
	 * 5.17.
	 * @return this
	 */
	public SubmissionQueueEntry skipSuccess() {
		return flag(IOSQE_CQE_SKIP_SUCCESS);
	}

}
