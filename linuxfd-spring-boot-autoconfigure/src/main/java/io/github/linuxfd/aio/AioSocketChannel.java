package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;

/**
 * The JDK's asynchronous socket, whose operations are completed by an engine of
 * {@link Aio}. After a time limit and after most cancellations it reads and writes on,
 * because the engine knows that no byte was moved; where bytes have got lost to a
 * cancelled future, it refuses to go on in that direction with an
 * {@link IllegalStateException}. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioSocketChannel extends AsynchronousSocketChannel {

	private static final LongFunction<Integer> INT = (count) -> (int) count;

	private static final LongFunction<Long> LONG = (count) -> count;

	private final ChannelHandle<AioSocket> socket;

	private final OperationOwner ends = this::ended;

	private final Direction input = new Direction();

	private final Direction output = new Direction();

	/** Guards binding and the start of connecting. */
	private final Object binding = new Object();

	private boolean connecting;

	private volatile @Nullable InetSocketAddress local;

	/** Where a connection has been asked for. */
	private volatile @Nullable InetSocketAddress wanted;

	private volatile @Nullable InetSocketAddress remote;

	AioSocketChannel(AioChannelProvider provider, AioChannelGroup group, AioSocket socket,
			@Nullable InetSocketAddress remote) {
		super(provider);
		this.socket = new ChannelHandle<>(socket, group);
		this.remote = remote;
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
	public AsynchronousSocketChannel bind(@Nullable SocketAddress address) throws IOException {
		this.socket.checkOpen();
		synchronized (this.binding) {
			if (this.connecting) {
				throw new ConnectionPendingException();
			}
			if (getLocalAddress() != null) {
				throw new AlreadyBoundException();
			}
			AioSocket bound = this.socket.handle;
			this.local = this.socket.call(() -> {
				bound.bind(address);
				return bound.localAddress();
			});
		}
		return this;
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		this.socket.checkOpen();
		InetSocketAddress known = this.local;
		if (known == null && this.remote != null) {
			// who never asks does without the call
			known = this.socket.call(this.socket.handle::localAddress);
			this.local = known;
		}
		return known;
	}

	@Override
	public @Nullable SocketAddress getRemoteAddress() throws IOException {
		this.socket.checkOpen();
		return this.remote;
	}

	@Override
	public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, @Nullable T value) throws IOException {
		ChannelHandle.setOption(this.socket, SocketOptions.OF_STREAM, name, value);
		return this;
	}

	@Override
	public <T> T getOption(SocketOption<T> name) throws IOException {
		return ChannelHandle.getOption(this.socket, SocketOptions.OF_STREAM, name);
	}

	@Override
	public Set<SocketOption<?>> supportedOptions() {
		return SocketOptions.OF_STREAM;
	}

	@Override
	public AsynchronousSocketChannel shutdownInput() throws IOException {
		shutdown(this.input, this.socket.handle::shutdownInput);
		return this;
	}

	@Override
	public AsynchronousSocketChannel shutdownOutput() throws IOException {
		shutdown(this.output, this.socket.handle::shutdownOutput);
		return this;
	}

	private void shutdown(Direction direction, Runnable call) throws IOException {
		this.socket.checkOpen();
		if (this.remote == null) {
			throw new NotYetConnectedException();
		}
		if (!direction.shutdown) {
			this.socket.run(() -> {
				try {
					call.run();
				}
				catch (SyscallException ex) {
					if (!ex.errno().equals(Errno.ENOTCONN)) { // the peer was faster
						throw ex;
					}
				}
			});
			direction.shutdown = true;
		}
	}

	@Override
	public Future<@Nullable Void> connect(SocketAddress address) {
		ChannelFuture<@Nullable Void> future = new ChannelFuture<>(this);
		start(address, null, future);
		return future;
	}

	@Override
	public <A> void connect(SocketAddress address, @Nullable A attachment,
			CompletionHandler<@Nullable Void, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		start(address, attachment, handler);
	}

	private <A> void start(SocketAddress address, @Nullable A attachment,
			CompletionHandler<@Nullable Void, ? super A> handler) {
		if (!isOpen()) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return;
		}
		InetSocketAddress checked = SocketAddresses.check(Objects.requireNonNull(address, "'remote' is null"));
		synchronized (this.binding) {
			if (this.remote != null) {
				throw new AlreadyConnectedException();
			}
			if (this.connecting) {
				throw new ConnectionPendingException();
			}
			this.connecting = true;
		}
		this.wanted = checked;
		ConnectOperation operation = new ConnectOperation(this.socket.handle, checked, attachment, handler);
		operation.owner = this.ends;
		boolean started = false;
		try {
			started = operation.startIfOpen();
		}
		finally {
			if (!started) {
				synchronized (this.binding) {
					this.connecting = false;
				}
			}
		}
	}

	@Override
	public Future<Integer> read(ByteBuffer target) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		read(target, 0, null, future);
		return future;
	}

	@Override
	public <A> void read(ByteBuffer target, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		read(target, ChannelHandle.nanos(timeout, unit), attachment, handler);
	}

	private <A> void read(ByteBuffer target, long timeoutNanos, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkTarget(target);
		if (mayRead(target.remaining(), INT, attachment, handler)) {
			start(new ByteOperation(this.socket.handle, OperationKind.RECV, target, 0, attachment, handler),
					timeoutNanos, this.input);
		}
	}

	@Override
	public <A> void read(ByteBuffer[] targets, int offset, int length, long timeout, TimeUnit unit,
			@Nullable A attachment, CompletionHandler<Long, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		ByteBuffer[] part = part(targets, offset, length);
		for (ByteBuffer target : part) {
			ChannelHandle.checkTarget(target);
		}
		if (mayRead(remaining(part), LONG, attachment, handler)) {
			start(new VectorOperation<>(this.socket.handle, OperationKind.READV, part, 0, LONG, attachment, handler),
					ChannelHandle.nanos(timeout, unit), this.input);
		}
	}

	/** Otherwise the outcome has been told. */
	private <R, A> boolean mayRead(long room, LongFunction<R> count, @Nullable A attachment,
			CompletionHandler<R, ? super A> handler) {
		if (!isOpen()) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return false;
		}
		if (this.remote == null) {
			throw new NotYetConnectedException();
		}
		this.input.checkIntact();
		if (room == 0 || this.input.shutdown) {
			if (this.input.pending.get()) {
				throw new ReadPendingException();
			}
			this.socket.tell(handler, attachment, count.apply(this.input.shutdown ? -1 : 0), null);
			return false;
		}
		if (!this.input.pending.compareAndSet(false, true)) {
			throw new ReadPendingException();
		}
		return true;
	}

	@Override
	public Future<Integer> write(ByteBuffer source) {
		ChannelFuture<Integer> future = new ChannelFuture<>(this);
		write(source, 0, null, future);
		return future;
	}

	@Override
	public <A> void write(ByteBuffer source, long timeout, TimeUnit unit, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		write(source, ChannelHandle.nanos(timeout, unit), attachment, handler);
	}

	private <A> void write(ByteBuffer source, long timeoutNanos, @Nullable A attachment,
			CompletionHandler<Integer, ? super A> handler) {
		if (mayWrite(source.remaining(), INT, attachment, handler)) {
			start(new ByteOperation(this.socket.handle, OperationKind.SEND, source, 0, attachment, handler),
					timeoutNanos, this.output);
		}
	}

	@Override
	public <A> void write(ByteBuffer[] sources, int offset, int length, long timeout, TimeUnit unit,
			@Nullable A attachment, CompletionHandler<Long, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		ByteBuffer[] part = part(sources, offset, length);
		if (mayWrite(remaining(part), LONG, attachment, handler)) {
			start(new VectorOperation<>(this.socket.handle, OperationKind.WRITEV, part, 0, LONG, attachment, handler),
					ChannelHandle.nanos(timeout, unit), this.output);
		}
	}

	/** Otherwise the outcome has been told. */
	private <R, A> boolean mayWrite(long present, LongFunction<R> count, @Nullable A attachment,
			CompletionHandler<R, ? super A> handler) {
		if (isOpen()) {
			if (this.remote == null) {
				throw new NotYetConnectedException();
			}
			this.output.checkIntact();
			if (this.output.pending.get()) {
				throw new WritePendingException();
			}
		}
		if (!isOpen() || this.output.shutdown) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return false;
		}
		if (present == 0) {
			this.socket.tell(handler, attachment, count.apply(0), null);
			return false;
		}
		if (!this.output.pending.compareAndSet(false, true)) {
			throw new WritePendingException();
		}
		return true;
	}

	private static ByteBuffer[] part(ByteBuffer[] buffers, int offset, int length) {
		Objects.checkFromIndexSize(offset, length, buffers.length);
		return Arrays.copyOfRange(buffers, offset, offset + length);
	}

	private static long remaining(ByteBuffer[] buffers) {
		long bytes = 0;
		for (ByteBuffer buffer : buffers) {
			bytes += buffer.remaining();
		}
		return bytes;
	}

	private void start(Operation<?> operation, long timeoutNanos, Direction direction) {
		operation.owner = this.ends;
		operation.timeoutNanos = timeoutNanos;
		boolean started = false;
		try {
			started = operation.startIfOpen();
		}
		finally {
			if (!started) {
				direction.pending.set(false);
			}
		}
	}

	private @Nullable Throwable ended(Operation<?> operation, @Nullable Throwable failure, boolean lost) {
		switch (operation.kind) {
			case CONNECT -> connectEnded(failure == null && !lost);
			case RECV, READV -> this.input.ended(failure == null && lost);
			default -> this.output.ended(failure == null && lost);
		}
		return (failure != null) ? IoFailures.of(failure) : null;
	}

	private void connectEnded(boolean connected) {
		if (connected) {
			this.remote = this.wanted;
		}
		synchronized (this.binding) {
			this.connecting = false;
		}
		if (!connected) {
			close();
		}
	}

	@Override
	public String toString() {
		return "AioSocketChannel[" + (isOpen() ? this.remote : "closed") + "]";
	}

	/**
	 * Reading or writing, of which there is one at a time.
	 */
	private static final class Direction {

		private final AtomicBoolean pending = new AtomicBoolean();

		private volatile boolean shutdown;

		/** Bytes were moved for somebody who had cancelled. */
		private volatile boolean broken;

		void checkIntact() {
			if (this.broken) {
				throw new IllegalStateException("Bytes were moved by an operation that was cancelled");
			}
		}

		void ended(boolean broke) {
			if (broke) {
				this.broken = true;
			}
			this.pending.set(false);
		}

	}

}
