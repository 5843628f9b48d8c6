package io.github.linuxfd.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.aio.AioChannelProvider;

/**
 * Servers that send back what they receive.
 *
 * @author linuxfd
 */
final class Echoes {

	static final Benchmark BENCHMARK = new Benchmark("",
			Map.of("aio", (arguments) -> AioEcho.serve(), "linuxfd",
					(arguments) -> serve(new AioChannelProvider().openAsynchronousServerSocketChannel(null)), "jdk",
					(arguments) -> serve(AsynchronousServerSocketChannel.open()), "jdk-one-thread",
					(arguments) -> serve(AsynchronousServerSocketChannel
						.open(AsynchronousChannelGroup.withFixedThreadPool(1, (task) -> new Thread(task, "echo")))),
					"netty-epoll", (arguments) -> NettyEcho.epoll(), "netty-uring", (arguments) -> NettyEcho.uring()));

	private static final int BACKLOG = 1024;

	private static final int BUFFER = 4096;

	private Echoes() {
	}

	/** Where a server listens: any free port. */
	static InetSocketAddress address() {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
	}

	/** Until the process is ended. */
	private static void serve(AsynchronousServerSocketChannel server) throws IOException {
		server.bind(address(), BACKLOG);
		Acceptor acceptor = new Acceptor(server);
		acceptor.next();
		Contract.ready("port=" + ((InetSocketAddress) server.getLocalAddress()).getPort());
		acceptor.failure.join();
	}

	/**
	 * Takes one connection after the other.
	 */
	private static final class Acceptor implements CompletionHandler<AsynchronousSocketChannel, @Nullable Void> {

		private final AsynchronousServerSocketChannel server;

		private final CompletableFuture<Void> failure = new CompletableFuture<>();

		Acceptor(AsynchronousServerSocketChannel server) {
			this.server = server;
		}

		void next() {
			this.server.accept(null, this);
		}

		@Override
		public void completed(AsynchronousSocketChannel socket, @Nullable Void none) {
			next();
			try {
				socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
				new Connection(socket, this.failure).receive();
			}
			catch (IOException ex) {
				failed(ex, none);
			}
		}

		@Override
		public void failed(Throwable ex, @Nullable Void none) {
			this.failure.completeExceptionally(ex);
		}

	}

	/**
	 * Receives, sends all of it, and so on.
	 */
	private static final class Connection implements CompletionHandler<Integer, @Nullable Void> {

		private final AsynchronousSocketChannel socket;

		private final CompletableFuture<Void> failure;

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

		private boolean sending;

		Connection(AsynchronousSocketChannel socket, CompletableFuture<Void> failure) {
			this.socket = socket;
			this.failure = failure;
		}

		void receive() {
			this.sending = false;
			this.socket.read(this.buffer.clear(), null, this);
		}

		@Override
		public void completed(Integer bytes, @Nullable Void none) {
			if (this.sending) {
				if (this.buffer.hasRemaining()) {
					this.socket.write(this.buffer, null, this);
				}
				else {
					receive();
				}
			}
			else if (bytes < 0) {
				close();
			}
			else {
				this.sending = true;
				this.socket.write(this.buffer.flip(), null, this);
			}
		}

		private void close() {
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public void failed(Throwable ex, @Nullable Void none) {
			this.failure.completeExceptionally(ex);
		}

	}

}
