package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.GroupReq;
import io.github.linuxfd.ffi.Layouts.GroupSourceReq;
import io.github.linuxfd.ffi.NativeMemory;

/**
 * The multicast groups that a channel has joined: {@code setsockopt(2)} as in RFC 3678.
 * Any thread may call.
 *
 * @author linuxfd
 */
final class Memberships {

	private static final int IP_MULTICAST_ALL = 49;

	private static final int IPV6_MULTICAST_ALL = 29;

	private final MulticastChannel channel;

	private final SocketHandle socket;

	/** Guarded by itself, as are the joins and all that they block. */
	private final Set<AioMembershipKey> keys = new HashSet<>();

	Memberships(MulticastChannel channel, SocketHandle socket) {
		this.channel = channel;
		this.socket = socket;
	}

	/** Otherwise what others on this machine have joined would come, too. */
	void receiveOnlyJoined() throws IOException {
		this.socket.run(() -> {
			receiveNoMore(SocketOptions.IPPROTO_IP, IP_MULTICAST_ALL);
			if (this.socket.handle.family() == SocketAddresses.AF_INET6) {
				receiveNoMore(SocketOptions.IPPROTO_IPV6, IPV6_MULTICAST_ALL);
			}
		});
	}

	private void receiveNoMore(int level, int option) {
		try (NativeMemory off = NativeMemory.allocate(Integer.BYTES)) {
			this.socket.handle.setOption(level, option, off, Integer.BYTES, "MULTICAST_ALL");
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.ENOPROTOOPT)) { // that of IPv6 came with Linux
															// 4.20
				throw ex;
			}
		}
	}

	/** From all sources if none is named. */
	MembershipKey join(InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source)
			throws IOException {
		if (!group.isMulticastAddress()) {
			throw new IllegalArgumentException(group + " is not a multicast address");
		}
		if (!(group instanceof Inet4Address) && this.socket.handle.family() == SocketAddresses.AF_INET) {
			throw new IllegalArgumentException("A socket of IPv4 cannot join " + group);
		}
		if (source != null) {
			checkSource(group, source);
		}
		synchronized (this.keys) {
			this.socket.checkOpen();
			for (AioMembershipKey key : this.keys) {
				if (key.group().equals(group) && key.networkInterface().equals(networkInterface)) {
					if (Objects.equals(key.sourceAddress(), source)) {
						return key;
					}
					if (key.sourceAddress() == null || source == null) {
						throw new IllegalStateException("Already a member by " + key);
					}
				}
			}
			AioMembershipKey key = new AioMembershipKey(this.channel, this, group, networkInterface, source);
			this.socket
				.run(() -> request((source != null) ? Request.JOIN_SOURCE_GROUP : Request.JOIN_GROUP, key, source));
			this.keys.add(key);
			return key;
		}
	}

	private static void checkSource(InetAddress group, InetAddress source) {
		if (source.isAnyLocalAddress() || source.isMulticastAddress()) {
			throw new IllegalArgumentException(source + " is not the address of a source");
		}
		if (source.getClass() != group.getClass()) {
			throw new IllegalArgumentException(source + " cannot send to " + group);
		}
	}

	/** Also the close of the channel ends them all. */
	boolean contains(AioMembershipKey key) {
		synchronized (this.keys) {
			return this.socket.isOpen() && this.keys.contains(key);
		}
	}

	void drop(AioMembershipKey key) {
		synchronized (this.keys) {
			if (contains(key)) {
				InetAddress source = key.sourceAddress();
				try {
					request((source != null) ? Request.LEAVE_SOURCE_GROUP : Request.LEAVE_GROUP, key, source);
				}
				catch (SyscallException ex) {
					if (!ex.errno().equals(Errno.ENODEV)) { // the interface has gone
						throw ex;
					}
				}
				catch (IllegalStateException ex) {
					if (this.socket.isOpen()) {
						throw ex;
					}
					// it has just been closed, and has left
				}
				this.keys.remove(key);
			}
		}
	}

	void block(AioMembershipKey key, InetAddress source) throws IOException {
		if (key.sourceAddress() != null) {
			throw new IllegalStateException(key + " is source-specific");
		}
		synchronized (this.keys) {
			checkValid(key);
			if (!key.blocked.contains(source)) {
				checkSource(key.group(), source);
				this.socket.run(() -> request(Request.BLOCK_SOURCE, key, source));
				key.blocked.add(source);
			}
		}
	}

	void unblock(AioMembershipKey key, InetAddress source) {
		synchronized (this.keys) {
			checkValid(key);
			if (!key.blocked.contains(source)) {
				throw new IllegalStateException(source + " is not blocked");
			}
			request(Request.UNBLOCK_SOURCE, key, source);
			key.blocked.remove(source);
		}
	}

	private void checkValid(AioMembershipKey key) {
		if (!contains(key)) {
			throw new IllegalStateException(key + " is no longer valid");
		}
	}

	/** A socket of IPv6 takes those of IPv4 as well, at their own level. */
	private void request(Request request, AioMembershipKey key, @Nullable InetAddress source) {
		boolean ipv4 = key.group() instanceof Inet4Address;
		int family = ipv4 ? SocketAddresses.AF_INET : SocketAddresses.AF_INET6;
		try (NativeMemory memory = NativeMemory.allocate(GroupSourceReq.BYTES)) {
			ByteBuffer bytes = memory.bytes();
			bytes.putInt(GroupSourceReq.INTERFACE, key.networkInterface().getIndex());
			SocketAddresses.put(new InetSocketAddress(key.group(), 0), family, bytes, GroupSourceReq.GROUP);
			if (source != null) {
				SocketAddresses.put(new InetSocketAddress(source, 0), family, bytes, GroupSourceReq.SOURCE);
			}
			this.socket.handle.setOption(ipv4 ? SocketOptions.IPPROTO_IP : SocketOptions.IPPROTO_IPV6, request.option,
					memory, (source != null) ? GroupSourceReq.BYTES : GroupReq.BYTES,
					"MCAST_" + request + ", " + key + ((key.sourceAddress() != source) ? ", " + source : ""));
		}
	}

	/** What of a group is asked for, as in RFC 3678. */
	private enum Request {

		JOIN_GROUP(42), BLOCK_SOURCE(43), UNBLOCK_SOURCE(44), LEAVE_GROUP(45), JOIN_SOURCE_GROUP(46),
		LEAVE_SOURCE_GROUP(47);

		private final int option;

		Request(int option) {
			this.option = option;
		}

	}

}
