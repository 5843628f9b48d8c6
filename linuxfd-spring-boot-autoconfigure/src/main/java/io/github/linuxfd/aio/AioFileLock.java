package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;

/**
 * A lock on a region of a file, once the kernel has granted it.
 *
 * @author linuxfd
 */
final class AioFileLock extends FileLock {

	private final AioFileChannel channel;

	private boolean valid = true;

	AioFileLock(AioFileChannel channel, long position, long size, boolean shared) {
		super(channel, position, size, shared);
		this.channel = channel;
	}

	@Override
	public synchronized boolean isValid() {
		return this.valid && this.channel.isOpen();
	}

	/** Returns true. */
	synchronized boolean invalidate() {
		this.valid = false;
		return true;
	}

	@Override
	public void release() throws IOException {
		if (!this.channel.isOpen()) {
			throw new ClosedChannelException();
		}
		synchronized (this) {
			if (!this.valid) {
				return;
			}
			this.valid = false;
		}
		this.channel.unlock(this);
	}

}
