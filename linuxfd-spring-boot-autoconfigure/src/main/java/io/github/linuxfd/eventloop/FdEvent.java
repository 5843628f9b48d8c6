package io.github.linuxfd.eventloop;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;

/**
 * A descriptor is ready: what epoll_wait(2) says of one that linuxfd does not read.
 *
 * @param fd the descriptor, whose number is {@linkplain OwnedFd#lend() lent} to whoever
 * reads or writes it
 * @param flags what it is ready for, and what happened to it
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl.2</a>
 */
public record FdEvent(OwnedFd fd, Flags<EpollFlag> flags) {

	/**
	 * Whether there is something to read, or the end of file.
	 * @return {@code true} for {@code EPOLLIN}
	 */
	public boolean isReadable() {
		return this.flags.contains(EpollFlag.IN);
	}

	/**
	 * Whether there is room to write.
	 * @return {@code true} for {@code EPOLLOUT}
	 */
	public boolean isWritable() {
		return this.flags.contains(EpollFlag.OUT);
	}

	/**
	 * Whether there is an exceptional condition: the file of a trigger or of {@code /sys}
	 * has changed, or a socket has out-of-band data.
	 * @return {@code true} for {@code EPOLLPRI}
	 */
	public boolean isPriority() {
		return this.flags.contains(EpollFlag.PRI);
	}

	/**
	 * Whether the peer has hung up. What it has sent before can still be read.
	 * @return {@code true} for {@code EPOLLHUP}
	 */
	public boolean isHangUp() {
		return this.flags.contains(EpollFlag.HUP);
	}

	/**
	 * Whether there is an error. Files of {@code /proc} and {@code /sys} say so together
	 * with {@link #isPriority()} when they have changed.
	 * @return {@code true} for {@code EPOLLERR}
	 */
	public boolean isError() {
		return this.flags.contains(EpollFlag.ERR);
	}

}
