package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What {@link AsynchronousChannelProvider} promises of the default group, which lives as
 * long as the JVM, and of groups of its own and of others.
 *
 * @author linuxfd
 */
@Timeout(120)
abstract class AsynchronousChannelProviderSpecification {

	/**
	 * Return what is to be tested.
	 * @return the provider
	 */
	abstract AsynchronousChannelProvider provider();

	@Test
	void channelsWhenGroupIsNullCallHandlersInDaemonThreads() throws IOException {
		try (AsynchronousServerSocketChannel server = provider().openAsynchronousServerSocketChannel(null)
			.bind(AsynchronousChannelSpecification.LOOPBACK);
				AsynchronousSocketChannel one = provider().openAsynchronousSocketChannel(null)) {
			assertThat(server.provider()).isSameAs(provider());
			assertThat(one.provider()).isSameAs(provider());
			RecordingHandler<AsynchronousSocketChannel> accept = new RecordingHandler<>();
			server.accept(null, accept);
			RecordingHandler<Void> connect = new RecordingHandler<>();
			one.connect(server.getLocalAddress(), null, connect);
			connect.await();
			try (AsynchronousSocketChannel other = accept.await()) {
				RecordingHandler<Integer> read = new RecordingHandler<>();
				other.read(ByteBuffer.allocate(9), null, read);
				assertThat(RecordingHandler.await(one.write(AsynchronousChannelSpecification.bytes("out"))))
					.isEqualTo(3);
				assertThat(read.await()).isEqualTo(3);
				assertThat(read.thread().isDaemon()).isTrue();
				assertThat(connect.thread()).isNotSameAs(Thread.currentThread());
				assertThat(accept.thread().isDaemon()).isTrue();
			}
		}
	}

	@Test
	void openWhenGroupIsItsOwnUsesTheProviderOfTheGroup() throws Exception {
		AsynchronousChannelGroup group = provider().openAsynchronousChannelGroup(1, Executors.defaultThreadFactory());
		try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
				AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open(group)) {
			assertThat(channel.provider()).isSameAs(provider());
			assertThat(server.provider()).isSameAs(provider());
		}
		finally {
			group.shutdownNow();
		}
		assertThat(group.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void openWhenGroupIsOfAnotherProviderThrows() {
		AsynchronousChannelGroup foreign = new ForeignGroup();
		assertThatExceptionOfType(IllegalChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousSocketChannel(foreign));
		assertThatExceptionOfType(IllegalChannelGroupException.class)
			.isThrownBy(() -> provider().openAsynchronousServerSocketChannel(foreign));
	}

	private static final class ForeignProvider extends AsynchronousChannelProvider {

		@Override
		public AsynchronousChannelGroup openAsynchronousChannelGroup(int nThreads, ThreadFactory threadFactory) {
			throw new UnsupportedOperationException();
		}

		@Override
		public AsynchronousChannelGroup openAsynchronousChannelGroup(ExecutorService executor, int initialSize) {
			throw new UnsupportedOperationException();
		}

		@Override
		public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(AsynchronousChannelGroup group) {
			throw new UnsupportedOperationException();
		}

		@Override
		public AsynchronousSocketChannel openAsynchronousSocketChannel(AsynchronousChannelGroup group) {
			throw new UnsupportedOperationException();
		}

	}

	private static final class ForeignGroup extends AsynchronousChannelGroup {

		ForeignGroup() {
			super(new ForeignProvider());
		}

		@Override
		public boolean isShutdown() {
			return false;
		}

		@Override
		public boolean isTerminated() {
			return false;
		}

		@Override
		public void shutdown() {
			throw new UnsupportedOperationException();
		}

		@Override
		public void shutdownNow() {
			throw new UnsupportedOperationException();
		}

		@Override
		public boolean awaitTermination(long timeout, TimeUnit unit) {
			return false;
		}

	}

}
