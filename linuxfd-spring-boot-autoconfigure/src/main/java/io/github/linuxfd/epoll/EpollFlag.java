package io.github.linuxfd.epoll;

import io.github.linuxfd.flags.Flag;

/**
 * What to wait for, and what came: the event bits of epoll_ctl(2).
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl.2</a>
 */
public enum EpollFlag implements Flag {

	/**
	 * {@code EPOLLIN}: readable.
	 */
	IN(0x1),

	/**
	 * {@code EPOLLPRI}: an exceptional condition.
	 */
	PRI(0x2),

	/**
	 * {@code EPOLLOUT}: writable.
	 */
	OUT(0x4),

	/**
	 * {@code EPOLLERR}: an error; reported without being asked for.
	 */
	ERR(0x8),

	/**
	 * {@code EPOLLHUP}: the peer hung up; reported without being asked for.
	 */
	HUP(0x10),

	/**
	 * {@code EPOLLRDHUP}: the peer closed its writing half.
	 */
	RDHUP(0x2000),

	/**
	 * {@code EPOLLEXCLUSIVE}: wake one waiter only. Linux 4.5.
	 */
	EXCLUSIVE(0x10000000),

	/**
	 * {@code EPOLLWAKEUP}: keep the system awake; needs {@code CAP_BLOCK_SUSPEND}.
	 */
	WAKEUP(0x20000000),

	/**
	 * {@code EPOLLONESHOT}: disarm after one report.
	 */
	ONESHOT(0x40000000),

	/**
	 * {@code EPOLLET}: report changes, not states.
	 */
	ET(0x80000000L);

	private final long bit;

	EpollFlag(long bit) {
		this.bit = bit;
	}

	@Override
	public long bit() {
		return this.bit;
	}

}
