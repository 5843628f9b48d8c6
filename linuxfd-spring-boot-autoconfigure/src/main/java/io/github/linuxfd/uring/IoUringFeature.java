package io.github.linuxfd.uring;

import io.github.linuxfd.flags.Flag;

/**
 * What the kernel says of its rings: the features of io_uring_setup(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/io_uring_setup.2.html">io_uring_setup.2</a>
 */
public enum IoUringFeature implements Flag {

	/** {@code IORING_FEAT_SINGLE_MMAP}: both queues are in one mapping. Linux 5.4. */
	SINGLE_MMAP(1),

	/**
	 * {@code IORING_FEAT_NODROP}: completions that the queue has no room for are kept.
	 * Linux 5.5.
	 */
	NODROP(1 << 1),

	/**
	 * {@code IORING_FEAT_SUBMIT_STABLE}: what an entry points to is copied as it is
	 * submitted. Linux 5.5.
	 */
	SUBMIT_STABLE(1 << 2),

	/**
	 * {@code IORING_FEAT_RW_CUR_POS}: an offset of -1 is the file's position. Linux 5.6.
	 */
	RW_CUR_POS(1 << 3),

	/**
	 * {@code IORING_FEAT_CUR_PERSONALITY}: with the credentials of who submits. Linux
	 * 5.6.
	 */
	CUR_PERSONALITY(1 << 4),

	/**
	 * {@code IORING_FEAT_FAST_POLL}: waits for sockets without a thread. Linux 5.7.
	 */
	FAST_POLL(1 << 5),

	/** {@code IORING_FEAT_POLL_32BITS}: all bits of epoll. Linux 5.9. */
	POLL_32BITS(1 << 6),

	/**
	 * {@code IORING_FEAT_SQPOLL_NONFIXED}: a polled queue takes all descriptors. Linux
	 * 5.11.
	 */
	SQPOLL_NONFIXED(1 << 7),

	/** {@code IORING_FEAT_EXT_ARG}: a wait can have a time limit. Linux 5.11. */
	EXT_ARG(1 << 8),

	/** {@code IORING_FEAT_NATIVE_WORKERS}: no kernel threads of its own. Linux 5.12. */
	NATIVE_WORKERS(1 << 9),

	/** {@code IORING_FEAT_RSRC_TAGS}: registered resources have tags. Linux 5.13. */
	RSRC_TAGS(1 << 10),

	/**
	 * {@code IORING_FEAT_CQE_SKIP}: an entry can be without completion. Linux 5.17.
	 */
	CQE_SKIP(1 << 11),

	/**
	 * {@code IORING_FEAT_LINKED_FILE}: a linked entry may use what the one before it has
	 * opened. Linux 5.17.
	 */
	LINKED_FILE(1 << 12),

	/**
	 * {@code IORING_FEAT_REG_REG_RING}: a registered ring can register. Linux 6.3.
	 */
	REG_REG_RING(1 << 13);

	private final long bit;

	IoUringFeature(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
