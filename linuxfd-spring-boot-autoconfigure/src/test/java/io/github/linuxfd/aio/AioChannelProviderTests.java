package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import jdk.net.ExtendedSocketOptions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of what channels of an {@link AioChannelProvider} do beyond the JDK's
 * specification.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class AioChannelProviderTests {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	private AsynchronousServerSocketChannel listen() throws IOException {
		return this.engine.provider()
			.openAsynchronousServerSocketChannel(null)
			.bind(AsynchronousChannelSpecification.LOOPBACK);
	}

	@Test
	void providerWhenNamedBySystemPropertyIsTheDefault() {
		try (ForkedJvm jvm = ForkedJvm
			.startBy(List.of("env", "JDK_JAVA_OPTIONS=-Djava.nio.channels.spi.AsynchronousChannelProvider="
					+ AioChannelProvider.class.getName()), UnknowingProgram.class)) {
			jvm.awaitLine("hello through AioSocketChannel");
		}
	}

	@Test
	void handlersOfTheDefaultGroupRunOnTheRingsThread() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				SocketChannel peer = SocketChannel.open(server.getLocalAddress())) {
			RecordingHandler<AsynchronousSocketChannel> accept = new RecordingHandler<>();
			server.accept(null, accept);
			try (AsynchronousSocketChannel channel = accept.await()) {
				RecordingHandler<Integer> write = new RecordingHandler<>();
				channel.write(ByteBuffer.allocate(3), null, write);
				assertThat(write.await()).isEqualTo(3);
				RecordingHandler<Integer> nothing = new RecordingHandler<>();
				channel.read(ByteBuffer.allocate(0), null, nothing);
				assertThat(nothing.await()).isZero();
				assertThat(List.of(accept.thread(), write.thread(), nothing.thread()))
					.allMatch((thread) -> thread.getName().equals("linuxfd-uring"));
			}
			assertThat(peer.isConnected()).isTrue();
		}
	}

	@Test
	void handlerWhenItLeavesAnInterruptDisturbsNoOther() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				SocketChannel peer = SocketChannel.open(server.getLocalAddress());
				AsynchronousSocketChannel channel = RecordingHandler.await(server.accept())) {
			CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
			channel.write(ByteBuffer.allocate(1), null, new FailingHandler<Integer>() {

				@Override
				public void completed(Integer result, Object attachment) {
					Thread.currentThread().interrupt();
				}

			});
			RecordingHandler.eventually()
				.until(() -> this.engine.engines().statistics().completed(OperationKind.SEND) == 1);
			channel.read(ByteBuffer.allocate(1), null, new FailingHandler<Integer>() {

				@Override
				public void completed(Integer result, Object attachment) {
					interrupted.complete(Thread.currentThread().isInterrupted());
				}

			});
			peer.write(ByteBuffer.allocate(1));
			assertThat(RecordingHandler.await(interrupted)).isFalse();
		}
	}

	@Test
	void channelsWhenTheEnginesAreClosedRefuseHandlersAndFailFutures() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				SocketChannel peer = SocketChannel.open(server.getLocalAddress());
				AsynchronousSocketChannel channel = RecordingHandler.await(server.accept());
				AsynchronousSocketChannel client = this.engine.provider().openAsynchronousSocketChannel(null)) {
			this.engine.engines().close();
			for (int i = 0; i < 2; i++) {
				refused(() -> channel.read(ByteBuffer.allocate(1), null, new RecordingHandler<>()));
				refused(() -> channel.write(ByteBuffer.allocate(1), null, new RecordingHandler<>()));
				refused(() -> server.accept(null, new RecordingHandler<>()));
				refused(() -> client.connect(peer.getLocalAddress(), null, new RecordingHandler<>()));
				assertThat(RecordingHandler.awaitFailure(channel.read(ByteBuffer.allocate(1))))
					.isInstanceOf(IOException.class)
					.hasCauseInstanceOf(ShutdownChannelGroupException.class);
			}
			channel.close();
			refused(() -> channel.read(ByteBuffer.allocate(1), null, new RecordingHandler<>()));
			assertThat(RecordingHandler.awaitFailure(channel.read(ByteBuffer.allocate(1))))
				.isInstanceOf(ClosedChannelException.class);
		}
	}

	private static void refused(ThrowingCallable start) {
		assertThatExceptionOfType(ShutdownChannelGroupException.class).isThrownBy(start);
	}

	@Test
	void failuresAreTheJdksWithTheCallAsCause() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				AsynchronousServerSocketChannel other = this.engine.provider()
					.openAsynchronousServerSocketChannel(null)) {
			assertThatExceptionOfType(BindException.class).isThrownBy(() -> other.bind(server.getLocalAddress()))
				.withMessage("Address already in use")
				.withCauseInstanceOf(SyscallException.class);
		}
		InetSocketAddress gone;
		try (ServerSocketChannel listener = ServerSocketChannel.open()
			.bind(AsynchronousChannelSpecification.LOOPBACK)) {
			gone = (InetSocketAddress) listener.getLocalAddress();
		}
		try (AsynchronousSocketChannel channel = this.engine.provider().openAsynchronousSocketChannel(null)) {
			assertThat(RecordingHandler.awaitFailure(channel.connect(gone))).isInstanceOf(ConnectException.class)
				.hasMessage("Connection refused")
				.hasCauseInstanceOf(SyscallException.class);
		}
	}

	@Test
	void readAndWriteWhenPeerResetsFailAsTheJdkSays() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				SocketChannel peer = SocketChannel.open(server.getLocalAddress());
				AsynchronousSocketChannel channel = RecordingHandler.await(server.accept())) {
			peer.setOption(StandardSocketOptions.SO_LINGER, 0);
			peer.close();
			assertThat(RecordingHandler.awaitFailure(channel.read(ByteBuffer.allocate(1))))
				.isInstanceOf(SocketException.class)
				.hasMessage("Connection reset")
				.hasCauseInstanceOf(SyscallException.class);
			assertThat(RecordingHandler.awaitFailure(channel.write(ByteBuffer.allocate(1))))
				.isExactlyInstanceOf(IOException.class)
				.hasMessage("Broken pipe");
			// it was connected, and its state cannot be asked for any more
			assertThat(channel.getRemoteAddress()).isNotNull();
			channel.shutdownInput();
			channel.shutdownOutput();
		}
	}

	@Test
	void optionsOfTheJdkAreGottenAsSet() throws IOException {
		try (AsynchronousServerSocketChannel server = listen();
				AsynchronousSocketChannel channel = this.engine.provider().openAsynchronousSocketChannel(null)) {
			assertThat(server.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
			channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 11)
				.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 12)
				.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 13)
				.setOption(StandardSocketOptions.SO_LINGER, 14)
				.setOption(StandardSocketOptions.SO_SNDBUF, 64 << 10);
			assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(11);
			assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(12);
			assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(13);
			assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(14);
			assertThat(channel.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(64 << 10);
			assertThat(
					channel.setOption(StandardSocketOptions.SO_LINGER, -1).getOption(StandardSocketOptions.SO_LINGER))
				.isEqualTo(-1);
			assertThat(channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, false)
				.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isFalse();
		}
	}

	/**
	 * For operations that cannot fail.
	 *
	 * @param <V> the type of the result
	 */
	private abstract static class FailingHandler<V> implements CompletionHandler<V, Object> {

		@Override
		public void failed(Throwable exc, Object attachment) {
			throw new AssertionError(exc);
		}

	}

	/**
	 * A program that knows only the JDK.
	 */
	static final class UnknowingProgram {

		private UnknowingProgram() {
		}

		public static void main(String[] arguments) throws Exception {
			try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()
				.bind(AsynchronousChannelSpecification.LOOPBACK);
					AsynchronousSocketChannel one = AsynchronousSocketChannel.open()) {
				one.connect(server.getLocalAddress()).get();
				try (AsynchronousSocketChannel other = server.accept().get()) {
					one.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII))).get();
					ByteBuffer buffer = ByteBuffer.allocate(5);
					other.read(buffer).get();
					System.out.println(new String(buffer.array(), StandardCharsets.US_ASCII) + " through "
							+ other.getClass().getSimpleName());
				}
			}
		}

	}

}
