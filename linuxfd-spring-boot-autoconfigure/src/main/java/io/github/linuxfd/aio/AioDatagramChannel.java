package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.nio.channels.NotYetConnectedException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * An asynchronous channel for UDP in the style of the JDK's other asynchronous channels,
 * which has none. Any number of operations may be pending at once, because datagrams do
 * not depend on each other: receives take what comes in the order in which they were
 * started. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioDatagramChannel implements AsynchronousChannel, MulticastChannel {

	private static final OperationOwner ENDS = (operation, failure, lost) -> IoFailures.of(failure);

	private final AioChannelProvider provider;

	private final SocketHandle socket;

	private final Memberships memberships;

	AioDatagramChannel(AioChannelProvider provider, AioChannelGroup group, AioSocket socket) throws IOException {
		this.provider = provider;
		this.socket = new SocketHandle(socket, group, SocketOptions.OF_DATAGRAM, null);
		this.memberships = new Memberships(this, this.socket);
		boolean done = false;
		try {
			this.memberships.receiveOnlyJoined();
			done = true;
		}
		finally {
			if (!done) {
				close();
			}
		}
	}

	/**
	 * {@code socket(2)} - opens a channel of a group.
	 * @param group a group of an {@link AioChannelProvider}
	 * @return the channel, to be closed by the caller
	 * @throws IllegalChannelGroupException if the group is of another provider
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group is shut down
	 * @throws IOException if no descriptor is left
	 */
	public static AioDatagramChannel open(AsynchronousChannelGroup group) throws IOException {
		if (group.provider() instanceof AioChannelProvider ours) {
			return ours.openAsynchronousDatagramChannel(group);
		}
		throw new IllegalChannelGroupException();
	}

	/**
	 * Return what has made this.
	 * @return the provider
	 */
	public AioChannelProvider provider() {
		return this.provider;
	}

	@Override
	public boolean isOpen() {
		return this.socket.isOpen();
	}

	/**
	 * {@code close(2)} - pending operations fail with
	 * {@link java.nio.channels.AsynchronousCloseException}. The second call does nothing.
	 */
	@Override
	public void close() {
		this.socket.close();
	}

	/**
	 * {@code bind(2)} - gives the channel an address of this machine.
	 * @param address the address; {@code null} for any address and port
	 * @return this
	 * @throws AlreadyBoundException if it has one
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException if the address cannot be had
	 */
	@Override
	public AioDatagramChannel bind(@Nullable SocketAddress address) throws IOException {
		this.socket.bind(address);
		return this;
	}

	/**
	 * {@code connect(2)} - lets the channel exchange datagrams with one peer only.
	 * Nothing is sent, so this does not wait.
	 * @param address the peer
	 * @return this
	 * @throws AlreadyConnectedException if there is a peer
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException if there is no way to the peer
	 */
	public AioDatagramChannel connect(SocketAddress address) throws IOException {
		this.socket.associate(SocketAddresses.check(Objects.requireNonNull(address, "'address' is null")));
		return this;
	}

	/**
	 * {@code connect(2)}, {@code AF_UNSPEC} - lets the channel exchange datagrams with
	 * everybody again. Does nothing without a peer.
	 * @return this
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException if the kernel refuses it
	 */
	public AioDatagramChannel disconnect() throws IOException {
		this.socket.dissociate();
		return this;
	}

	/**
	 * {@code getsockname(2)} - returns the address of this side.
	 * @return the address, or {@code null} as long as there is none
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException if that fails
	 */
	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		return this.socket.localAddress();
	}

	/**
	 * Return the peer.
	 * @return its address, or {@code null} without one
	 * @throws ClosedChannelException if this is closed
	 */
	public @Nullable SocketAddress getRemoteAddress() throws IOException {
		return this.socket.remoteAddress();
	}

	@Override
	public <T> AioDatagramChannel setOption(SocketOption<T> name, @Nullable T value) throws IOException {
		this.socket.setOption(name, value);
		return this;
	}

	@Override
	public <T> T getOption(SocketOption<T> name) throws IOException {
		return this.socket.getOption(name);
	}

	@Override
	public Set<SocketOption<?>> supportedOptions() {
		return this.socket.options();
	}

	/**
	 * {@code setsockopt(2)}, {@code MCAST_JOIN_GROUP} - joins a multicast group, from
	 * whose sources datagrams are received from then on. It takes a socket that is bound
	 * to its port, and mostly {@code SO_REUSEADDR} before. Linux 2.6.
	 * @param group the group, of IPv4 or IPv6
	 * @param networkInterface where to join
	 * @return the membership; the same one if there is one already
	 * @throws IllegalArgumentException if it is not a multicast address, or one of IPv6
	 * where there is no IPv6
	 * @throws IllegalStateException if the channel is a member for some sources only
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException {@code ENOBUFS} - {@code net.ipv4.igmp_max_memberships} is
	 * reached; {@code ENODEV} - there is no such interface
	 */
	@Override
	public MembershipKey join(InetAddress group, NetworkInterface networkInterface) throws IOException {
		return this.memberships.join(group, networkInterface, null);
	}

	/**
	 * {@code setsockopt(2)}, {@code MCAST_JOIN_SOURCE_GROUP} - joins a multicast group
	 * for the datagrams of one source.
	 * @param group the group, of IPv4 or IPv6
	 * @param networkInterface where to join
	 * @param source the only source
	 * @return the membership; the same one if there is one already
	 * @throws IllegalArgumentException if the group is not a multicast address, or one of
	 * IPv6 where there is no IPv6, or the source is not the address of one
	 * @throws IllegalStateException if the channel is a member for all sources
	 * @throws ClosedChannelException if this is closed
	 * @throws IOException {@code ENOBUFS} - {@code net.ipv4.igmp_max_memberships} or
	 * {@code net.ipv4.igmp_max_msf} is reached; {@code ENODEV} - there is no such
	 * interface
	 */
	@Override
	public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source)
			throws IOException {
		return this.memberships.join(group, networkInterface, Objects.requireNonNull(source, "'source' is null"));
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram.
	 * @param target where the bytes go; what does not fit is lost
	 * @return how many bytes came from whom
	 * @throws IllegalArgumentException if the buffer is read-only
	 */
	public Future<AioDatagram> receive(ByteBuffer target) {
		ChannelFuture<AioDatagram> future = new ChannelFuture<>(this);
		receive(target, 0, Function.identity(), null, future);
		return future;
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram.
	 * @param <A> the type of the attachment
	 * @param target where the bytes go; what does not fit is lost
	 * @param timeout the time limit, after which the operation fails with
	 * {@link java.nio.channels.InterruptedByTimeoutException}; zero or less for none
	 * @param unit its unit
	 * @param attachment the attachment
	 * @param handler gets how many bytes came from whom
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void receive(ByteBuffer target, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<AioDatagram, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		receive(target, ChannelHandle.nanos(timeout, unit), Function.identity(), attachment, handler);
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram, without a time limit.
	 * @param <A> the type of the attachment
	 * @param target where the bytes go; what does not fit is lost
	 * @param attachment the attachment
	 * @param handler gets how many bytes came from whom
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void receive(ByteBuffer target, @Nullable A attachment,
			CompletionHandler<AioDatagram, ? super A> handler) {
		receive(target, 0, TimeUnit.NANOSECONDS, attachment, handler);
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram.
	 * @param source the bytes
	 * @param target whom to send them to: the peer, if there is one
	 * @return the number of bytes
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws AlreadyConnectedException if there is another peer
	 */
	public Future<Integer> send(ByteBuffer source, SocketAddress target) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		send(source, checkPeer(target), 0, null, future);
		return future;
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram.
	 * @param <A> the type of the attachment
	 * @param source the bytes
	 * @param target whom to send them to: the peer, if there is one
	 * @param timeout the time limit, after which the operation fails with
	 * {@link java.nio.channels.InterruptedByTimeoutException}; zero or less for none
	 * @param unit its unit
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws AlreadyConnectedException if there is another peer
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void send(ByteBuffer source, SocketAddress target, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		send(source, checkPeer(target), ChannelHandle.nanos(timeout, unit), attachment, handler);
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram, without a time limit.
	 * @param <A> the type of the attachment
	 * @param source the bytes
	 * @param target whom to send them to: the peer, if there is one
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws AlreadyConnectedException if there is another peer
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void send(ByteBuffer source, SocketAddress target, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		send(source, target, 0, TimeUnit.NANOSECONDS, attachment, handler);
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram of the peer.
	 * @param target where the bytes go; what does not fit is lost
	 * @return the number of bytes
	 * @throws NotYetConnectedException without a peer
	 * @throws IllegalArgumentException if the buffer is read-only
	 */
	public Future<Integer> read(ByteBuffer target) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		checkConnected();
		receive(target, 0, AioDatagram::bytes, null, future);
		return future;
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram of the peer.
	 * @param <A> the type of the attachment
	 * @param target where the bytes go; what does not fit is lost
	 * @param timeout the time limit, after which the operation fails with
	 * {@link java.nio.channels.InterruptedByTimeoutException}; zero or less for none
	 * @param unit its unit
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws NotYetConnectedException without a peer
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void read(ByteBuffer target, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		checkConnected();
		receive(target, ChannelHandle.nanos(timeout, unit), AioDatagram::bytes, attachment, handler);
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram of the peer, without a time limit.
	 * @param <A> the type of the attachment
	 * @param target where the bytes go; what does not fit is lost
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws NotYetConnectedException without a peer
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void read(ByteBuffer target, @Nullable A attachment, CompletionHandler<Integer, ? super A> handler) {
		read(target, 0, TimeUnit.NANOSECONDS, attachment, handler);
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram to the peer.
	 * @param source the bytes
	 * @return the number of bytes
	 * @throws NotYetConnectedException without a peer
	 */
	public Future<Integer> write(ByteBuffer source) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		send(source, checkConnected(), 0, null, future);
		return future;
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram to the peer.
	 * @param <A> the type of the attachment
	 * @param source the bytes
	 * @param timeout the time limit, after which the operation fails with
	 * {@link java.nio.channels.InterruptedByTimeoutException}; zero or less for none
	 * @param unit its unit
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws NotYetConnectedException without a peer
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void write(ByteBuffer source, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		send(source, checkConnected(), ChannelHandle.nanos(timeout, unit), attachment, handler);
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram to the peer, without a time limit.
	 * @param <A> the type of the attachment
	 * @param source the bytes
	 * @param attachment the attachment
	 * @param handler gets the number of bytes
	 * @throws NotYetConnectedException without a peer
	 * @throws java.nio.channels.ShutdownChannelGroupException if the group has terminated
	 */
	public <A> void write(ByteBuffer source, @Nullable A attachment, CompletionHandler<Integer, ? super A> handler) {
		write(source, 0, TimeUnit.NANOSECONDS, attachment, handler);
	}

	/** A closed channel has no peer, and fails in another way. */
	private @Nullable InetSocketAddress checkConnected() {
		InetSocketAddress peer = this.socket.remote();
		if (peer == null && isOpen()) {
			throw new NotYetConnectedException();
		}
		return peer;
	}

	private InetSocketAddress checkPeer(SocketAddress target) {
		InetSocketAddress checked = SocketAddresses.check(Objects.requireNonNull(target, "'target' is null"));
		InetSocketAddress peer = this.socket.remote();
		if (peer != null && !peer.equals(checked)) {
			throw new AlreadyConnectedException();
		}
		return checked;
	}

	private <R, A> void receive(ByteBuffer target, long timeoutNanos, Function<AioDatagram, R> result,
			@Nullable A attachment, CompletionHandler<R, ? super A> handler) {
		ChannelHandle.checkTarget(target);
		if (mayStart(attachment, handler)) {
			start(new MessageOperation<>(this.socket.handle, target, null, result, attachment, handler), timeoutNanos);
		}
	}

	private <A> void send(ByteBuffer source, @Nullable InetSocketAddress target, long timeoutNanos,
			@Nullable A attachment, CompletionHandler<Integer, ? super A> handler) {
		Objects.requireNonNull(source, "'source' is null");
		if (mayStart(attachment, handler) && target != null) {
			start(new MessageOperation<>(this.socket.handle, source, target, AioDatagram::bytes, attachment, handler),
					timeoutNanos);
		}
	}

	/** Otherwise the failure has been told. */
	private <R, A> boolean mayStart(@Nullable A attachment, CompletionHandler<R, ? super A> handler) {
		if (!isOpen()) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return false;
		}
		return true;
	}

	private static void start(Operation<?> operation, long timeoutNanos) {
		operation.owner = ENDS;
		operation.timeoutNanos = timeoutNanos;
		operation.startIfOpen();
	}

	@Override
	public String toString() {
		return "AioDatagramChannel[" + (isOpen() ? this.socket.handle : "closed") + "]";
	}

}
