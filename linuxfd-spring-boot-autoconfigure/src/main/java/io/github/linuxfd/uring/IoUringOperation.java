package io.github.linuxfd.uring;

import java.util.Arrays;

/**
 * What an entry of the submission queue asks for: the operations of io_uring_enter(2) in
 * the kernel's order, so that the ordinal is the kernel's number.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/io_uring_enter.2.html">io_uring_enter.2</a>
 */
public enum IoUringOperation {

	/** {@code IORING_OP_NOP}. */
	NOP,

	/** {@code IORING_OP_READV}. */
	READV,

	/** {@code IORING_OP_WRITEV}. */
	WRITEV,

	/** {@code IORING_OP_FSYNC}. */
	FSYNC,

	/** {@code IORING_OP_READ_FIXED}. */
	READ_FIXED,

	/** {@code IORING_OP_WRITE_FIXED}. */
	WRITE_FIXED,

	/** {@code IORING_OP_POLL_ADD}. */
	POLL_ADD,

	/** {@code IORING_OP_POLL_REMOVE}. */
	POLL_REMOVE,

	/** {@code IORING_OP_SYNC_FILE_RANGE}. */
	SYNC_FILE_RANGE,

	/** {@code IORING_OP_SENDMSG}. */
	SENDMSG,

	/** {@code IORING_OP_RECVMSG}. */
	RECVMSG,

	/** {@code IORING_OP_TIMEOUT}. */
	TIMEOUT,

	/** {@code IORING_OP_TIMEOUT_REMOVE}. */
	TIMEOUT_REMOVE,

	/** {@code IORING_OP_ACCEPT}. */
	ACCEPT,

	/** {@code IORING_OP_ASYNC_CANCEL}. */
	ASYNC_CANCEL,

	/** {@code IORING_OP_LINK_TIMEOUT}. */
	LINK_TIMEOUT,

	/** {@code IORING_OP_CONNECT}. */
	CONNECT,

	/** {@code IORING_OP_FALLOCATE}. */
	FALLOCATE,

	/** {@code IORING_OP_OPENAT}. */
	OPENAT,

	/** {@code IORING_OP_CLOSE}. */
	CLOSE,

	/** {@code IORING_OP_FILES_UPDATE}. */
	FILES_UPDATE,

	/** {@code IORING_OP_STATX}. */
	STATX,

	/** {@code IORING_OP_READ}. */
	READ,

	/** {@code IORING_OP_WRITE}. */
	WRITE,

	/** {@code IORING_OP_FADVISE}. */
	FADVISE,

	/** {@code IORING_OP_MADVISE}. */
	MADVISE,

	/** {@code IORING_OP_SEND}. */
	SEND,

	/** {@code IORING_OP_RECV}. */
	RECV;

	private static final IoUringOperation[] VALUES = values();

	/**
	 * Return the kernel's number.
	 * @return the opcode
	 */
	public int opcode() {
		return ordinal();
	}

	static IoUringOperation[] upTo(int count) {
		return Arrays.copyOf(VALUES, Math.min(count, VALUES.length));
	}

}
