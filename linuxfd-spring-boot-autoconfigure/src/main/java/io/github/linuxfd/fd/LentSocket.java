package io.github.linuxfd.fd;

import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A copy of the descriptor of a socket that the JDK owns. Copies share the mode, blocking
 * or not, with their original: the first one of a channel changes it, the last one
 * changes it back. The JDK sets it to blocking too, for {@code configureBlocking(true)}
 * and after each read with a time limit of the channel's {@code socket()}; so a channel
 * in blocking mode is looked at before every call.
 *
 * @author linuxfd
 */
final class LentSocket extends LentFd {

	private static final int F_GETFL = 3;

	private static final int F_SETFL = 4;

	private static final int F_DUPFD_CLOEXEC = 1030;

	/** How many copies there are of a socket that would block without them. */
	private static final Map<SocketChannel, Integer> UNBLOCKED = new HashMap<>();

	private final Syscalls syscalls;

	private final SocketChannel channel;

	private final OwnedFd copy;

	/** Whether it is one of {@link #UNBLOCKED}, which guards it. */
	private boolean counted;

	private LentSocket(Syscalls syscalls, SocketChannel channel, OwnedFd copy) {
		this.syscalls = syscalls;
		this.channel = channel;
		this.copy = copy;
	}

	static LentSocket lend(SocketChannel channel, Syscalls syscalls) {
		JdkChannels jdk = JdkChannels.instance();
		if (!jdk.isSocket(channel)) {
			throw new IllegalArgumentException(channel.getClass().getName() + " is not a channel of the JDK's own");
		}
		OwnedFd copy;
		// the number is that of this socket as long as close() cannot have the lock
		synchronized (jdk.socketLock(channel)) {
			if (!channel.isOpen()) {
				throw new IllegalStateException(channel + " is closed");
			}
			copy = OwnedFd.adopt(syscalls, syscalls.fcntl(jdk.socketNumber(channel), F_DUPFD_CLOEXEC, 0), "fcntl",
					channel + ", F_DUPFD_CLOEXEC");
		}
		LentSocket socket = new LentSocket(syscalls, channel, copy);
		boolean ready = false;
		try {
			socket.unblock();
			ready = true;
			return socket;
		}
		finally {
			if (!ready) {
				copy.close();
			}
		}
	}

	private void unblock() {
		synchronized (UNBLOCKED) {
			int copies = UNBLOCKED.getOrDefault(this.channel, 0);
			if (copies == 0) {
				int flags = flags();
				if ((flags & Syscalls.NONBLOCK) != 0) {
					return;
				}
				setFlags(flags | Syscalls.NONBLOCK);
			}
			if (!this.counted) {
				UNBLOCKED.put(this.channel, copies + 1);
				this.counted = true;
			}
		}
	}

	/**
	 * The channel may have been configured to be non-blocking meanwhile, or have been
	 * used on a virtual thread, from when on the JDK relies on it.
	 */
	private void block() {
		synchronized (UNBLOCKED) {
			if (!this.counted) {
				return;
			}
			this.counted = false;
			int others = UNBLOCKED.getOrDefault(this.channel, 1) - 1;
			if (others > 0) {
				UNBLOCKED.put(this.channel, others);
				return;
			}
			UNBLOCKED.remove(this.channel);
			JdkChannels jdk = JdkChannels.instance();
			synchronized (jdk.socketLock(this.channel)) {
				if (this.channel.isBlocking() && !jdk.isSocketForced(this.channel)) {
					setFlags(flags() & ~Syscalls.NONBLOCK);
				}
			}
		}
	}

	private int flags() {
		int number = this.copy.acquire();
		try {
			return SyscallException.check("fcntl", this.syscalls.fcntl(number, F_GETFL, 0), this + ", F_GETFL");
		}
		finally {
			this.copy.release();
		}
	}

	private void setFlags(int flags) {
		int number = this.copy.acquire();
		try {
			SyscallException.check("fcntl", this.syscalls.fcntl(number, F_SETFL, flags), this + ", F_SETFL");
		}
		finally {
			this.copy.release();
		}
	}

	@Override
	public int acquire() {
		if (!this.channel.isOpen()) {
			throw new IllegalStateException(this + " is closed");
		}
		int number = this.copy.acquire();
		// in the other mode nobody takes it away
		if (this.channel.isBlocking()) {
			boolean ready = false;
			try {
				unblockAgain(number);
				ready = true;
			}
			finally {
				if (!ready) {
					this.copy.release();
				}
			}
		}
		return number;
	}

	private void unblockAgain(int number) {
		int flags = SyscallException.check("fcntl", this.syscalls.fcntl(number, F_GETFL, 0), this + ", F_GETFL");
		if ((flags & Syscalls.NONBLOCK) == 0) {
			unblock();
			setFlags(flags | Syscalls.NONBLOCK);
		}
	}

	@Override
	public void release() {
		this.copy.release();
	}

	@Override
	public boolean isOpen() {
		return this.channel.isOpen() && this.copy.isOpen();
	}

	/**
	 * Leaves the channel open, and its mode as it was.
	 */
	@Override
	public void close() {
		try {
			block();
		}
		finally {
			this.copy.close();
		}
	}

	@Override
	public String toString() {
		return "SocketChannel, " + this.copy;
	}

}
