package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A socket of TCP or UDP, over IPv6 and IPv4, whose operations complete asynchronously,
 * through an {@link Aio}. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket.7</a>
 */
public final class AioSocket extends AioHandle {

	static final int SOCK_STREAM = 1;

	static final int SOCK_DGRAM = 2;

	private static final int IPV6_V6ONLY = 26;

	private static final int SHUT_RDWR = 2;

	private static final int LENGTH_AT = 32;

	private final Syscalls syscalls;

	private final int family;

	private final Set<SocketOption<?>> options;

	private volatile boolean listening;

	private AioSocket(Syscalls syscalls, OwnedFd fd, int family, Set<SocketOption<?>> options, Engine engine,
			Delivery delivery) {
		super(fd, engine, delivery);
		this.syscalls = syscalls;
		this.family = family;
		this.options = options;
	}

	/** For both families, or for IPv4 alone where there is no IPv6. */
	static AioSocket open(Syscalls syscalls, int type, Engine engine, Delivery delivery) {
		int flags = type | Syscalls.CLOEXEC | engine.socketFlags();
		int family = SocketAddresses.AF_INET6;
		int result = Boolean.getBoolean("java.net.preferIPv4Stack") ? -Errno.EAFNOSUPPORT.number()
				: syscalls.socket(family, flags, 0);
		if (Errno.EAFNOSUPPORT.is(result)) {
			family = SocketAddresses.AF_INET;
			result = syscalls.socket(family, flags, 0);
		}
		OwnedFd fd = OwnedFd.adopt(syscalls, result, "socket", (type == SOCK_STREAM) ? "SOCK_STREAM" : "SOCK_DGRAM");
		AioSocket socket = new AioSocket(syscalls, fd, family,
				(type == SOCK_STREAM) ? SocketOptions.OF_STREAM : SocketOptions.OF_DATAGRAM, engine, delivery);
		if (family == SocketAddresses.AF_INET6) {
			socket.acceptIpv4();
		}
		return socket;
	}

	private void acceptIpv4() {
		boolean done = false;
		try (NativeMemory off = NativeMemory.allocate(Integer.BYTES)) {
			setOption(SocketOptions.IPPROTO_IPV6, IPV6_V6ONLY, off, Integer.BYTES, "IPV6_V6ONLY");
			done = true;
		}
		finally {
			if (!done) {
				close();
			}
		}
	}

	boolean isDatagram() {
		return this.options == SocketOptions.OF_DATAGRAM;
	}

	int family() {
		return this.family;
	}

	int acceptFlags() {
		return Syscalls.CLOEXEC | engine().socketFlags();
	}

	/** What accept(2) has returned. */
	AioSocket accepted(int number) {
		OwnedFd fd = OwnedFd.adopt(this.syscalls, number, "socket", "");
		return new AioSocket(this.syscalls, fd, this.family, SocketOptions.OF_STREAM, engine(), sharedDelivery());
	}

	/**
	 * {@code bind(2)} - gives the socket an address of this machine.
	 * @param local the address; {@code null} for any address and port
	 * @throws SyscallException {@code EADDRINUSE} - somebody else has it; {@code EACCES}
	 * - a port below {@code net.ipv4.ip_unprivileged_port_start} needs
	 * {@code CAP_NET_BIND_SERVICE}; {@code EADDRNOTAVAIL} - the machine has no such
	 * address; {@code EINVAL} - the socket has one already
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws IllegalStateException if this is closed
	 */
	public void bind(@Nullable SocketAddress local) {
		InetSocketAddress address = SocketAddresses.check((local != null) ? local : new InetSocketAddress(0));
		int number = fd().acquire();
		try (NativeMemory memory = NativeMemory.allocate(SocketAddresses.MAX_BYTES)) {
			int bytes = SocketAddresses.put(address, this.family, memory.bytes(), 0);
			SyscallException.check("bind", this.syscalls.bind(number, memory.address(), bytes), address);
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code connect(2)} of a socket for UDP, which does not wait; no address dissolves
	 * it.
	 */
	void associate(@Nullable InetSocketAddress peer) {
		int number = fd().acquire();
		try (NativeMemory memory = NativeMemory.allocate(SocketAddresses.MAX_BYTES)) {
			// all zero is AF_UNSPEC
			int bytes = (peer != null) ? SocketAddresses.put(peer, this.family, memory.bytes(), 0)
					: SocketAddresses.MAX_BYTES;
			SyscallException.check("connect", this.syscalls.connect(number, memory.address(), bytes),
					(peer != null) ? peer : "AF_UNSPEC");
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code listen(2)} - lets connections come.
	 * @param backlog how many may wait to be accepted; {@code net.core.somaxconn} is the
	 * most
	 * @throws SyscallException {@code EADDRINUSE} - another socket listens there
	 * @throws IllegalStateException if this is closed
	 */
	public void listen(int backlog) {
		int number = fd().acquire();
		try {
			SyscallException.check("listen", this.syscalls.listen(number, backlog), this);
			this.listening = true;
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code getsockname(2)} - returns the address of this side.
	 * @return the address, whose port is 0 if the socket has none yet
	 * @throws IllegalStateException if this is closed
	 */
	public InetSocketAddress localAddress() {
		return address("getsockname").orElseThrow();
	}

	/**
	 * {@code getpeername(2)} - returns the address of the other side.
	 * @return the address, or empty if the socket is not connected
	 * @throws IllegalStateException if this is closed
	 */
	public Optional<InetSocketAddress> remoteAddress() {
		return address("getpeername");
	}

	private Optional<InetSocketAddress> address(String call) {
		int number = fd().acquire();
		try (NativeMemory memory = NativeMemory.allocate(LENGTH_AT + Integer.BYTES)) {
			memory.bytes().putInt(LENGTH_AT, SocketAddresses.MAX_BYTES);
			long length = memory.address() + LENGTH_AT;
			int result = call.equals("getpeername") ? this.syscalls.getpeername(number, memory.address(), length)
					: this.syscalls.getsockname(number, memory.address(), length);
			if (Errno.ENOTCONN.is(result)) {
				return Optional.empty();
			}
			SyscallException.check(call, result, this);
			return Optional.of(SocketAddresses.get(memory.bytes(), 0));
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code setsockopt(2)} - sets an option.
	 * @param <T> the type of its value
	 * @param option the option
	 * @param value its value
	 * @throws UnsupportedOperationException if the socket has no such option
	 * @throws IllegalArgumentException if it cannot have that value
	 * @throws SyscallException if the kernel refuses it
	 * @throws IllegalStateException if this is closed
	 */
	public <T> void setOption(SocketOption<T> option, @Nullable T value) {
		SocketOptions.set(this, option, value);
	}

	/** {@code setsockopt(2)}. */
	void setOption(int level, int option, NativeMemory value, int bytes, Object detail) {
		int number = fd().acquire();
		try {
			SyscallException.check("setsockopt",
					this.syscalls.setsockopt(number, level, option, value.address(), bytes), detail);
		}
		finally {
			fd().release();
		}
	}

	/**
	 * {@code getsockopt(2)} - returns the value of an option.
	 * @param <T> the type of its value
	 * @param option the option
	 * @return its value
	 * @throws UnsupportedOperationException if the socket has no such option
	 * @throws IllegalStateException if this is closed
	 */
	public <T> T getOption(SocketOption<T> option) {
		return SocketOptions.get(this, option);
	}

	/** {@code getsockopt(2)}; the size is behind the value. */
	void getOption(int level, int option, NativeMemory value, int bytes, Object detail) {
		value.bytes().putInt(bytes, bytes);
		int number = fd().acquire();
		try {
			SyscallException.check("getsockopt",
					this.syscalls.getsockopt(number, level, option, value.address(), value.address() + bytes), detail);
		}
		finally {
			fd().release();
		}
	}

	/**
	 * Return the options of such a socket.
	 * @return the options
	 */
	public Set<SocketOption<?>> supportedOptions() {
		return this.options;
	}

	/**
	 * {@code shutdown(2)}, {@code SHUT_RD} - receives end.
	 * @throws SyscallException {@code ENOTCONN} - the socket is not connected
	 * @throws IllegalStateException if this is closed
	 */
	public void shutdownInput() {
		shutdown(0);
	}

	/**
	 * {@code shutdown(2)}, {@code SHUT_WR} - tells the peer that nothing more will come.
	 * @throws SyscallException {@code ENOTCONN} - the socket is not connected
	 * @throws IllegalStateException if this is closed
	 */
	public void shutdownOutput() {
		shutdown(1);
	}

	private void shutdown(int how) {
		int number = fd().acquire();
		try {
			SyscallException.check("shutdown", this.syscalls.shutdown(number, how), this);
		}
		finally {
			fd().release();
		}
	}

	/** So that the port is free at once, although an accept may be pending. */
	@Override
	void closing(int number) {
		if (this.listening) {
			this.syscalls.shutdown(number, SHUT_RDWR);
		}
	}

	@Override
	public String toString() {
		return fd().toString();
	}

}
