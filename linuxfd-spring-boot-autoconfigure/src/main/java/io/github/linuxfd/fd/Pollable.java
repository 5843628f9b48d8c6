package io.github.linuxfd.fd;

/**
 * Something with a descriptor that a poller can wait for.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@FunctionalInterface
public interface Pollable {

	/**
	 * Return the descriptor. It stays owned by this object.
	 * @return the owner of the number, always the same
	 */
	OwnedFd fd();

}
