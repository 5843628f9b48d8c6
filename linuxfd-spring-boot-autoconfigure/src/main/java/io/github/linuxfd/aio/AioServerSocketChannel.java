package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetBoundException;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

/**
 * The JDK's asynchronous server socket, whose connections are accepted by an engine of
 * {@link Aio}. After an accept that was cancelled it accepts on; the connection that came
 * for it is closed. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioServerSocketChannel extends AsynchronousServerSocketChannel {

	private static final int DEFAULT_BACKLOG = 50;

	private final AioChannelGroup group;

	private final SocketHandle socket;

	private final OperationOwner ends = this::ended;

	private final AtomicBoolean accepting = new AtomicBoolean();

	AioServerSocketChannel(AioChannelProvider provider, AioChannelGroup group, AioSocket socket) throws IOException {
		super(provider);
		this.group = group;
		this.socket = new SocketHandle(socket, group, SocketOptions.OF_SERVER, null);
		boolean done = false;
		try {
			setOption(StandardSocketOptions.SO_REUSEADDR, true);
			done = true;
		}
		finally {
			if (!done) {
				close();
			}
		}
	}

	@Override
	public boolean isOpen() {
		return this.socket.isOpen();
	}

	@Override
	public void close() {
		this.socket.close();
	}

	@Override
	public AsynchronousServerSocketChannel bind(@Nullable SocketAddress address, int backlog) throws IOException {
		InetSocketAddress wanted = SocketAddresses.check((address != null) ? address : new InetSocketAddress(0));
		this.socket.bind(wanted, () -> this.socket.handle.listen((backlog < 1) ? DEFAULT_BACKLOG : backlog));
		return this;
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		return this.socket.localAddress();
	}

	@Override
	public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> name, @Nullable T value) throws IOException {
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

	@Override
	public Future<AsynchronousSocketChannel> accept() {
		ChannelFuture<AsynchronousSocketChannel> future = new ChannelFuture<>(this);
		start(null, future);
		return future;
	}

	@Override
	public <A> void accept(@Nullable A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		start(attachment, handler);
	}

	private <A> void start(@Nullable A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
		if (!isOpen()) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return;
		}
		if (this.socket.local() == null) {
			throw new NotYetBoundException();
		}
		if (!this.accepting.compareAndSet(false, true)) {
			throw new AcceptPendingException();
		}
		AcceptOperation<AsynchronousSocketChannel> operation = new AcceptOperation<>(this.socket.handle,
				this::connection, attachment, handler);
		operation.owner = this.ends;
		operation.startIfOpen();
	}

	private AsynchronousSocketChannel connection(AioSocket accepted, InetSocketAddress remote) {
		return new AioSocketChannel((AioChannelProvider) provider(), this.group, accepted, remote);
	}

	private @Nullable Throwable ended(Operation<?> operation, @Nullable Throwable failure, boolean lost) {
		this.accepting.set(false);
		return IoFailures.of(failure);
	}

	@Override
	public String toString() {
		return "AioServerSocketChannel[" + (isOpen() ? this.socket.local() : "closed") + "]";
	}

}
