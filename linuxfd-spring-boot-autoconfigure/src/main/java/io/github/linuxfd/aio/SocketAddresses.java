package io.github.linuxfd.aio;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

import io.github.linuxfd.ffi.Layouts.SockaddrIn;
import io.github.linuxfd.ffi.Layouts.SockaddrIn6;

/**
 * {@code struct sockaddr}, of IPv4 and IPv6.
 *
 * @author linuxfd
 */
final class SocketAddresses {

	static final int AF_UNSPEC = 0;

	static final int AF_INET = 2;

	static final int AF_INET6 = 10;

	/** Room for each of them. */
	static final int MAX_BYTES = SockaddrIn6.BYTES;

	/** ::ffff:0:0/96. */
	private static final int MAPPED_PREFIX_BYTES = 12;

	private SocketAddresses() {
	}

	/** The only addresses that a socket takes here. */
	static InetSocketAddress check(SocketAddress address) {
		if (!(address instanceof InetSocketAddress inet)) {
			throw new UnsupportedAddressTypeException();
		}
		if (inet.isUnresolved()) {
			throw new UnresolvedAddressException();
		}
		return inet;
	}

	/** Writes an address for a socket of that family, and returns its size. */
	static int put(InetSocketAddress address, int family, ByteBuffer bytes, int at) {
		InetAddress host = address.getAddress();
		if (family == AF_INET) {
			if (!(host instanceof Inet4Address)) {
				throw new UnsupportedAddressTypeException();
			}
			bytes.putShort(at + SockaddrIn.FAMILY, (short) AF_INET);
			putPort(bytes, at + SockaddrIn.PORT, address.getPort());
			bytes.put(at + SockaddrIn.ADDR, host.getAddress());
			bytes.putLong(at + SockaddrIn.ADDR + Integer.BYTES, 0);
			return SockaddrIn.BYTES;
		}
		bytes.putShort(at + SockaddrIn6.FAMILY, (short) AF_INET6);
		putPort(bytes, at + SockaddrIn6.PORT, address.getPort());
		bytes.putInt(at + SockaddrIn6.FLOWINFO, 0).putInt(at + SockaddrIn6.SCOPE_ID, 0);
		byte[] octets = host.getAddress();
		if (host instanceof Inet6Address inet6) {
			bytes.put(at + SockaddrIn6.ADDR, octets).putInt(at + SockaddrIn6.SCOPE_ID, inet6.getScopeId());
		}
		else {
			byte[] mapped = new byte[MAPPED_PREFIX_BYTES + octets.length];
			if (!host.isAnyLocalAddress()) {
				mapped[10] = -1;
				mapped[11] = -1;
				System.arraycopy(octets, 0, mapped, MAPPED_PREFIX_BYTES, octets.length);
			}
			bytes.put(at + SockaddrIn6.ADDR, mapped);
		}
		return SockaddrIn6.BYTES;
	}

	/** The port is in network order, whatever the machine's. */
	private static void putPort(ByteBuffer bytes, int at, int port) {
		bytes.put(at, (byte) (port >> Byte.SIZE)).put(at + 1, (byte) port);
	}

	/** Reads an address as the kernel has written it. */
	static InetSocketAddress get(ByteBuffer bytes, int at) {
		int family = bytes.getShort(at);
		int port = Short.toUnsignedInt(bytes.slice(at + SockaddrIn.PORT, 2).order(ByteOrder.BIG_ENDIAN).getShort(0));
		try {
			if (family == AF_INET) {
				byte[] octets = new byte[4];
				bytes.get(at + SockaddrIn.ADDR, octets);
				return new InetSocketAddress(InetAddress.getByAddress(octets), port);
			}
			byte[] octets = new byte[16];
			bytes.get(at + SockaddrIn6.ADDR, octets);
			int scope = bytes.getInt(at + SockaddrIn6.SCOPE_ID);
			// a mapped address becomes one of IPv4 here
			InetAddress host = (scope != 0) ? Inet6Address.getByAddress(null, octets, scope)
					: InetAddress.getByAddress(octets);
			return new InetSocketAddress(host, port);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of family " + family, ex); // of
																					// illegal
																					// length
		}
	}

}
