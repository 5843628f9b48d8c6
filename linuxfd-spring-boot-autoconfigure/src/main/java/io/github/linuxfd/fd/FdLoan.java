package io.github.linuxfd.fd;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A descriptor's number on loan to native code: as long as this is open the number means
 * what it meant, even if its owner closes it meanwhile; close(2) comes afterwards. Any
 * thread may close.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class FdLoan implements AutoCloseable {

	private final OwnedFd fd;

	private final int number;

	private final AtomicBoolean returned = new AtomicBoolean();

	FdLoan(OwnedFd fd) {
		this.fd = fd;
		this.number = fd.acquire();
	}

	/**
	 * Return the number.
	 * @return the number, not to be closed and not to be kept
	 * @throws IllegalStateException if it was given back
	 */
	public int number() {
		if (this.returned.get()) {
			throw new IllegalStateException(this.fd + " was given back");
		}
		return this.number;
	}

	/**
	 * Give the number back.
	 * @throws IllegalStateException if it was given back already
	 */
	@Override
	public void close() {
		if (!this.returned.compareAndSet(false, true)) {
			throw new IllegalStateException(this.fd + " was given back already");
		}
		this.fd.release();
	}

	@Override
	public String toString() {
		return "FdLoan[" + this.fd + "]";
	}

}
