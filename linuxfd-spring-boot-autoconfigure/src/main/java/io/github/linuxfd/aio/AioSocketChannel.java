package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
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
import java.util.function.Supplier;

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

	private final SocketHandle socket;

	private final OperationOwner ends = this::ended;

	private final Direction input = new Direction(ReadPendingException::new);

	private final Direction output = new Direction(WritePendingException::new);

	AioSocketChannel(AioChannelProvider provider, AioChannelGroup group, AioSocket socket,
			@Nullable InetSocketAddress remote) {
		super(provider);
		this.socket = new SocketHandle(socket, group, SocketOptions.OF_STREAM, remote);
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
		this.socket.bind(address);
		return this;
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		return this.socket.localAddress();
	}

	@Override
	public @Nullable SocketAddress getRemoteAddress() throws IOException {
		return this.socket.remoteAddress();
	}

	@Override
	public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, @Nullable T value) throws IOException {
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
		checkConnected();
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
		this.socket.connecting(checked);
		ConnectOperation operation = new ConnectOperation(this.socket.handle, checked, attachment, handler);
		operation.owner = this.ends;
		operation.startIfOpen();
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
		if (mayMove(target.remaining(), this.input, INT, attachment, handler)) {
			start(new ByteOperation(this.socket.handle, OperationKind.RECV, target, 0, attachment, handler),
					timeoutNanos);
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
		if (mayMove(remaining(part), this.input, LONG, attachment, handler)) {
			start(new VectorOperation<>(this.socket.handle, OperationKind.READV, part, 0, LONG, attachment, handler),
					ChannelHandle.nanos(timeout, unit));
		}
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
		if (mayMove(source.remaining(), this.output, INT, attachment, handler)) {
			start(new ByteOperation(this.socket.handle, OperationKind.SEND, source, 0, attachment, handler),
					timeoutNanos);
		}
	}

	@Override
	public <A> void write(ByteBuffer[] sources, int offset, int length, long timeout, TimeUnit unit,
			@Nullable A attachment, CompletionHandler<Long, ? super A> handler) {
		ChannelHandle.checkHandler(handler);
		ByteBuffer[] part = part(sources, offset, length);
		if (mayMove(remaining(part), this.output, LONG, attachment, handler)) {
			start(new VectorOperation<>(this.socket.handle, OperationKind.WRITEV, part, 0, LONG, attachment, handler),
					ChannelHandle.nanos(timeout, unit));
		}
	}

	/** Otherwise the outcome has been told. */
	private <R, A> boolean mayMove(long bytes, Direction direction, LongFunction<R> count, @Nullable A attachment,
			CompletionHandler<R, ? super A> handler) {
		if (!isOpen()) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
			return false;
		}
		checkConnected();
		if (direction.begin(bytes)) {
			return true;
		}
		if (direction.shutdown && direction == this.output) {
			this.socket.tell(handler, attachment, null, new ClosedChannelException());
		}
		else {
			this.socket.tell(handler, attachment, count.apply(direction.shutdown ? -1 : 0), null);
		}
		return false;
	}

	private void checkConnected() {
		if (this.socket.remote() == null) {
			throw new NotYetConnectedException();
		}
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

	private void start(Operation<?> operation, long timeoutNanos) {
		operation.owner = this.ends;
		operation.timeoutNanos = timeoutNanos;
		operation.startIfOpen();
	}

	private @Nullable Throwable ended(Operation<?> operation, @Nullable Throwable failure, boolean lost) {
		switch (operation.kind) {
			case CONNECT -> connectEnded(failure == null && !lost);
			case RECV, READV -> this.input.ended(failure == null && lost);
			default -> this.output.ended(failure == null && lost);
		}
		return IoFailures.of(failure);
	}

	private void connectEnded(boolean connected) {
		this.socket.connected(connected);
		if (!connected) {
			close();
		}
	}

	@Override
	public String toString() {
		return "AioSocketChannel[" + (isOpen() ? this.socket.remote() : "closed") + "]";
	}

	/**
	 * Reading or writing, of which there is one at a time.
	 */
	private static final class Direction {

		private final AtomicBoolean pending = new AtomicBoolean();

		/** Of another operation. */
		private final Supplier<IllegalStateException> refusal;

		private volatile boolean shutdown;

		/** Bytes were moved for somebody who had cancelled. */
		private volatile boolean broken;

		Direction(Supplier<IllegalStateException> refusal) {
			this.refusal = refusal;
		}

		/**
		 * Returns whether bytes are to be moved, until this has {@link #ended}: otherwise
		 * there is nothing to be done.
		 */
		boolean begin(long bytes) {
			if (this.broken) {
				throw new IllegalStateException("Bytes were moved by an operation that was cancelled");
			}
			boolean moves = bytes != 0 && !this.shutdown;
			if (moves ? !this.pending.compareAndSet(false, true) : this.pending.get()) {
				throw this.refusal.get();
			}
			return moves;
		}

		void ended(boolean broke) {
			if (broke) {
				this.broken = true;
			}
			this.pending.set(false);
		}

	}

}
