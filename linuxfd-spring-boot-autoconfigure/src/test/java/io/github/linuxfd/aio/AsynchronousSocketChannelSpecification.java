package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.WritePendingException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What {@link AsynchronousSocketChannel} promises.
 *
 * @author linuxfd
 */
abstract class AsynchronousSocketChannelSpecification extends AsynchronousChannelSpecification {

	// -- state

	@Test
	void channelWhenNewIsOpenUnboundAndUnconnected() throws IOException {
		AsynchronousSocketChannel channel = open();
		assertThat(channel.isOpen()).isTrue();
		assertThat(channel.provider()).isSameAs(provider());
		assertThat(channel.getLocalAddress()).isNull();
		assertThat(channel.getRemoteAddress()).isNull();
	}

	@Test
	void channelWhenClosedTwiceIsClosed() throws IOException {
		AsynchronousSocketChannel channel = connect().channel();
		channel.close();
		channel.close();
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void everyMethodWhenClosedThrowsOrFailsAtOnce() throws IOException {
		AsynchronousSocketChannel channel = connect().channel();
		channel.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::getLocalAddress);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::getRemoteAddress);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::shutdownInput);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::shutdownOutput);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.bind(LOOPBACK));
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true));
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> channel.getOption(StandardSocketOptions.TCP_NODELAY));
		RecordingHandler<Void> connected = handler();
		channel.connect(LOOPBACK, "connect", connected);
		RecordingHandler<Integer> read = handler();
		channel.read(ByteBuffer.allocate(1), "read", read);
		RecordingHandler<Integer> written = handler();
		channel.write(ByteBuffer.allocate(1), "write", written);
		RecordingHandler<Long> scattered = handler();
		channel.read(new ByteBuffer[] { ByteBuffer.allocate(1) }, 0, 1, 0, TimeUnit.SECONDS, "scatter", scattered);
		RecordingHandler<Long> gathered = handler();
		channel.write(new ByteBuffer[] { ByteBuffer.allocate(1) }, 0, 1, 0, TimeUnit.SECONDS, "gather", gathered);
		for (RecordingHandler<?> handler : List.of(connected, read, written, scattered, gathered)) {
			assertThat(handler.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
			assertThat(isPooled(handler.thread())).isTrue();
		}
		assertThat(connected.attachment()).isEqualTo("connect");
		assertThat(gathered.attachment()).isEqualTo("gather");
		for (Future<?> future : List.of(channel.connect(LOOPBACK), channel.read(ByteBuffer.allocate(1)),
				channel.write(ByteBuffer.allocate(1)), channel.read(ByteBuffer.allocate(0)),
				channel.write(ByteBuffer.allocate(0)))) {
			assertThat(RecordingHandler.awaitFailure(future)).isExactlyInstanceOf(ClosedChannelException.class);
		}
	}

	@Test
	void operationWhenNeverConnectedAndClosedFailsAsClosed() throws IOException {
		AsynchronousSocketChannel channel = open();
		channel.close();
		assertThat(RecordingHandler.awaitFailure(channel.read(ByteBuffer.allocate(1))))
			.isExactlyInstanceOf(ClosedChannelException.class);
		assertThat(RecordingHandler.awaitFailure(channel.write(ByteBuffer.allocate(1))))
			.isExactlyInstanceOf(ClosedChannelException.class);
	}

	@Test
	void operationWhenNotYetConnectedThrows() throws IOException {
		AsynchronousSocketChannel channel = open();
		ByteBuffer[] buffers = { ByteBuffer.allocate(1) };
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> channel.read(buffers[0]));
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> channel.write(buffers[0]));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.read(buffers[0], null, refused()));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.write(buffers[0], null, refused()));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.read(buffers, 0, 1, 1, TimeUnit.SECONDS, null, refused()));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.write(buffers, 0, 1, 1, TimeUnit.SECONDS, null, refused()));
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(channel::shutdownInput);
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(channel::shutdownOutput);
	}

	@Test
	void handlerWhenNullIsRefused() throws IOException {
		Connection connection = connect();
		AsynchronousSocketChannel channel = connection.channel();
		ByteBuffer[] buffers = { ByteBuffer.allocate(1) };
		assertThatNullPointerException().isThrownBy(() -> open().connect(LOOPBACK, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.read(buffers[0], null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.write(buffers[0], null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.read(buffers, 0, 1, 0, TimeUnit.SECONDS, null, null));
		assertThatNullPointerException()
			.isThrownBy(() -> channel.write(buffers, 0, 1, 0, TimeUnit.SECONDS, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.read((ByteBuffer) null));
		assertThatNullPointerException().isThrownBy(() -> channel.write((ByteBuffer) null));
		// none of them counts as started
		connection.send("a");
		assertThat(RecordingHandler.await(channel.read(ByteBuffer.allocate(1)))).isEqualTo(1);
		assertThat(RecordingHandler.await(channel.write(bytes("b")))).isEqualTo(1);
	}

	// -- bind

	@Test
	void bindWhenUnboundSetsLocalAddress() throws IOException {
		AsynchronousSocketChannel channel = open();
		assertThat(channel.bind(LOOPBACK)).isSameAs(channel);
		InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
		assertThat(address.getAddress()).isEqualTo(LOOPBACK.getAddress());
		assertThat(address.getPort()).isPositive();
		ServerSocketChannel listener = listen();
		assertThat(RecordingHandler.await(channel.connect(listener.getLocalAddress()))).isNull();
		assertThat(channel.getLocalAddress()).isEqualTo(address);
		assertThat(closing(listener.accept()).getRemoteAddress()).isEqualTo(address);
	}

	@Test
	void bindWhenAddressIsNullTakesAny() throws IOException {
		AsynchronousSocketChannel channel = open().bind(null);
		assertThat(((InetSocketAddress) channel.getLocalAddress()).getPort()).isPositive();
	}

	@Test
	void bindWhenBoundThrows() throws IOException {
		AsynchronousSocketChannel channel = open().bind(LOOPBACK);
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> channel.bind(LOOPBACK));
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> channel.bind(null));
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> connect().channel().bind(LOOPBACK));
	}

	@Test
	void bindWhenAddressIsOfUnknownTypeThrows() throws IOException {
		AsynchronousSocketChannel channel = open();
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> channel.bind(new UnknownAddress()));
		assertThat(channel.getLocalAddress()).isNull();
		assertThat(channel.bind(LOOPBACK).getLocalAddress()).isNotNull();
	}

	@Test
	void bindWhenAddressIsInUseThrows() throws IOException {
		ServerSocketChannel listener = listen();
		AsynchronousSocketChannel channel = open();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> channel.bind(listener.getLocalAddress()));
		assertThat(channel.getLocalAddress()).isNull();
	}

	@Test
	void bindWhenConnectionIsPendingThrows() throws IOException {
		AsynchronousSocketChannel channel = open();
		channel.connect(silentAddress(), null, handler());
		assertThatExceptionOfType(ConnectionPendingException.class).isThrownBy(() -> channel.bind(LOOPBACK));
	}

	// -- options

	@Test
	void supportedOptionsAreThoseOfTheSpecificationEvenWhenClosed() throws IOException {
		AsynchronousSocketChannel channel = open();
		assertThat(channel.supportedOptions()).contains(StandardSocketOptions.SO_SNDBUF,
				StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_REUSEADDR,
				StandardSocketOptions.TCP_NODELAY);
		channel.close();
		assertThat(channel.supportedOptions()).contains(StandardSocketOptions.TCP_NODELAY);
	}

	@Test
	void setOptionWhenSupportedIsGotten() throws IOException {
		for (AsynchronousSocketChannel channel : List.of(open(), connect().channel())) {
			for (SocketOption<Boolean> option : List.of(StandardSocketOptions.SO_KEEPALIVE,
					StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.TCP_NODELAY)) {
				assertThat(channel.setOption(option, true)).isSameAs(channel);
				assertThat(channel.getOption(option)).as(option.name()).isTrue();
				channel.setOption(option, false);
				assertThat(channel.getOption(option)).as(option.name()).isFalse();
			}
			for (SocketOption<Integer> option : List.of(StandardSocketOptions.SO_SNDBUF,
					StandardSocketOptions.SO_RCVBUF)) {
				assertThat(channel.setOption(option, 16 << 10)).isSameAs(channel);
				assertThat(channel.getOption(option)).as(option.name()).isGreaterThanOrEqualTo(16 << 10);
			}
		}
	}

	@Test
	void optionWhenUnsupportedOrInvalidThrows() throws IOException {
		AsynchronousSocketChannel channel = open();
		assertThat(channel.supportedOptions()).doesNotContain(StandardSocketOptions.IP_MULTICAST_LOOP);
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> channel.getOption(StandardSocketOptions.IP_MULTICAST_LOOP));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.setOption(StandardSocketOptions.SO_RCVBUF, -1));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.setOption(StandardSocketOptions.SO_SNDBUF, -1));
		assertThatNullPointerException().isThrownBy(() -> channel.setOption(null, true));
		assertThatNullPointerException().isThrownBy(() -> channel.getOption(null));
	}

	// -- connect

	@Test
	void connectWhenListenedToCompletes() throws IOException {
		ServerSocketChannel listener = listen();
		AsynchronousSocketChannel channel = open();
		RecordingHandler<Void> handler = handler();
		channel.connect(listener.getLocalAddress(), "attachment", handler);
		assertThat(handler.await()).isNull();
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(channel.getRemoteAddress()).isEqualTo(listener.getLocalAddress());
		assertThat(closing(listener.accept()).getRemoteAddress()).isEqualTo(channel.getLocalAddress());
	}

	@Test
	void connectWhenRefusedFailsAndCloses() throws IOException {
		ServerSocketChannel listener = listen();
		InetSocketAddress gone = (InetSocketAddress) listener.getLocalAddress();
		listener.close();
		AsynchronousSocketChannel channel = open();
		RecordingHandler<Void> handler = handler();
		channel.connect(gone, null, handler);
		assertThat(handler.awaitFailure()).isInstanceOf(IOException.class)
			.isNotInstanceOf(ClosedChannelException.class);
		assertThat(isPooled(handler.thread())).isTrue();
		RecordingHandler.eventually().until(() -> !channel.isOpen());
		AsynchronousSocketChannel other = open();
		assertThat(RecordingHandler.awaitFailure(other.connect(gone))).isInstanceOf(IOException.class);
		RecordingHandler.eventually().until(() -> !other.isOpen());
	}

	@Test
	void connectWhenAddressIsNoneThrows() throws IOException {
		AsynchronousSocketChannel channel = open();
		InetSocketAddress unresolved = InetSocketAddress.createUnresolved("localhost", 80);
		assertThatExceptionOfType(UnresolvedAddressException.class).isThrownBy(() -> channel.connect(unresolved));
		assertThatExceptionOfType(UnresolvedAddressException.class)
			.isThrownBy(() -> channel.connect(unresolved, null, refused()));
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> channel.connect(new UnknownAddress()));
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> channel.connect(new UnknownAddress(), null, refused()));
		assertThatNullPointerException().isThrownBy(() -> channel.connect(null));
		// it can still be connected
		assertThat(RecordingHandler.await(channel.connect(listen().getLocalAddress()))).isNull();
	}

	@Test
	void connectWhenConnectedThrows() throws IOException {
		AsynchronousSocketChannel channel = connect().channel();
		assertThatExceptionOfType(AlreadyConnectedException.class).isThrownBy(() -> channel.connect(LOOPBACK));
		assertThatExceptionOfType(AlreadyConnectedException.class)
			.isThrownBy(() -> channel.connect(LOOPBACK, null, refused()));
		assertThat(channel.isOpen()).isTrue();
	}

	@Test
	void connectWhenPendingThrowsAndCloseFailsThePendingOne() throws IOException {
		AsynchronousSocketChannel channel = open();
		RecordingHandler<Void> handler = handler();
		channel.connect(silentAddress(), null, handler);
		assertThatExceptionOfType(ConnectionPendingException.class).isThrownBy(() -> channel.connect(LOOPBACK));
		assertThatExceptionOfType(ConnectionPendingException.class)
			.isThrownBy(() -> channel.connect(LOOPBACK, null, refused()));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.read(ByteBuffer.allocate(1)));
		assertThat(channel.getRemoteAddress()).isNull();
		assertThat(handler.invocations()).isZero();
		channel.close();
		assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
		assertThat(isPooled(handler.thread())).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void connectWhenCancelledIsCancelled(boolean mayInterrupt) throws IOException {
		AsynchronousSocketChannel channel = open();
		Future<Void> future = channel.connect(silentAddress());
		assertCancels(future, mayInterrupt);
		// its state is unspecified now, but never connected
		if (channel.isOpen()) {
			assertThat(channel.getRemoteAddress()).isNull();
		}
	}

	// -- read

	@ParameterizedTest
	@EnumSource
	void readMovesPositionByResult(Memory memory) throws IOException {
		Connection connection = connect();
		ByteBuffer buffer = memory.allocate(20).position(3).limit(15);
		connection.send("hello");
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(buffer, "attachment", handler);
		assertThat(handler.await()).isEqualTo(5);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(buffer.position()).isEqualTo(8);
		assertThat(buffer.limit()).isEqualTo(15);
		assertThat(text(buffer)).isEqualTo("\0\0\0hello");
		assertThat(buffer.duplicate().clear().position(8)).isEqualTo(ByteBuffer.allocate(12));
	}

	@Test
	void readWhenBufferIsSmallerLeavesTheRest() throws IOException {
		Connection connection = connect();
		connection.send("hello");
		ByteBuffer buffer = ByteBuffer.allocate(2);
		assertThat(RecordingHandler.await(connection.channel().read(buffer))).isEqualTo(2);
		ByteBuffer rest = ByteBuffer.allocate(9);
		assertThat(RecordingHandler.await(connection.channel().read(rest))).isEqualTo(3);
		assertThat(text(buffer, rest)).isEqualTo("hello");
	}

	@Test
	void readWhenPendingLeavesTheBufferAloneUntilBytesCome() throws IOException {
		Connection connection = connect();
		ByteBuffer buffer = ByteBuffer.allocate(9).position(2);
		Future<Integer> future = connection.channel().read(buffer);
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(20, TimeUnit.MILLISECONDS));
		assertThat(future.isDone()).isFalse();
		assertThat(future.isCancelled()).isFalse();
		assertThat(buffer).isEqualTo(ByteBuffer.allocate(7));
		assertThat(buffer.position()).isEqualTo(2);
		assertThat(buffer.limit()).isEqualTo(9);
		connection.send("abc");
		assertThat(RecordingHandler.await(future)).isEqualTo(3);
		assertThat(future.isDone()).isTrue();
		assertThat(future.cancel(true)).isFalse();
		assertThat(future.isCancelled()).isFalse();
		assertThat(buffer.position()).isEqualTo(5);
		assertThat(connection.channel().isOpen()).isTrue();
	}

	@Test
	void readWhenBufferIsFullCompletesWithZeroAtOnce() throws IOException {
		Connection connection = connect();
		assertThat(RecordingHandler.await(connection.channel().read(ByteBuffer.allocate(0)))).isZero();
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(ByteBuffer.allocateDirect(5).position(5), null, handler);
		assertThat(handler.await()).isZero();
		assertThat(handler.attachment()).isNull();
		assertThat(isPooled(handler.thread())).isTrue();
	}

	@Test
	void readWhenBufferIsReadOnlyThrows() throws IOException {
		Connection connection = connect();
		ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
		ByteBuffer[] buffers = { ByteBuffer.allocate(1), readOnly };
		assertThatIllegalArgumentException().isThrownBy(() -> connection.channel().read(readOnly));
		assertThatIllegalArgumentException().isThrownBy(() -> connection.channel().read(readOnly, null, refused()));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> connection.channel().read(buffers, 0, 2, 0, TimeUnit.SECONDS, null, refused()));
		connection.send("a");
		RecordingHandler<Long> handler = handler();
		connection.channel().read(buffers, 0, 1, 0, TimeUnit.SECONDS, null, handler);
		assertThat(handler.await()).isOne();
	}

	@Test
	void readWhenPendingRefusesAnotherButNoWrite() throws IOException {
		Connection connection = connect();
		AsynchronousSocketChannel channel = connection.channel();
		ByteBuffer buffer = ByteBuffer.allocate(9);
		RecordingHandler<Integer> handler = handler();
		channel.read(buffer, null, handler);
		ByteBuffer[] others = { ByteBuffer.allocate(1) };
		assertThatExceptionOfType(ReadPendingException.class).isThrownBy(() -> channel.read(others[0]));
		assertThatExceptionOfType(ReadPendingException.class)
			.isThrownBy(() -> channel.read(others[0], null, refused()));
		assertThatExceptionOfType(ReadPendingException.class)
			.isThrownBy(() -> channel.read(others, 0, 1, 0, TimeUnit.SECONDS, null, refused()));
		assertThat(RecordingHandler.await(channel.write(bytes("out")))).isEqualTo(3);
		assertThat(connection.receive(3)).isEqualTo("out");
		connection.send("in");
		assertThat(handler.await()).isEqualTo(2);
		assertThat(text(buffer)).isEqualTo("in");
	}

	@Test
	void readWhenPeerHasShutDownReachesTheEnd() throws IOException {
		Connection connection = connect();
		connection.send("last");
		connection.peer().shutdownOutput();
		ByteBuffer buffer = ByteBuffer.allocate(9);
		assertThat(RecordingHandler.await(connection.channel().read(buffer))).isEqualTo(4);
		assertThat(RecordingHandler.await(connection.channel().read(buffer))).isEqualTo(-1);
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(buffer, null, handler);
		assertThat(handler.await()).isEqualTo(-1);
		RecordingHandler<Long> scattered = handler();
		connection.channel().read(new ByteBuffer[] { buffer }, 0, 1, 0, TimeUnit.SECONDS, null, scattered);
		assertThat(scattered.await()).isEqualTo(-1);
		assertThat(buffer.position()).isEqualTo(4);
		// the other half lives
		assertThat(RecordingHandler.await(connection.channel().write(bytes("reply")))).isEqualTo(5);
		assertThat(connection.receive(5)).isEqualTo("reply");
	}

	@Test
	void readWhenPendingAndPeerClosesReachesTheEnd() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(ByteBuffer.allocate(1), null, handler);
		connection.peer().close();
		assertThat(handler.await()).isEqualTo(-1);
		assertThat(connection.channel().isOpen()).isTrue();
	}

	@Test
	void readWhenPeerResetsFails() throws IOException {
		Connection pending = connect();
		Future<Integer> future = pending.channel().read(ByteBuffer.allocate(1));
		pending.reset();
		assertThat(RecordingHandler.awaitFailure(future)).isInstanceOf(IOException.class)
			.isNotInstanceOf(ClosedChannelException.class);
		assertThat(pending.channel().isOpen()).isTrue();
		Connection later = connect();
		later.reset();
		RecordingHandler<Integer> handler = handler();
		later.channel().read(ByteBuffer.allocate(1), null, handler);
		assertThat(handler.awaitFailure()).isInstanceOf(IOException.class)
			.isNotInstanceOf(ClosedChannelException.class);
	}

	@Test
	void writeWhenPeerResetsFails() throws IOException {
		Connection connection = connect();
		connection.reset();
		// the news may still be under way to this end
		RecordingHandler.eventually().until(() -> {
			RecordingHandler<Integer> handler = handler();
			connection.channel().write(bytes("lost"), null, handler);
			RecordingHandler.eventually().until(() -> handler.invocations() > 0);
			try {
				handler.await();
				return false;
			}
			catch (RuntimeException ex) {
				assertThat(ex).hasCauseInstanceOf(IOException.class);
				return true;
			}
		});
	}

	@Test
	void writeWhenPendingAndPeerResetsFails() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = fill(connection.channel());
		connection.reset();
		assertThat(handler.awaitFailure()).isInstanceOf(IOException.class)
			.isNotInstanceOf(ClosedChannelException.class);
	}

	// -- write

	@ParameterizedTest
	@EnumSource
	void writeMovesPositionByResult(Memory memory) throws IOException {
		Connection connection = connect();
		ByteBuffer buffer = memory.allocate(20).position(3);
		buffer.put(bytes("hello")).flip().position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		connection.channel().write(buffer, "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(buffer.position()).isEqualTo(7);
		assertThat(buffer.limit()).isEqualTo(7);
		assertThat(connection.receive(4)).isEqualTo("hell");
		// a source may be read-only
		ByteBuffer readOnly = buffer.position(3).asReadOnlyBuffer();
		assertThat(RecordingHandler.await(connection.channel().write(readOnly))).isEqualTo(4);
		assertThat(readOnly.hasRemaining()).isFalse();
		assertThat(connection.receive(4)).isEqualTo("hell");
	}

	@Test
	void writeWhenBufferIsEmptyCompletesWithZeroAtOnce() throws IOException {
		Connection connection = connect();
		assertThat(RecordingHandler.await(connection.channel().write(ByteBuffer.allocate(0)))).isZero();
		RecordingHandler<Integer> handler = handler();
		connection.channel().write(ByteBuffer.allocate(4).position(4), null, handler);
		assertThat(handler.await()).isZero();
		assertThat(handler.attachment()).isNull();
		assertThat(isPooled(handler.thread())).isTrue();
	}

	@Test
	void writeWhenPendingRefusesAnotherButNoRead() throws IOException {
		Connection connection = connect();
		AsynchronousSocketChannel channel = connection.channel();
		fill(channel);
		ByteBuffer[] others = { bytes("x") };
		assertThatExceptionOfType(WritePendingException.class).isThrownBy(() -> channel.write(others[0]));
		assertThatExceptionOfType(WritePendingException.class)
			.isThrownBy(() -> channel.write(others[0], null, refused()));
		assertThatExceptionOfType(WritePendingException.class)
			.isThrownBy(() -> channel.write(others, 0, 1, 0, TimeUnit.SECONDS, null, refused()));
		connection.send("in");
		ByteBuffer buffer = ByteBuffer.allocate(9);
		assertThat(RecordingHandler.await(channel.read(buffer))).isEqualTo(2);
		assertThat(text(buffer)).isEqualTo("in");
	}

	@Test
	void writeWhenPendingCompletesOncePeerReads() throws IOException {
		Connection connection = connect();
		RecordingHandler<Integer> handler = fill(connection.channel());
		drainUntilDone(connection.peer(), handler);
		assertThat(handler.await()).isPositive();
	}

	// -- scatter and gather

	@Test
	void scatteringReadFillsTheBuffersOfTheSubsequenceInOrder() throws IOException {
		Connection connection = connect();
		connection.send("abcdefg");
		ByteBuffer[] buffers = { ByteBuffer.allocate(4), ByteBuffer.allocate(2), ByteBuffer.allocate(0),
				ByteBuffer.allocateDirect(6).position(3), ByteBuffer.allocate(8), ByteBuffer.allocate(4) };
		RecordingHandler<Long> handler = handler();
		connection.channel().read(buffers, 1, 4, 0, TimeUnit.SECONDS, "attachment", handler);
		assertThat(handler.await()).isEqualTo(7);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(Arrays.stream(buffers).mapToInt(ByteBuffer::position)).containsExactly(0, 2, 0, 6, 2, 0);
		assertThat(text(buffers)).isEqualTo("ab\0\0\0cdefg");
	}

	@Test
	void scatteringReadIsPendingUntilBytesCome() throws IOException {
		Connection connection = connect();
		ByteBuffer[] buffers = { ByteBuffer.allocate(2), ByteBuffer.allocateDirect(2) };
		RecordingHandler<Long> handler = handler();
		connection.channel().read(buffers, 0, 2, 0, TimeUnit.SECONDS, null, handler);
		assertThatExceptionOfType(ReadPendingException.class)
			.isThrownBy(() -> connection.channel().read(ByteBuffer.allocate(1)));
		connection.send("abc");
		assertThat(handler.await()).isEqualTo(3);
		assertThat(text(buffers)).isEqualTo("abc");
	}

	@Test
	void gatheringWriteTakesTheBuffersOfTheSubsequenceInOrder() throws IOException {
		Connection connection = connect();
		ByteBuffer direct = ByteBuffer.allocateDirect(5).put(bytes("direct".substring(1))).flip();
		ByteBuffer[] buffers = { bytes("no"), bytes("one "), ByteBuffer.allocate(0), direct,
				bytes("!").asReadOnlyBuffer(), bytes("no") };
		RecordingHandler<Long> handler = handler();
		connection.channel().write(buffers, 1, 4, 0, TimeUnit.SECONDS, "attachment", handler);
		assertThat(handler.await()).isEqualTo(10);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(Arrays.stream(buffers).mapToInt(ByteBuffer::position)).containsExactly(0, 4, 0, 5, 1, 0);
		assertThat(connection.receive(10)).isEqualTo("one irect!");
	}

	@Test
	void subsequenceWhenOutOfBoundsThrows() throws IOException {
		Connection connection = connect();
		ByteBuffer[] buffers = { ByteBuffer.allocate(1), ByteBuffer.allocate(1) };
		for (int[] bounds : new int[][] { { -1, 1 }, { 3, 0 }, { 0, -1 }, { 0, 3 }, { 1, 2 },
				{ 1, Integer.MAX_VALUE } }) {
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> connection.channel()
				.read(buffers, bounds[0], bounds[1], 0, TimeUnit.SECONDS, null, refused()));
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> connection.channel()
				.write(buffers, bounds[0], bounds[1], 0, TimeUnit.SECONDS, null, refused()));
		}
	}

	@Test
	void subsequenceWhenEmptyTransfersNothing() throws IOException {
		Connection connection = connect();
		ByteBuffer[] buffers = { bytes("a") };
		connection.send("waiting");
		RecordingHandler<Long> read = handler();
		connection.channel().read(buffers, 1, 0, 0, TimeUnit.SECONDS, null, read);
		assertThat(read.await()).isZero();
		RecordingHandler<Long> written = handler();
		connection.channel().write(buffers, 0, 0, 0, TimeUnit.SECONDS, null, written);
		assertThat(written.await()).isZero();
		assertThat(buffers[0].position()).isZero();
	}

	@Test
	void moreBuffersThanTheKernelTakesKeepTheirOrder() throws IOException {
		Connection connection = connect();
		ByteBuffer[] sources = new ByteBuffer[3000];
		ByteBuffer[] targets = new ByteBuffer[sources.length];
		for (int i = 0; i < sources.length; i++) {
			sources[i] = bytes(Integer.toString(i % 10));
			targets[i] = ByteBuffer.allocate(1);
		}
		long written = transfer(sources, (offset, handler) -> connection.channel()
			.write(sources, offset, sources.length - offset, 0, TimeUnit.SECONDS, null, handler));
		assertThat(written).isEqualTo(sources.length);
		String sent = connection.receive(sources.length);
		assertThat(sent).isEqualTo("0123456789".repeat(sources.length / 10));
		connection.send(sent);
		transfer(targets, (offset, handler) -> connection.channel()
			.read(targets, offset, targets.length - offset, 0, TimeUnit.SECONDS, null, handler));
		assertThat(text(targets)).isEqualTo(sent);
	}

	private long transfer(ByteBuffer[] buffers, Vectored operation) {
		int done = 0;
		while (done < buffers.length) {
			RecordingHandler<Long> handler = handler();
			operation.start(done, handler);
			long count = handler.await();
			assertThat(count).isBetween(1L, (long) buffers.length - done);
			done += (int) count;
		}
		return done;
	}

	private interface Vectored {

		void start(int offset, RecordingHandler<Long> handler);

	}

	// -- shutdown of one direction

	@Test
	void shutdownInputLetsReadsReachTheEnd() throws IOException {
		Connection connection = connect();
		assertThat(connection.channel().shutdownInput()).isSameAs(connection.channel());
		assertThat(connection.channel().shutdownInput()).isSameAs(connection.channel());
		assertThat(RecordingHandler.await(connection.channel().read(ByteBuffer.allocate(1)))).isEqualTo(-1);
		RecordingHandler<Integer> handler = handler();
		connection.channel().read(ByteBuffer.allocate(1), null, handler);
		assertThat(handler.await()).isEqualTo(-1);
		RecordingHandler<Long> scattered = handler();
		connection.channel()
			.read(new ByteBuffer[] { ByteBuffer.allocate(1) }, 0, 1, 0, TimeUnit.SECONDS, null, scattered);
		assertThat(scattered.await()).isEqualTo(-1);
		assertThat(RecordingHandler.await(connection.channel().write(bytes("out")))).isEqualTo(3);
		assertThat(connection.receive(3)).isEqualTo("out");
	}

	@Test
	void shutdownOutputEndsTheStreamAndFailsWrites() throws IOException {
		Connection connection = connect();
		RecordingHandler.await(connection.channel().write(bytes("last")));
		assertThat(connection.channel().shutdownOutput()).isSameAs(connection.channel());
		assertThat(connection.channel().shutdownOutput()).isSameAs(connection.channel());
		assertThat(connection.receive(9)).isEqualTo("last");
		assertThat(RecordingHandler.awaitFailure(connection.channel().write(bytes("more"))))
			.isExactlyInstanceOf(ClosedChannelException.class);
		RecordingHandler<Integer> handler = handler();
		connection.channel().write(bytes("more"), null, handler);
		assertThat(handler.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
		RecordingHandler<Long> gathered = handler();
		connection.channel().write(new ByteBuffer[] { bytes("more") }, 0, 1, 0, TimeUnit.SECONDS, null, gathered);
		assertThat(gathered.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
		assertThat(connection.channel().isOpen()).isTrue();
		connection.send("in");
		assertThat(RecordingHandler.await(connection.channel().read(ByteBuffer.allocate(9)))).isEqualTo(2);
	}

	@Test
	void shutdownInputWhenReadIsPendingCompletesItOnce() throws IOException {
		// with what is unspecified, and whether before close
		Connection connection = connect();
		connection.channel().read(ByteBuffer.allocate(1), null, handler());
		connection.channel().shutdownInput();
		connection.channel().close();
	}

}
