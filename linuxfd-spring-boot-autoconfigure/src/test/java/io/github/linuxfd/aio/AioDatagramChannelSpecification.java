package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What {@link AioDatagramChannel} promises.
 *
 * @author linuxfd
 */
abstract class AioDatagramChannelSpecification extends AsynchronousChannelSpecification {

	private AioDatagramChannel openDatagram() throws IOException {
		return closing(AioDatagramChannel.open(group()));
	}

	private DatagramChannel peer() throws IOException {
		return closing(DatagramChannel.open().bind(LOOPBACK));
	}

	// -- state

	@Test
	void channelWhenNewIsOpenUnboundAndWithoutPeer() throws IOException {
		AioDatagramChannel channel = openDatagram();
		assertThat(channel.isOpen()).isTrue();
		assertThat(channel.provider()).isSameAs(provider());
		assertThat(channel.getLocalAddress()).isNull();
		assertThat(channel.getRemoteAddress()).isNull();
		assertThat(channel.bind(LOOPBACK)).isSameAs(channel);
		assertThat(((InetSocketAddress) channel.getLocalAddress()).getPort()).isPositive();
		assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> channel.bind(null));
	}

	@Test
	void openWhenGroupIsForeignOrShutDownThrows() throws IOException {
		AsynchronousChannelGroup foreign = AsynchronousChannelGroup.withFixedThreadPool(1, Thread::new);
		try {
			assertThatExceptionOfType(IllegalChannelGroupException.class)
				.isThrownBy(() -> AioDatagramChannel.open(foreign));
		}
		finally {
			foreign.shutdownNow();
		}
		group().shutdown();
		assertThatExceptionOfType(ShutdownChannelGroupException.class).isThrownBy(this::openDatagram);
	}

	@Test
	void everyMethodWhenClosedThrowsOrFailsAtOnce() throws IOException {
		AioDatagramChannel channel = openDatagram();
		channel.close();
		channel.close();
		assertThat(channel.isOpen()).isFalse();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::getLocalAddress);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::getRemoteAddress);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.bind(LOOPBACK));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.connect(LOOPBACK));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(channel::disconnect);
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.SO_BROADCAST, true));
		RecordingHandler<AioDatagram> received = handler();
		channel.receive(ByteBuffer.allocate(1), "receive", received);
		RecordingHandler<Integer> sent = handler();
		channel.send(ByteBuffer.allocate(1), LOOPBACK, "send", sent);
		RecordingHandler<Integer> read = handler();
		channel.read(ByteBuffer.allocate(1), "read", read);
		RecordingHandler<Integer> written = handler();
		channel.write(ByteBuffer.allocate(1), "write", written);
		for (RecordingHandler<?> handler : List.of(received, sent, read, written)) {
			assertThat(handler.awaitFailure()).isExactlyInstanceOf(ClosedChannelException.class);
			assertThat(isPooled(handler.thread())).isTrue();
		}
		assertThat(written.attachment()).isEqualTo("write");
		assertThat(RecordingHandler.awaitFailure(channel.receive(ByteBuffer.allocate(1))))
			.isExactlyInstanceOf(ClosedChannelException.class);
		assertThat(RecordingHandler.awaitFailure(channel.write(ByteBuffer.allocate(1))))
			.isExactlyInstanceOf(ClosedChannelException.class);
	}

	@Test
	void argumentWhenInvalidThrows() throws IOException {
		AioDatagramChannel channel = openDatagram();
		ByteBuffer buffer = ByteBuffer.allocate(1);
		assertThatIllegalArgumentException().isThrownBy(() -> channel.receive(buffer.asReadOnlyBuffer()));
		assertThatNullPointerException().isThrownBy(() -> channel.receive(buffer, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.send(buffer, LOOPBACK, null, null));
		assertThatNullPointerException().isThrownBy(() -> channel.send(buffer, null));
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> channel.send(buffer, new UnknownAddress()));
		assertThatExceptionOfType(UnresolvedAddressException.class)
			.isThrownBy(() -> channel.send(buffer, InetSocketAddress.createUnresolved("localhost", 9)));
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> channel.connect(new UnknownAddress()));
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> channel.read(buffer));
		assertThatExceptionOfType(NotYetConnectedException.class)
			.isThrownBy(() -> channel.write(buffer, null, refused()));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true));
	}

	@Test
	void optionsAreGottenAsSet() throws IOException {
		AioDatagramChannel channel = openDatagram();
		assertThat(channel.setOption(StandardSocketOptions.SO_BROADCAST, true)).isSameAs(channel);
		assertThat(channel.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
		assertThat(
				channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 << 10).getOption(StandardSocketOptions.SO_RCVBUF))
			.isEqualTo(16 << 10);
		assertThat(channel.supportedOptions()).contains(StandardSocketOptions.SO_SNDBUF);
	}

	// -- receive and send

	@ParameterizedTest
	@EnumSource
	void receiveTellsBytesAndSender(Memory memory) throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		DatagramChannel peer = peer();
		ByteBuffer buffer = memory.allocate(20).position(3).limit(15);
		RecordingHandler<AioDatagram> handler = handler();
		channel.receive(buffer, "attachment", handler);
		assertThat(handler.invocations()).isZero();
		peer.send(bytes("hello"), channel.getLocalAddress());
		assertThat(handler.await()).isEqualTo(new AioDatagram(5, peer.getLocalAddress(), false));
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(buffer.position()).isEqualTo(8);
		assertThat(text(buffer)).isEqualTo("\0\0\0hello");
	}

	@Test
	void receiveWhenBufferIsSmallerLosesTheRest() throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		DatagramChannel peer = peer();
		peer.send(bytes("hello"), channel.getLocalAddress());
		peer.send(bytes(""), channel.getLocalAddress());
		ByteBuffer buffer = ByteBuffer.allocate(2);
		assertThat(RecordingHandler.await(channel.receive(buffer)))
			.isEqualTo(new AioDatagram(2, peer.getLocalAddress(), true));
		assertThat(RecordingHandler.await(channel.receive(ByteBuffer.allocate(2))))
			.isEqualTo(new AioDatagram(0, peer.getLocalAddress(), false));
	}

	@ParameterizedTest
	@EnumSource
	void sendSendsOneDatagram(Memory memory) throws IOException {
		AioDatagramChannel channel = openDatagram();
		DatagramChannel peer = peer();
		ByteBuffer buffer = memory.allocate(20).position(3);
		buffer.put(bytes("hello")).flip().position(3).limit(7);
		RecordingHandler<Integer> handler = handler();
		channel.send(buffer, peer.getLocalAddress(), "attachment", handler);
		assertThat(handler.await()).isEqualTo(4);
		assertThat(handler.attachment()).isEqualTo("attachment");
		assertThat(isPooled(handler.thread())).isTrue();
		assertThat(buffer.position()).isEqualTo(7);
		// an empty datagram is one, too
		assertThat(RecordingHandler.await(channel.send(ByteBuffer.allocate(0), peer.getLocalAddress()))).isZero();
		ByteBuffer received = ByteBuffer.allocate(9);
		SocketAddress sender = peer.receive(received);
		assertThat(text(received)).isEqualTo("hell");
		assertThat(((InetSocketAddress) sender).getPort())
			.isEqualTo(((InetSocketAddress) channel.getLocalAddress()).getPort());
		assertThat(peer.receive(received.clear())).isEqualTo(sender);
		assertThat(received.position()).isZero();
	}

	@Test
	void sendWhenDatagramIsTooLongFails() throws IOException {
		AioDatagramChannel channel = openDatagram();
		RecordingHandler<Integer> handler = handler();
		channel.send(ByteBuffer.allocate(1 << 17), peer().getLocalAddress(), null, handler);
		assertThat(handler.awaitFailure()).isInstanceOf(IOException.class).hasMessage("Message too long");
	}

	@Test
	void receivesWhenManyArePendingTakeOneDatagramEach() throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		DatagramChannel peer = peer();
		List<RecordingHandler<AioDatagram>> handlers = new ArrayList<>();
		List<ByteBuffer> buffers = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			RecordingHandler<AioDatagram> handler = handler();
			ByteBuffer buffer = ByteBuffer.allocate(9);
			channel.receive(buffer, null, handler);
			handlers.add(handler);
			buffers.add(buffer);
		}
		List<String> expected = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			peer.send(bytes("number " + i), channel.getLocalAddress());
			expected.add("number " + i);
		}
		handlers.forEach(RecordingHandler::await);
		assertThat(buffers).extracting((buffer) -> text(buffer)).containsExactlyInAnyOrderElementsOf(expected);
	}

	// -- peer

	@Test
	void connectedChannelKnowsItsPeerOnly() throws IOException {
		AioDatagramChannel channel = openDatagram();
		DatagramChannel peer = peer();
		DatagramChannel stranger = peer();
		assertThat(channel.connect(peer.getLocalAddress())).isSameAs(channel);
		assertThat(channel.getRemoteAddress()).isEqualTo(peer.getLocalAddress());
		assertThatExceptionOfType(AlreadyConnectedException.class)
			.isThrownBy(() -> channel.connect(stranger.getLocalAddress()));
		assertThatExceptionOfType(AlreadyConnectedException.class)
			.isThrownBy(() -> channel.send(bytes("a"), stranger.getLocalAddress()));
		ByteBuffer buffer = ByteBuffer.allocate(9);
		RecordingHandler<Integer> read = handler();
		channel.read(buffer, "attachment", read);
		stranger.send(bytes("stranger"), channel.getLocalAddress());
		peer.send(bytes("peer"), channel.getLocalAddress());
		assertThat(read.await()).isEqualTo(4);
		assertThat(text(buffer)).isEqualTo("peer");
		peer.send(bytes(""), channel.getLocalAddress());
		assertThat(RecordingHandler.await(channel.read(buffer))).isZero();
		RecordingHandler<Integer> written = handler();
		channel.write(bytes("out"), null, written);
		assertThat(written.await()).isEqualTo(3);
		assertThat(RecordingHandler.await(channel.send(bytes("out"), peer.getLocalAddress()))).isEqualTo(3);
		assertThat(peer.receive(buffer.clear())).isEqualTo(channel.getLocalAddress());
		assertThat(text(buffer)).isEqualTo("out");
	}

	@Test
	void disconnectedChannelKnowsEverybodyAgain() throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		assertThat(channel.disconnect()).isSameAs(channel);
		channel.connect(peer().getLocalAddress()).disconnect();
		assertThat(channel.getRemoteAddress()).isNull();
		DatagramChannel stranger = peer();
		stranger.send(bytes("hello"), channel.getLocalAddress());
		assertThat(RecordingHandler.await(channel.receive(ByteBuffer.allocate(9))).sender())
			.isEqualTo(stranger.getLocalAddress());
	}

	@Test
	void readWhenPeerHasGoneFails() throws IOException {
		AioDatagramChannel channel = openDatagram();
		DatagramChannel peer = peer();
		channel.connect(peer.getLocalAddress());
		peer.close();
		RecordingHandler<Integer> read = handler();
		channel.read(ByteBuffer.allocate(9), null, read);
		channel.write(bytes("lost"), null, handler());
		assertThat(read.awaitFailure()).isInstanceOf(PortUnreachableException.class);
		assertThat(channel.isOpen()).isTrue();
	}

	// -- timeouts, cancel, close

	@Test
	void receiveWhenTimeoutElapsesFailsAndTheNextReceives() throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		RecordingHandler<AioDatagram> handler = handler();
		channel.receive(ByteBuffer.allocate(9), 50, TimeUnit.MILLISECONDS, "attachment", handler);
		assertThat(handler.awaitFailure()).isInstanceOf(InterruptedByTimeoutException.class);
		assertThat(handler.attachment()).isEqualTo("attachment");
		peer().send(bytes("hello"), channel.getLocalAddress());
		RecordingHandler<AioDatagram> next = handler();
		channel.receive(ByteBuffer.allocate(9), 1, TimeUnit.DAYS, null, next);
		assertThat(next.await().bytes()).isEqualTo(5);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void receiveWhenCancelledIsCancelled(boolean mayInterrupt) throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		Future<AioDatagram> future = channel.receive(ByteBuffer.allocate(9));
		assertThat(future.cancel(mayInterrupt)).isTrue();
		assertThat(future.cancel(mayInterrupt)).isFalse();
		assertThat(future.isCancelled()).isTrue();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
		assertThat(channel.isOpen()).isEqualTo(!mayInterrupt);
	}

	@Test
	void closeFailsEveryPendingOperation() throws IOException {
		AioDatagramChannel channel = openDatagram().bind(LOOPBACK);
		List<RecordingHandler<AioDatagram>> handlers = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			RecordingHandler<AioDatagram> handler = handler();
			channel.receive(ByteBuffer.allocateDirect(9), null, handler);
			handlers.add(handler);
		}
		channel.close();
		for (RecordingHandler<AioDatagram> handler : handlers) {
			assertThat(handler.awaitFailure()).isInstanceOf(AsynchronousCloseException.class);
			assertThat(isPooled(handler.thread())).isTrue();
		}
	}

}
