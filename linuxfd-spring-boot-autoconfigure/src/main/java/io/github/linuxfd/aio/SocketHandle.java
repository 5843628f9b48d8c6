package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The socket of a channel, with its options, and its addresses as the JDK tells them.
 *
 * @author linuxfd
 */
final class SocketHandle extends ChannelHandle<AioSocket> {

	private final Set<SocketOption<?>> options;

	/** Guards the change of all addresses. */
	private final Object binding = new Object();

	/** What {@link #bind} has set. */
	private @Nullable InetSocketAddress bound;

	private volatile @Nullable InetSocketAddress local;

	/** Where a connection has been asked for. */
	private @Nullable InetSocketAddress wanted;

	private volatile @Nullable InetSocketAddress remote;

	SocketHandle(AioSocket socket, AioChannelGroup group, Set<SocketOption<?>> options,
			@Nullable InetSocketAddress remote) {
		super(socket, group);
		this.options = options;
		this.remote = remote;
	}

	void bind(@Nullable SocketAddress address) throws IOException {
		bind(address, () -> {
		});
	}

	/**
	 * Binds.
	 * @param then what else it takes to have the address
	 */
	void bind(@Nullable SocketAddress address, Runnable then) throws IOException {
		checkOpen();
		synchronized (this.binding) {
			if (this.wanted != null) {
				throw new ConnectionPendingException();
			}
			if (localAddress() != null) {
				throw new AlreadyBoundException();
			}
			this.bound = call(() -> {
				this.handle.bind(address);
				then.run();
				return this.handle.localAddress();
			});
			this.local = this.bound;
		}
	}

	/** From now on, until it is {@link #connected}. */
	void connecting(InetSocketAddress peer) {
		synchronized (this.binding) {
			if (this.remote != null) {
				throw new AlreadyConnectedException();
			}
			if (this.wanted != null) {
				throw new ConnectionPendingException();
			}
			this.wanted = peer;
		}
	}

	void connected(boolean successfully) {
		synchronized (this.binding) {
			this.remote = successfully ? this.wanted : null;
			this.wanted = null;
		}
	}

	/** Connects a socket for UDP. */
	void associate(InetSocketAddress peer) throws IOException {
		checkOpen();
		synchronized (this.binding) {
			if (this.remote != null) {
				throw new AlreadyConnectedException();
			}
			this.local = call(() -> {
				this.handle.associate(peer);
				return this.handle.localAddress();
			});
			this.remote = peer;
		}
	}

	/** Does nothing without a peer. */
	void dissociate() throws IOException {
		checkOpen();
		synchronized (this.binding) {
			if (this.remote != null) {
				InetSocketAddress before = this.bound;
				run(() -> {
					this.handle.associate(null);
					this.remote = null;
					this.local = null;
					if (before != null && this.handle.localAddress().getPort() == 0) {
						this.handle.bind(before); // the kernel takes back a port that it
													// has chosen
					}
				});
				this.local = before;
			}
		}
	}

	@Nullable InetSocketAddress localAddress() throws IOException {
		checkOpen();
		InetSocketAddress known = this.local;
		if (known == null && (this.remote != null || this.handle.isDatagram())) {
			// who never asks does without the call, and the first datagram that was sent
			// has given it one
			InetSocketAddress present = call(this.handle::localAddress);
			known = (present.getPort() != 0) ? present : null;
			this.local = known;
		}
		return known;
	}

	@Nullable InetSocketAddress remoteAddress() throws IOException {
		checkOpen();
		return this.remote;
	}

	/** As far as it is known, open or closed. */
	@Nullable InetSocketAddress local() {
		return this.local;
	}

	/** Open or closed. */
	@Nullable InetSocketAddress remote() {
		return this.remote;
	}

	<T> void setOption(SocketOption<T> name, @Nullable T value) throws IOException {
		checkSupported(name);
		run(() -> this.handle.setOption(name, value));
	}

	<T> T getOption(SocketOption<T> name) throws IOException {
		checkSupported(name);
		return call(() -> this.handle.getOption(name));
	}

	Set<SocketOption<?>> options() {
		return this.options;
	}

	private void checkSupported(SocketOption<?> name) {
		Objects.requireNonNull(name, "'name' is null");
		if (!this.options.contains(name)) {
			throw new UnsupportedOperationException("'" + name + "' not supported");
		}
	}

}
