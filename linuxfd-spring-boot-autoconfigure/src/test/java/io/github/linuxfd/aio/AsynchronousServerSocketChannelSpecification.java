package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What {@link AsynchronousServerSocketChannel} promises.
 *
 * @author linuxfd
 */
abstract class AsynchronousServerSocketChannelSpecification extends AsynchronousChannelSpecification {

	private static final int CONNECTIONS = 500;

	// -- state, bind, options

	@Test
	void channelWhenNewIsOpenAndUnbound() throws IOException {
		AsynchronousServerSocketChannel server = openServer();
		assertThat(server.isOpen()).isTrue();
		assertThat(server.provider()).isSameAs(provider());
		assertThat(server.getLocalAddress()).isNull();
	}

	@Test
	void acceptWhenUnboundThrows() throws IOException {
		AsynchronousServerSocketChannel server = openServer();
		assertThatExceptionOfType(NotYetBoundException.class).isThrownBy(server::accept);
		assertThatExceptionOfType(NotYetBoundException.class).isThrownBy(() -> server.accept(null, refused()));
	}

	@Test
	void everyMethodWhenClosedThrowsOrFailsAtOnce() throws IOException {
		for (AsynchronousServerSocketChannel server : List.of(openServer(), openServer().bind(LOOPBACK))) {
			server.close();
			server.close();
			assertThat(server.isOpen()).isFalse();
			assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(server::getLocalAddress);
			assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> server.bind(LOOPBACK));
			assertThatExceptionOfType(ClosedChannelException.class)
				.isThrownBy(() -> server.setOption(StandardSocketOptions.SO_REUSEADDR, true));
			assertThatExceptionOfType(ClosedChannelException.class)
				.isThrownBy(() -> server.getOption(StandardSocketOptions.SO_REUSEADDR));
			assertThat(RecordingHandler.awaitFailure(server.accept()))
				.isExactlyInstanceOf(ClosedChannelException.class);
			RecordingHandler<AsynchronousSocketChannel> handler = handler();
			server.accept("attachment", handler);
			assertThat(handler.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
			assertThat(handler.attachment()).isEqualTo("attachment");
			assertThat(isPooled(handler.thread())).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { Integer.MIN_VALUE, -1, 0, 1, 10_000 })
	void bindSetsLocalAddressAndListens(int backlog) throws IOException {
		AsynchronousServerSocketChannel server = openServer();
		assertThat(server.bind(LOOPBACK, backlog)).isSameAs(server);
		InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
		assertThat(address.getAddress()).isEqualTo(LOOPBACK.getAddress());
		assertThat(address.getPort()).isPositive();
		closing(SocketChannel.open(address));
		closing(RecordingHandler.await(server.accept()));
	}

	@Test
	void bindWhenAddressIsNullTakesAny() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(null);
		int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
		closing(SocketChannel.open(new InetSocketAddress(LOOPBACK.getAddress(), port)));
		closing(RecordingHandler.await(server.accept()));
	}

	@Test
	void bindWhenBoundOrUnknownOrInUseThrows() throws IOException {
		AsynchronousServerSocketChannel bound = openServer().bind(LOOPBACK);
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> bound.bind(LOOPBACK));
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> bound.bind(null, 5));
		AsynchronousServerSocketChannel server = openServer();
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> server.bind(new UnknownAddress()));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> server.bind(bound.getLocalAddress()));
		assertThat(server.getLocalAddress()).isNull();
		assertThat(server.bind(LOOPBACK).getLocalAddress()).isNotNull();
	}

	@Test
	void addressWhenServerIsClosedIsFree() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
		RecordingHandler<AsynchronousSocketChannel> handler = handler();
		server.accept(null, handler);
		server.close();
		assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		RecordingHandler.eventually()
			.ignoreExceptionsInstanceOf(IOException.class)
			.until(() -> closing(ServerSocketChannel.open().bind(address)).isOpen());
	}

	@Test
	void optionsAreThoseOfTheSpecification() throws IOException {
		AsynchronousServerSocketChannel server = openServer();
		assertThat(server.supportedOptions()).contains(StandardSocketOptions.SO_RCVBUF,
				StandardSocketOptions.SO_REUSEADDR);
		assertThat(server.setOption(StandardSocketOptions.SO_REUSEADDR, false)).isSameAs(server);
		assertThat(server.getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
		assertThat(server.setOption(StandardSocketOptions.SO_REUSEADDR, true)
			.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
		assertThat(
				server.setOption(StandardSocketOptions.SO_RCVBUF, 16 << 10).getOption(StandardSocketOptions.SO_RCVBUF))
			.isGreaterThanOrEqualTo(16 << 10);
		assertThatIllegalArgumentException().isThrownBy(() -> server.setOption(StandardSocketOptions.SO_RCVBUF, -1));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> server.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> server.getOption(StandardSocketOptions.IP_MULTICAST_LOOP));
		assertThatNullPointerException().isThrownBy(() -> server.setOption(null, true));
		assertThatNullPointerException().isThrownBy(() -> server.getOption(null));
		server.close();
		assertThat(server.supportedOptions()).contains(StandardSocketOptions.SO_RCVBUF);
	}

	// -- accept

	@Test
	void acceptWhenPendingCompletesWithAConnection() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		RecordingHandler<AsynchronousSocketChannel> handler = handler();
		server.accept("attachment", handler);
		assertThat(handler.invocations()).isZero();
		SocketChannel peer = closing(SocketChannel.open(server.getLocalAddress()));
		AsynchronousSocketChannel channel = closing(handler.await());
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(channel.isOpen()).isTrue();
		assertThat(channel.provider()).isSameAs(provider());
		assertThat(channel.getRemoteAddress()).isEqualTo(peer.getLocalAddress());
		assertThat(channel.getLocalAddress()).isEqualTo(peer.getRemoteAddress());
		// bound to the same group
		peer.write(bytes("in"));
		RecordingHandler<Integer> read = handler();
		channel.read(ByteBuffer.allocate(9), null, read);
		assertThat(read.await()).isEqualTo(2);
		assertThat(isPooled(read.thread())).isTrue();
	}

	@Test
	void acceptWhenConnectionWaitsCompletes() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		SocketChannel first = closing(SocketChannel.open(server.getLocalAddress()));
		SocketChannel second = closing(SocketChannel.open(server.getLocalAddress()));
		Future<AsynchronousSocketChannel> future = server.accept();
		assertThat(closing(RecordingHandler.await(future)).getRemoteAddress()).isEqualTo(first.getLocalAddress());
		assertThat(future.cancel(true)).isFalse();
		RecordingHandler<AsynchronousSocketChannel> handler = handler();
		server.accept(null, handler);
		assertThat(closing(handler.await()).getRemoteAddress()).isEqualTo(second.getLocalAddress());
		assertThat(handler.attachment()).isNull();
		assertThat(isPooled(handler.thread())).isTrue();
	}

	@Test
	void acceptWhenPendingRefusesAnother() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		Future<AsynchronousSocketChannel> future = server.accept();
		assertThatExceptionOfType(AcceptPendingException.class).isThrownBy(server::accept);
		assertThatExceptionOfType(AcceptPendingException.class).isThrownBy(() -> server.accept(null, refused()));
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(10, TimeUnit.MILLISECONDS));
		closing(SocketChannel.open(server.getLocalAddress()));
		closing(RecordingHandler.await(future));
	}

	@Test
	void acceptWhenHandlerIsNullThrows() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		assertThatNullPointerException().isThrownBy(() -> server.accept(null, null));
		closing(SocketChannel.open(server.getLocalAddress()));
		closing(RecordingHandler.await(server.accept()));
	}

	@Test
	void acceptWhenServerIsClosedFails() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		RecordingHandler<AsynchronousSocketChannel> handler = handler();
		server.accept("attachment", handler);
		server.close();
		assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		AsynchronousServerSocketChannel other = openServer().bind(LOOPBACK);
		Future<AsynchronousSocketChannel> future = other.accept();
		other.close();
		assertThat(RecordingHandler.awaitFailure(future)).isInstanceOf(AsynchronousCloseException.class);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void acceptWhenCancelledIsCancelled(boolean mayInterrupt) throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		Future<AsynchronousSocketChannel> future = server.accept();
		assertThat(future.cancel(mayInterrupt)).isTrue();
		assertThat(future.cancel(mayInterrupt)).isFalse();
		assertThat(future.isCancelled()).isTrue();
		assertThat(future.isDone()).isTrue();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
		if (!mayInterrupt) {
			assertThat(server.isOpen()).isTrue();
		}
		if (server.isOpen()) {
			assertAcceptsNextOrThrows(server);
		}
	}

	private void assertAcceptsNextOrThrows(AsynchronousServerSocketChannel server) throws IOException {
		Future<AsynchronousSocketChannel> future;
		try {
			future = server.accept();
		}
		catch (RuntimeException ex) {
			return; // unspecified which
		}
		SocketChannel peer = closing(SocketChannel.open(server.getLocalAddress()));
		assertThat(closing(RecordingHandler.await(future)).getRemoteAddress()).isEqualTo(peer.getLocalAddress());
	}

	@Test
	void acceptWhenConnectionWaitsCallsHandlerNeverFromWithin() throws Exception {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);
		CompletableFuture<Boolean> direct = new CompletableFuture<>();
		CompletionHandler<AsynchronousSocketChannel, Boolean> handler = new CompletionHandler<>() {

			@Override
			public void completed(AsynchronousSocketChannel result, Boolean last) {
				closing(result);
				if (last) {
					direct.complete(inside.get());
					return;
				}
				inside.set(true);
				try {
					server.accept(true, this);
				}
				finally {
					inside.set(false);
				}
			}

			@Override
			public void failed(Throwable exc, Boolean last) {
				direct.completeExceptionally(exc);
			}

		};
		closing(SocketChannel.open(server.getLocalAddress()));
		closing(SocketChannel.open(server.getLocalAddress()));
		server.accept(false, handler);
		assertThat(RecordingHandler.await(direct)).isFalse();
	}

	@Test
	void acceptsWhenStartedByHandlersTakeEveryConnection() throws Exception {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK, CONNECTIONS);
		ConcurrentLinkedQueue<Object> remotes = new ConcurrentLinkedQueue<>();
		CompletableFuture<Boolean> done = new CompletableFuture<>();
		server.accept(1, new CompletionHandler<AsynchronousSocketChannel, Integer>() {

			@Override
			public void completed(AsynchronousSocketChannel result, Integer count) {
				try (result) {
					remotes.add(result.getRemoteAddress());
				}
				catch (IOException ex) {
					done.completeExceptionally(ex);
				}
				if (count == CONNECTIONS) {
					done.complete(true);
				}
				else {
					server.accept(count + 1, this);
				}
			}

			@Override
			public void failed(Throwable exc, Integer count) {
				done.completeExceptionally(exc);
			}

		});
		List<Object> locals = new ArrayList<>();
		for (int i = 0; i < CONNECTIONS; i++) {
			try (SocketChannel peer = SocketChannel.open(server.getLocalAddress())) {
				locals.add(peer.getLocalAddress());
			}
		}
		assertThat(RecordingHandler.await(done)).isTrue();
		assertThat(remotes).containsExactlyInAnyOrderElementsOf(locals);
		assertThat(uncaught()).isEmpty();
	}

	@Test
	void acceptedChannelsAreIndependentOfTheServer() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		SocketChannel peer = closing(SocketChannel.open(server.getLocalAddress()));
		AsynchronousSocketChannel channel = closing(RecordingHandler.await(server.accept()));
		RecordingHandler<Integer> handler = handler();
		channel.read(ByteBuffer.allocate(9), null, handler);
		server.close();
		assertThat(channel.isOpen()).isTrue();
		assertThatExceptionOfType(ReadPendingException.class).isThrownBy(() -> channel.read(ByteBuffer.allocate(9)));
		peer.write(bytes("in"));
		assertThat(handler.await()).isEqualTo(2);
	}

	@Test
	void acceptWhenGroupIsShutDownFailsAndClosesTheConnection() throws IOException {
		AsynchronousServerSocketChannel server = openServer().bind(LOOPBACK);
		RecordingHandler<AsynchronousSocketChannel> handler = handler();
		server.accept(null, handler);
		group().shutdown();
		SocketChannel peer = closing(SocketChannel.open(server.getLocalAddress()));
		assertThat(handler.awaitFailure()).isInstanceOf(IOException.class)
			.hasCauseInstanceOf(ShutdownChannelGroupException.class);
		assertThat(isClosedByServer(peer)).isTrue();
	}

	private static boolean isClosedByServer(SocketChannel peer) {
		try {
			peer.socket().setSoTimeout((int) RecordingHandler.LIMIT.toMillis());
			return peer.socket().getInputStream().read() < 0;
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
		catch (IOException ex) {
			return true; // reset
		}
	}

}
