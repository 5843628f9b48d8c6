package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;

import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Layouts.IpMreqn;
import io.github.linuxfd.ffi.NativeMemory;

/**
 * {@code getsockopt(2)} and {@code setsockopt(2)} of Java's own options.
 *
 * @author linuxfd
 */
final class SocketOptions {

	static final int SOL_SOCKET = 1;

	static final int IPPROTO_IP = 0;

	static final int IPPROTO_IPV6 = 41;

	private static final int IPPROTO_TCP = 6;

	private static final int IP_MULTICAST_IF = 32;

	private static final int IP_MULTICAST_TTL = 33;

	private static final int IP_MULTICAST_LOOP = 34;

	private static final int IPV6_MULTICAST_IF = 17;

	private static final int IPV6_MULTICAST_HOPS = 18;

	private static final int IPV6_MULTICAST_LOOP = 19;

	private static final int MOST_HOPS = 255;

	private static final Name LINGER = new Name(SOL_SOCKET, 13);

	private static final Map<SocketOption<?>, Name> NAMES = Map.ofEntries(
			Map.entry(StandardSocketOptions.SO_SNDBUF, new Name(SOL_SOCKET, 7)),
			Map.entry(StandardSocketOptions.SO_RCVBUF, new Name(SOL_SOCKET, 8)),
			Map.entry(StandardSocketOptions.SO_REUSEADDR, new Name(SOL_SOCKET, 2)),
			Map.entry(StandardSocketOptions.SO_REUSEPORT, new Name(SOL_SOCKET, 15)),
			Map.entry(StandardSocketOptions.SO_KEEPALIVE, new Name(SOL_SOCKET, 9)),
			Map.entry(StandardSocketOptions.SO_LINGER, LINGER),
			Map.entry(StandardSocketOptions.SO_BROADCAST, new Name(SOL_SOCKET, 6)),
			Map.entry(StandardSocketOptions.TCP_NODELAY, new Name(IPPROTO_TCP, 1)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPIDLE, new Name(IPPROTO_TCP, 4)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPINTERVAL, new Name(IPPROTO_TCP, 5)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPCOUNT, new Name(IPPROTO_TCP, 6)),
			Map.entry(ExtendedSocketOptions.TCP_QUICKACK, new Name(IPPROTO_TCP, 12)),
			Map.entry(StandardSocketOptions.IP_MULTICAST_IF, new Name(IPPROTO_IP, IP_MULTICAST_IF)),
			Map.entry(StandardSocketOptions.IP_MULTICAST_TTL, new Name(IPPROTO_IP, IP_MULTICAST_TTL)),
			Map.entry(StandardSocketOptions.IP_MULTICAST_LOOP, new Name(IPPROTO_IP, IP_MULTICAST_LOOP)));

	/** What a socket of IPv6 has as well. */
	private static final Map<SocketOption<?>, Name> IPV6_NAMES = Map.of(StandardSocketOptions.IP_MULTICAST_IF,
			new Name(IPPROTO_IPV6, IPV6_MULTICAST_IF), StandardSocketOptions.IP_MULTICAST_TTL,
			new Name(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), StandardSocketOptions.IP_MULTICAST_LOOP,
			new Name(IPPROTO_IPV6, IPV6_MULTICAST_LOOP));

	static final Set<SocketOption<?>> OF_STREAM = Set.of(StandardSocketOptions.SO_SNDBUF,
			StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
			StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_LINGER, StandardSocketOptions.TCP_NODELAY,
			ExtendedSocketOptions.TCP_KEEPIDLE, ExtendedSocketOptions.TCP_KEEPINTERVAL,
			ExtendedSocketOptions.TCP_KEEPCOUNT, ExtendedSocketOptions.TCP_QUICKACK);

	static final Set<SocketOption<?>> OF_SERVER = Set.of(StandardSocketOptions.SO_RCVBUF,
			StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT);

	static final Set<SocketOption<?>> OF_DATAGRAM = Set.of(StandardSocketOptions.SO_SNDBUF,
			StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
			StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.IP_MULTICAST_IF,
			StandardSocketOptions.IP_MULTICAST_TTL, StandardSocketOptions.IP_MULTICAST_LOOP);

	private SocketOptions() {
	}

	static <T> void set(AioSocket socket, SocketOption<T> option, @Nullable T value) {
		Name name = name(option);
		try (NativeMemory memory = NativeMemory.allocate(IpMreqn.BYTES)) {
			int bytes = Integer.BYTES;
			if (name == LINGER) {
				int seconds = (value != null) ? (Integer) value : -1;
				memory.bytes().putInt(0, (seconds >= 0) ? 1 : 0).putInt(Integer.BYTES, Math.max(seconds, 0));
				bytes = 2 * Integer.BYTES;
			}
			else if (value instanceof Boolean on) {
				memory.bytes().putInt(0, on ? 1 : 0);
			}
			else if (value instanceof Integer size && size >= 0
					&& (option != StandardSocketOptions.IP_MULTICAST_TTL || size <= MOST_HOPS)) {
				memory.bytes().putInt(0, size);
			}
			else if (value instanceof NetworkInterface sending) {
				memory.bytes().put(IpMreqn.ADDRESS, addressOf(sending)).putInt(IpMreqn.IFINDEX, sending.getIndex());
				bytes = IpMreqn.BYTES;
			}
			else {
				throw new IllegalArgumentException(option.name() + " cannot be " + value);
			}
			socket.setOption(name.level(), name.option(), memory, bytes, option.name());
			Name ofIpv6 = IPV6_NAMES.get(option);
			if (ofIpv6 != null && socket.family() == SocketAddresses.AF_INET6) {
				if (value instanceof NetworkInterface sending) {
					memory.bytes().putInt(0, sending.getIndex());
				}
				socket.setOption(ofIpv6.level(), ofIpv6.option(), memory, Integer.BYTES, option.name());
			}
		}
	}

	/** What datagrams come from, and what a socket of IPv4 tells the interface by. */
	private static byte[] addressOf(NetworkInterface sending) {
		return sending.inetAddresses()
			.filter(Inet4Address.class::isInstance)
			.map(InetAddress::getAddress)
			.findFirst()
			.orElse(new byte[Integer.BYTES]);
	}

	@SuppressWarnings("NullAway") // no interface may be set
	static <T> T get(AioSocket socket, SocketOption<T> option) {
		Name name = name(option);
		if (socket.family() == SocketAddresses.AF_INET6) {
			name = IPV6_NAMES.getOrDefault(option, name);
		}
		try (NativeMemory memory = NativeMemory.allocate(3 * Integer.BYTES)) {
			socket.getOption(name.level(), name.option(), memory, 2 * Integer.BYTES, option.name());
			int value = memory.bytes().getInt(0);
			if (name == LINGER) {
				return option.type().cast((value != 0) ? memory.bytes().getInt(Integer.BYTES) : -1);
			}
			if (option == StandardSocketOptions.SO_SNDBUF || option == StandardSocketOptions.SO_RCVBUF) {
				value /= 2; // the kernel counts its own share, socket(7)
			}
			if (option == StandardSocketOptions.IP_MULTICAST_IF) {
				return option.type().cast((value != 0) ? sending(name, value, memory) : null);
			}
			return option.type().cast((option.type() == Boolean.class) ? (Object) (value != 0) : (Object) value);
		}
	}

	private static NetworkInterface sending(Name name, int index, NativeMemory memory) {
		try {
			byte[] address = new byte[Integer.BYTES];
			memory.bytes().get(0, address);
			NetworkInterface found = (name.level() == IPPROTO_IPV6) ? NetworkInterface.getByIndex(index)
					: NetworkInterface.getByInetAddress(InetAddress.getByAddress(address));
			if (found == null) {
				throw new SocketException("The interface has gone");
			}
			return found;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Name name(SocketOption<?> option) {
		Name name = NAMES.get(option);
		if (name == null) {
			throw new UnsupportedOperationException("'" + option + "' not supported");
		}
		return name;
	}

	private record Name(int level, int option) {

	}

}
