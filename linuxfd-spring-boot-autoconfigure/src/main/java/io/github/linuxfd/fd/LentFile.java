package io.github.linuxfd.fd;

import java.nio.channels.FileChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The descriptor of a file that the JDK owns. A thread that has it is registered with the
 * channel as one of those that {@code close()} waits for.
 *
 * @author linuxfd
 */
final class LentFile extends LentFd {

	private final JdkChannels jdk;

	private final FileChannel channel;

	private final Object threads;

	private final int number;

	/** Held from {@link #acquire()} to {@link #release()}. */
	private final ReentrantLock lock = new ReentrantLock();

	/** Where the thread is registered. */
	private int index;

	private volatile boolean closed;

	private LentFile(JdkChannels jdk, FileChannel channel) {
		this.jdk = jdk;
		this.channel = channel;
		this.threads = jdk.fileThreads(channel);
		this.number = jdk.fileNumber(channel);
	}

	static LentFile lend(FileChannel channel) {
		JdkChannels jdk = JdkChannels.instance();
		if (!jdk.isFile(channel)) {
			throw new IllegalArgumentException(channel.getClass().getName() + " is not a channel of the JDK's own");
		}
		LentFile file = new LentFile(jdk, channel);
		if (!channel.isOpen()) {
			throw new IllegalStateException(file + " is closed");
		}
		return file;
	}

	@Override
	public int acquire() {
		this.lock.lock();
		if (!this.closed && this.lock.getHoldCount() == 1) {
			this.index = this.jdk.enter(this.threads);
			// after that, as in the channel's own methods: a close that comes now waits
			if (this.channel.isOpen()) {
				return this.number;
			}
			this.jdk.leave(this.threads, this.index);
		}
		boolean nested = this.lock.getHoldCount() > 1;
		this.lock.unlock();
		throw new IllegalStateException(this + (nested ? " is in use by this very thread" : " is closed"));
	}

	@Override
	public void release() {
		this.jdk.leave(this.threads, this.index);
		this.lock.unlock();
	}

	@Override
	public boolean isOpen() {
		return !this.closed && this.channel.isOpen();
	}

	/**
	 * Leaves the channel open. Waits for the end of a call.
	 */
	@Override
	public void close() {
		this.lock.lock();
		try {
			if (this.closed) {
				throw new IllegalStateException(this + " is closed already");
			}
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public String toString() {
		return "FileChannel descriptor " + this.number;
	}

}
