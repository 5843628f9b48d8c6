package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the specifications of the socket channels share: a group of two threads, and peers
 * that are ordinary blocking sockets.
 *
 * @author linuxfd
 */
abstract class AsynchronousChannelSpecification extends AsynchronousSpecification {

	static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	/** An operation that has not completed by then waits for something. */
	private static final Duration STUCK = Duration.ofMillis(200);

	private AsynchronousChannelGroup group;

	/**
	 * Return what is to be tested.
	 * @return the provider
	 */
	abstract AsynchronousChannelProvider provider();

	@BeforeEach
	final void openGroup() throws IOException {
		this.group = provider().openAsynchronousChannelGroup(2, threads());
	}

	@Override
	final void endThreads() throws Exception {
		this.group.shutdownNow();
		assertThat(this.group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	final AsynchronousChannelGroup group() {
		return this.group;
	}

	final AsynchronousSocketChannel open() throws IOException {
		return closing(provider().openAsynchronousSocketChannel(this.group));
	}

	final AsynchronousServerSocketChannel openServer() throws IOException {
		return closing(provider().openAsynchronousServerSocketChannel(this.group));
	}

	final ServerSocketChannel listen() throws IOException {
		return closing(ServerSocketChannel.open().bind(LOOPBACK));
	}

	/**
	 * Return an address that answers no attempt to connect, because the queue of its
	 * listener is full.
	 * @return the address
	 * @throws IOException if that fails
	 */
	final SocketAddress silentAddress() throws IOException {
		ServerSocketChannel listener = closing(ServerSocketChannel.open().bind(LOOPBACK, 1));
		// the kernel queues one more than it has been asked for
		closing(SocketChannel.open(listener.getLocalAddress()));
		closing(SocketChannel.open(listener.getLocalAddress()));
		return listener.getLocalAddress();
	}

	/**
	 * Connect a channel to a blocking socket.
	 * @return both ends
	 * @throws IOException if that fails
	 */
	final Connection connect() throws IOException {
		try (ServerSocketChannel listener = ServerSocketChannel.open().bind(LOOPBACK)) {
			AsynchronousSocketChannel channel = open();
			RecordingHandler.await(channel.connect(listener.getLocalAddress()));
			return new Connection(channel, closing(listener.accept()));
		}
	}

	/**
	 * Connect two channels of the group.
	 * @return both ends
	 * @throws IOException if that fails
	 */
	final List<AsynchronousSocketChannel> connectTwo() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		AsynchronousSocketChannel one = open();
		RecordingHandler.await(one.connect(server.getLocalAddress()));
		AsynchronousSocketChannel other = closing(RecordingHandler.await(server.accept()));
		server.close();
		return List.of(one, other);
	}

	/**
	 * Cancel an operation, and check what its future says to everybody.
	 * @param future of a pending operation
	 * @param mayInterrupt whether by force
	 */
	static void assertCancels(Future<?> future, boolean mayInterrupt) {
		CompletableFuture<Throwable> waiter = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				future.get(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS);
				waiter.complete(new AssertionError("not cancelled"));
			}
			catch (Exception ex) {
				waiter.complete(ex);
			}
		});
		thread.start();
		RecordingHandler.eventually().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		assertThat(future.cancel(mayInterrupt)).isTrue();
		assertThat(future.cancel(mayInterrupt)).isFalse();
		assertThat(future.isCancelled()).isTrue();
		assertThat(future.isDone()).isTrue();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> future.get(1, TimeUnit.SECONDS));
		assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
		assertThat(RecordingHandler.await(waiter)).isInstanceOf(CancellationException.class);
	}

	/**
	 * Fill a channel's way to its peer until a write stays pending.
	 * @param channel connected, and nobody reads at the other end
	 * @return the handler of the pending write
	 * @throws IOException if that fails
	 */
	final RecordingHandler<Integer> fill(AsynchronousSocketChannel channel) throws IOException {
		while (true) {
			RecordingHandler<Integer> handler = handler();
			channel.write(ByteBuffer.allocate(1 << 20), null, handler);
			try {
				RecordingHandler.eventually().atMost(STUCK).until(() -> handler.invocations() > 0);
			}
			catch (ConditionTimeoutException ex) {
				// not just slow: the group has done others since
				RecordingHandler.await(connect().channel().write(bytes("a")));
				if (handler.invocations() == 0) {
					return handler;
				}
			}
			handler.await();
		}
	}

	/**
	 * Read at the other end what may come until an operation has completed.
	 * @param peer the other end, which blocks no longer afterwards
	 * @param handler the handler of the operation
	 * @throws IOException if that fails
	 */
	static void drainUntilDone(SocketChannel peer, RecordingHandler<?> handler) throws IOException {
		peer.configureBlocking(false);
		ByteBuffer drain = ByteBuffer.allocate(1 << 20);
		RecordingHandler.eventually().until(() -> {
			while (peer.read(drain.clear()) > 0) {
				// makes room
			}
			return handler.invocations() > 0;
		});
	}

	/**
	 * Both ends of a connection.
	 *
	 * @param channel the end under test
	 * @param peer the end that blocks
	 */
	record Connection(AsynchronousSocketChannel channel, SocketChannel peer) {

		void send(String text) throws IOException {
			this.peer.write(bytes(text));
		}

		String receive(int length) throws IOException {
			ByteBuffer buffer = ByteBuffer.allocate(length);
			while (buffer.hasRemaining() && this.peer.read(buffer) >= 0) {
				// a stream comes in pieces
			}
			return text(buffer);
		}

		/**
		 * End the connection as a program that dies with unread data does.
		 */
		void reset() throws IOException {
			this.peer.setOption(StandardSocketOptions.SO_LINGER, 0);
			this.peer.close();
		}

	}

	/**
	 * An address no socket knows.
	 */
	static final class UnknownAddress extends SocketAddress {

		private static final long serialVersionUID = 1L;

	}

}
