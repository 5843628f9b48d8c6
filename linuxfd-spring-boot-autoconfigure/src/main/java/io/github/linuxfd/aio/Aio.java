package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;

/**
 * A proactor: operations on files and sockets are started here, and their completions
 * come back. Each returns a future, or takes a handler with an attachment, which may be
 * an {@link AioCompletionQueue}. Any thread may call.
 * <p>
 * A buffer belongs to the operation from its start to its completion; one that is direct
 * is used by the kernel itself, others are copied. Handlers are called by the thread that
 * has got the completion if that is a ring's, unless there is an executor: what they
 * start then costs no hand-over, and while they wait for something all others wait.
 * Without io_uring threads of the engines call them, those of one handle one after the
 * other, and what has begun with a file cannot be cancelled. Results and failures are
 * those of the system call: {@link SyscallException}, with
 * {@link java.nio.channels.AsynchronousCloseException} if the handle was closed
 * meanwhile, and with errno {@code ECANCELED} if the operation was cancelled. With a
 * handle that is closed, or after {@link #close()}, nothing is started:
 * {@link IllegalStateException}.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class Aio implements AutoCloseable {

	private final AioEngines engines;

	private final Delivery delivery;

	/**
	 * Do operations through these engines.
	 * @param engines the engines, which are closed with this
	 */
	public Aio(AioEngines engines) {
		this.engines = engines;
		this.delivery = engines.delivery();
	}

	/**
	 * Return by what operations are done, and why not by something better.
	 * @return the engines
	 */
	public AioEngines engines() {
		return this.engines;
	}

	/**
	 * {@code open(2)} - opens a file.
	 * @param path the file
	 * @param options as for {@link Files#newByteChannel(Path, OpenOption...)}, without
	 * {@code DELETE_ON_CLOSE}; for reading if there are none
	 * @return the file, to be closed by the caller
	 * @throws IllegalArgumentException if {@code APPEND} comes with {@code READ} or
	 * {@code TRUNCATE_EXISTING}
	 * @throws UnsupportedOperationException if there is no such option
	 * @throws SyscallException {@code ENOENT}, {@code EACCES}, {@code EEXIST},
	 * {@code EISDIR} - it cannot be opened like that; {@code EMFILE}, {@code ENFILE} - no
	 * descriptor is left
	 */
	public AioFile open(Path path, OpenOption... options) {
		return this.engines.openFile(path, Set.copyOf(List.of(options)), AioEngines.RW_FOR_ALL, this.delivery);
	}

	/**
	 * {@code socket(2)} - opens a socket for TCP.
	 * @return the socket, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public AioSocket openStreamSocket() {
		return this.engines.openSocket(AioSocket.SOCK_STREAM, this.delivery);
	}

	/**
	 * {@code socket(2)} - opens a socket for UDP.
	 * @return the socket, to be closed by the caller
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 */
	public AioSocket openDatagramSocket() {
		return this.engines.openSocket(AioSocket.SOCK_DGRAM, this.delivery);
	}

	/**
	 * {@code pread(2)} - reads from a file.
	 * @param file the file
	 * @param target where the bytes go
	 * @param position where to read, in bytes from the start
	 * @return the number of bytes, -1 at the end of the file
	 * @throws IllegalArgumentException if the position is negative, or the buffer
	 * read-only
	 * @throws IllegalStateException if the file is closed
	 */
	public CompletableFuture<Integer> read(AioFile file, ByteBuffer target, long position) {
		AioFuture<Integer> future = new AioFuture<>();
		return future
			.startedBy(new ByteOperation(file, OperationKind.READ, target, checkPosition(position), null, future));
	}

	/**
	 * {@code pread(2)} - reads from a file.
	 * @param <A> the type of the attachment
	 * @param file the file
	 * @param target where the bytes go
	 * @param position where to read, in bytes from the start
	 * @param attachment the completion token
	 * @param handler gets the number of bytes, -1 at the end of the file
	 * @throws IllegalArgumentException if the position is negative, or the buffer
	 * read-only
	 * @throws IllegalStateException if the file is closed
	 */
	public <A> void read(AioFile file, ByteBuffer target, long position, @Nullable A attachment,
			CompletionHandler<? super Integer, ? super A> handler) {
		new ByteOperation(file, OperationKind.READ, target, checkPosition(position), attachment, handler).start();
	}

	/**
	 * {@code pwrite(2)} - writes to a file.
	 * @param file the file
	 * @param source the bytes
	 * @param position where to write, in bytes from the start
	 * @return the number of bytes
	 * @throws IllegalArgumentException if the position is negative
	 * @throws IllegalStateException if the file is closed
	 */
	public CompletableFuture<Integer> write(AioFile file, ByteBuffer source, long position) {
		AioFuture<Integer> future = new AioFuture<>();
		return future
			.startedBy(new ByteOperation(file, OperationKind.WRITE, source, checkPosition(position), null, future));
	}

	/**
	 * {@code pwrite(2)} - writes to a file.
	 * @param <A> the type of the attachment
	 * @param file the file
	 * @param source the bytes
	 * @param position where to write, in bytes from the start
	 * @param attachment the completion token
	 * @param handler gets the number of bytes
	 * @throws IllegalArgumentException if the position is negative
	 * @throws IllegalStateException if the file is closed
	 */
	public <A> void write(AioFile file, ByteBuffer source, long position, @Nullable A attachment,
			CompletionHandler<? super Integer, ? super A> handler) {
		new ByteOperation(file, OperationKind.WRITE, source, checkPosition(position), attachment, handler).start();
	}

	/**
	 * {@code preadv(2)} - reads from a file into several buffers, one after the other.
	 * @param file the file
	 * @param targets where the bytes go; no more than 1024 are used
	 * @param position where to read, in bytes from the start
	 * @return the number of bytes, -1 at the end of the file
	 * @throws IllegalArgumentException if the position is negative, or a buffer read-only
	 * @throws IllegalStateException if the file is closed
	 */
	public CompletableFuture<Long> readv(AioFile file, List<ByteBuffer> targets, long position) {
		AioFuture<Long> future = new AioFuture<>();
		return future.startedBy(vector(file, OperationKind.READV, targets, position, null, future));
	}

	/**
	 * {@code preadv(2)} - reads from a file into several buffers, one after the other.
	 * @param <A> the type of the attachment
	 * @param file the file
	 * @param targets where the bytes go; no more than 1024 are used
	 * @param position where to read, in bytes from the start
	 * @param attachment the completion token
	 * @param handler gets the number of bytes, -1 at the end of the file
	 * @throws IllegalArgumentException if the position is negative, or a buffer read-only
	 * @throws IllegalStateException if the file is closed
	 */
	public <A> void readv(AioFile file, List<ByteBuffer> targets, long position, @Nullable A attachment,
			CompletionHandler<? super Long, ? super A> handler) {
		vector(file, OperationKind.READV, targets, position, attachment, handler).start();
	}

	/**
	 * {@code pwritev(2)} - writes the bytes of several buffers to a file, one after the
	 * other.
	 * @param file the file
	 * @param sources the bytes; no more than 1024 buffers are used
	 * @param position where to write, in bytes from the start
	 * @return the number of bytes
	 * @throws IllegalArgumentException if the position is negative
	 * @throws IllegalStateException if the file is closed
	 */
	public CompletableFuture<Long> writev(AioFile file, List<ByteBuffer> sources, long position) {
		AioFuture<Long> future = new AioFuture<>();
		return future.startedBy(vector(file, OperationKind.WRITEV, sources, position, null, future));
	}

	/**
	 * {@code pwritev(2)} - writes the bytes of several buffers to a file, one after the
	 * other.
	 * @param <A> the type of the attachment
	 * @param file the file
	 * @param sources the bytes; no more than 1024 buffers are used
	 * @param position where to write, in bytes from the start
	 * @param attachment the completion token
	 * @param handler gets the number of bytes
	 * @throws IllegalArgumentException if the position is negative
	 * @throws IllegalStateException if the file is closed
	 */
	public <A> void writev(AioFile file, List<ByteBuffer> sources, long position, @Nullable A attachment,
			CompletionHandler<? super Long, ? super A> handler) {
		vector(file, OperationKind.WRITEV, sources, position, attachment, handler).start();
	}

	/** Of sockets too, which have no position. */
	static <A> Operation<Long> vector(AioHandle handle, OperationKind kind, List<ByteBuffer> buffers, long position,
			@Nullable A attachment, CompletionHandler<? super Long, ? super A> handler) {
		return new VectorOperation<>(handle, kind, buffers.toArray(ByteBuffer[]::new), checkPosition(position),
				(bytes) -> bytes, attachment, handler);
	}

	/**
	 * {@code fsync(2)}, {@code fdatasync(2)} - has what was written to a file put on its
	 * device; what is still being written is not waited for.
	 * @param file the file
	 * @param metadata whether to write what is only about the file, such as its times,
	 * too
	 * @return completes when it is done
	 * @throws IllegalStateException if the file is closed
	 */
	public CompletableFuture<@Nullable Void> fsync(AioFile file, boolean metadata) {
		AioFuture<@Nullable Void> future = new AioFuture<>();
		return future.startedBy(new SyncOperation(file, !metadata, null, future));
	}

	/**
	 * {@code fsync(2)}, {@code fdatasync(2)} - has what was written to a file put on its
	 * device; what is still being written is not waited for.
	 * @param <A> the type of the attachment
	 * @param file the file
	 * @param metadata whether to write what is only about the file, such as its times,
	 * too
	 * @param attachment the completion token
	 * @param handler gets {@code null}
	 * @throws IllegalStateException if the file is closed
	 */
	public <A> void fsync(AioFile file, boolean metadata, @Nullable A attachment,
			CompletionHandler<? super @Nullable Void, ? super A> handler) {
		new SyncOperation(file, !metadata, attachment, handler).start();
	}

	/**
	 * {@code accept4(2)} - accepts a connection.
	 * @param listening a socket that listens
	 * @return the socket of the connection, to be closed by the caller
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<AioSocket> accept(AioSocket listening) {
		AioFuture<AioSocket> future = new AioFuture<>();
		return future.startedBy(new AcceptOperation<>(listening, (socket, remote) -> socket, null, future));
	}

	/**
	 * {@code accept4(2)} - accepts a connection.
	 * @param <A> the type of the attachment
	 * @param listening a socket that listens
	 * @param attachment the completion token
	 * @param handler gets the socket of the connection, to be closed by it
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void accept(AioSocket listening, @Nullable A attachment,
			CompletionHandler<? super AioSocket, ? super A> handler) {
		new AcceptOperation<>(listening, (socket, remote) -> socket, attachment, handler).start();
	}

	/**
	 * {@code accept4(2)} - accepts one connection after the other. With io_uring and
	 * handlers on its thread the kernel goes on by itself, and nothing is started for
	 * each connection: Linux 5.19.
	 * @param listening a socket that listens
	 * @param handler gets the socket of each connection, to be closed by it, on the
	 * threads that call handlers; those of an executor may call it for several at once.
	 * If it throws, the connection is closed, and no more is accepted
	 * @return fails with what has failed, also the handler: {@code ECONNABORTED} - one
	 * connection has ended before it was accepted; {@code EMFILE}, {@code ENFILE} - no
	 * descriptor is left. Accepting may then be started again. To cancel it, or to close
	 * the socket, ends it; connections that come too late are closed
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<@Nullable Void> acceptMultishot(AioSocket listening, Consumer<AioSocket> handler) {
		AioFuture<@Nullable Void> future = new AioFuture<>();
		if (listening.engine().hasMultishotAccept() && listening.delivery().isByEngine()) {
			return future.startedBy(new MultishotAccept(listening, handler, future));
		}
		new RepeatedAccept(listening, handler, future).start();
		return future;
	}

	/**
	 * {@code connect(2)} - connects a socket.
	 * @param socket the socket
	 * @param remote the other side's address
	 * @return completes when it is connected
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<@Nullable Void> connect(AioSocket socket, SocketAddress remote) {
		AioFuture<@Nullable Void> future = new AioFuture<>();
		return future.startedBy(new ConnectOperation(socket, SocketAddresses.check(remote), null, future));
	}

	/**
	 * {@code connect(2)} - connects a socket.
	 * @param <A> the type of the attachment
	 * @param socket the socket
	 * @param remote the other side's address
	 * @param attachment the completion token
	 * @param handler gets {@code null}
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void connect(AioSocket socket, SocketAddress remote, @Nullable A attachment,
			CompletionHandler<? super @Nullable Void, ? super A> handler) {
		new ConnectOperation(socket, SocketAddresses.check(remote), attachment, handler).start();
	}

	/**
	 * {@code recv(2)} - receives what has come.
	 * @param socket a connected socket, or one for UDP
	 * @param target where the bytes go
	 * @return the number of bytes, -1 if the peer has ended a connection
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<Integer> recv(AioSocket socket, ByteBuffer target) {
		AioFuture<Integer> future = new AioFuture<>();
		return future.startedBy(new ByteOperation(socket, OperationKind.RECV, target, 0, null, future));
	}

	/**
	 * {@code recv(2)} - receives what has come.
	 * @param <A> the type of the attachment
	 * @param socket a connected socket, or one for UDP
	 * @param target where the bytes go
	 * @param attachment the completion token
	 * @param handler gets the number of bytes, -1 if the peer has ended a connection
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void recv(AioSocket socket, ByteBuffer target, @Nullable A attachment,
			CompletionHandler<? super Integer, ? super A> handler) {
		new ByteOperation(socket, OperationKind.RECV, target, 0, attachment, handler).start();
	}

	/**
	 * {@code recv(2)} - receives again and again, until the peer has ended. With io_uring
	 * and handlers on its thread the kernel goes on by itself (Linux 6.0), and a
	 * connection has a buffer only when something has come. A receive of this and one of
	 * another kind must not be under way at once.
	 * @param socket a connected socket, or one for UDP, whose datagrams are cut after 16
	 * KiB
	 * @param receiver gets what has come, one piece after the other, on the threads that
	 * call handlers; the buffer is valid until it returns, and if it throws, nothing more
	 * is received
	 * @return completes when the peer has ended, or fails with what has failed, also the
	 * receiver. To cancel it stops receiving; what the kernel has taken by then still
	 * comes, so that nothing is lost
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<@Nullable Void> recvMultishot(AioSocket socket, Consumer<ByteBuffer> receiver) {
		AioFuture<@Nullable Void> future = new AioFuture<>();
		// an empty datagram would be taken for the end
		if (socket.engine().hasMultishotReceive() && socket.delivery().isByEngine() && !socket.isDatagram()) {
			return future.startedBy(new MultishotReceive(socket, receiver, future));
		}
		new RepeatedReceive(socket, receiver, future).start();
		return future;
	}

	/**
	 * {@code send(2)} - sends bytes, maybe not all of them.
	 * @param socket a connected socket
	 * @param source the bytes
	 * @return the number of bytes
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<Integer> send(AioSocket socket, ByteBuffer source) {
		AioFuture<Integer> future = new AioFuture<>();
		return future.startedBy(new ByteOperation(socket, OperationKind.SEND, source, 0, null, future));
	}

	/**
	 * {@code send(2)} - sends bytes, maybe not all of them.
	 * @param <A> the type of the attachment
	 * @param socket a connected socket
	 * @param source the bytes
	 * @param attachment the completion token
	 * @param handler gets the number of bytes
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void send(AioSocket socket, ByteBuffer source, @Nullable A attachment,
			CompletionHandler<? super Integer, ? super A> handler) {
		new ByteOperation(socket, OperationKind.SEND, source, 0, attachment, handler).start();
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram.
	 * @param socket a socket for UDP
	 * @param target where the bytes go
	 * @return how many bytes from whom
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<AioDatagram> recvfrom(AioSocket socket, ByteBuffer target) {
		AioFuture<AioDatagram> future = new AioFuture<>();
		return future.startedBy(new MessageOperation<>(socket, target, null, Function.identity(), null, future));
	}

	/**
	 * {@code recvmsg(2)} - receives a datagram.
	 * @param <A> the type of the attachment
	 * @param socket a socket for UDP
	 * @param target where the bytes go
	 * @param attachment the completion token
	 * @param handler gets how many bytes came from whom
	 * @throws IllegalArgumentException if the buffer is read-only
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void recvfrom(AioSocket socket, ByteBuffer target, @Nullable A attachment,
			CompletionHandler<? super AioDatagram, ? super A> handler) {
		new MessageOperation<>(socket, target, null, Function.identity(), attachment, handler).start();
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram.
	 * @param socket a socket for UDP
	 * @param source the bytes
	 * @param remote whom to send them to
	 * @return how many bytes to whom
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws IllegalStateException if the socket is closed
	 */
	public CompletableFuture<AioDatagram> sendto(AioSocket socket, ByteBuffer source, SocketAddress remote) {
		AioFuture<AioDatagram> future = new AioFuture<>();
		return future.startedBy(new MessageOperation<>(socket, source, SocketAddresses.check(remote),
				Function.identity(), null, future));
	}

	/**
	 * {@code sendmsg(2)} - sends a datagram.
	 * @param <A> the type of the attachment
	 * @param socket a socket for UDP
	 * @param source the bytes
	 * @param remote whom to send them to
	 * @param attachment the completion token
	 * @param handler gets how many bytes went to whom
	 * @throws java.nio.channels.UnresolvedAddressException if the host has no address
	 * @throws java.nio.channels.UnsupportedAddressTypeException if it is not an
	 * {@code InetSocketAddress}
	 * @throws IllegalStateException if the socket is closed
	 */
	public <A> void sendto(AioSocket socket, ByteBuffer source, SocketAddress remote, @Nullable A attachment,
			CompletionHandler<? super AioDatagram, ? super A> handler) {
		new MessageOperation<>(socket, source, SocketAddresses.check(remote), Function.identity(), attachment, handler)
			.start();
	}

	/**
	 * {@code io_uring_enter(2)}, {@code IORING_ASYNC_CANCEL} - has the pending operations
	 * of a file or socket fail with {@code ECANCELED}, except those that cannot be
	 * stopped any more. The handle stays open.
	 * @param handle the file or socket
	 * @throws IllegalStateException if it is closed
	 */
	public void cancel(AioHandle handle) {
		handle.cancelAll();
	}

	/**
	 * {@code close(2)} - closes a file or socket, whose pending operations fail before.
	 * @param handle the file or socket
	 * @return completes when the descriptor is closed
	 * @throws IllegalStateException if it is closed already
	 */
	public CompletableFuture<@Nullable Void> close(AioHandle handle) {
		handle.close();
		return handle.whenClosed();
	}

	private static long checkPosition(long position) {
		if (position < 0) {
			throw new IllegalArgumentException("A position is not negative, as " + position + " is");
		}
		return position;
	}

	/**
	 * Complete everything that was started, and end the threads. Handles stay open, and
	 * nothing more can be started with them: {@link IllegalStateException}. The second
	 * call does nothing.
	 */
	@Override
	public void close() {
		this.engines.close();
	}

}
