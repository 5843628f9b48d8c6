package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that connect, send, receive, cancel, time out and close as chance has it.
 *
 * @author linuxfd
 */
final class SocketStorm {

	private static final int THREADS = 3;

	private static final int LONGEST = 300_000;

	private final AsynchronousChannelProvider provider;

	private final AsynchronousChannelGroup group;

	private final Tally tally;

	SocketStorm(AsynchronousChannelProvider provider, AsynchronousChannelGroup group) {
		this.provider = provider;
		this.group = group;
		this.tally = new Tally("Socket channels of " + provider);
	}

	void run() throws Exception {
		this.tally.run(THREADS, (number, random) -> () -> rounds(random));
		this.tally.check();
	}

	private void rounds(Random random) throws Exception {
		try (AsynchronousServerSocketChannel server = this.provider.openAsynchronousServerSocketChannel(this.group)
			.bind(AsynchronousChannelSpecification.LOOPBACK)) {
			for (int i = random.nextInt(20); i >= 0; i--) {
				round(server, random);
			}
			closeDuringAccept(server);
		}
	}

	private void closeDuringAccept(AsynchronousServerSocketChannel server) throws IOException {
		Tally.Once<AsynchronousSocketChannel> accept = this.tally.once();
		server.accept(null, accept);
		server.close();
		assertThat(RecordingHandler.awaitFailure(accept.outcome())).isInstanceOf(AsynchronousCloseException.class);
	}

	private void round(AsynchronousServerSocketChannel server, Random random) throws Exception {
		Tally.Once<AsynchronousSocketChannel> accept = this.tally.once();
		server.accept(null, accept);
		try (AsynchronousSocketChannel sending = this.provider.openAsynchronousSocketChannel(this.group)) {
			connect(sending, server.getLocalAddress(), random);
			try (AsynchronousSocketChannel receiving = RecordingHandler.await(accept.outcome())) {
				stream(sending, receiving, random);
			}
		}
	}

	private void connect(AsynchronousSocketChannel channel, SocketAddress remote, Random random) {
		if (random.nextBoolean()) {
			Tally.Once<Void> connect = this.tally.once();
			channel.connect(remote, null, connect);
			RecordingHandler.await(connect.outcome());
		}
		else {
			RecordingHandler.await(channel.connect(remote));
		}
	}

	private void stream(AsynchronousSocketChannel sending, AsynchronousSocketChannel receiving, Random random)
			throws Exception {
		long seed = random.nextLong();
		long length = random.nextInt(LONGEST);
		CheckedStream sender = new CheckedStream.Sender(this.tally, writing(sending), seed,
				(offset) -> offset >= length);
		CheckedStream receiver = new CheckedStream.Receiver(this.tally, reading(receiving), seed);
		int whichEnd = random.nextInt(6);
		sender.step();
		if (whichEnd != 5) {
			receiver.step();
		}
		switch (whichEnd) {
			case 0 -> orderly(sender, receiver, sending);
			case 1 -> abrupt(sender, receiver, sending, random);
			case 2 -> abrupt(sender, receiver, receiving, random);
			case 3 -> {
				Future<Integer> backwards = sending.read(ByteBuffer.allocate(10));
				boolean force = random.nextBoolean();
				assertThat(backwards.cancel(force)).isTrue();
				assertThat(backwards.isCancelled()).isTrue();
				if (force) {
					abrupt(sender, receiver, sending, random);
				}
				else {
					orderly(sender, receiver, sending);
				}
			}
			case 4 -> {
				Tally.Once<Integer> backwards = this.tally.once();
				sending.read(ByteBuffer.allocate(10), 1 + random.nextInt(3), TimeUnit.MILLISECONDS, null, backwards);
				assertThat(RecordingHandler.awaitFailure(backwards.outcome()))
					.isInstanceOf(InterruptedByTimeoutException.class);
				orderly(sender, receiver, sending);
			}
			default -> {
				// unread bytes make the kernel reset the connection
				receiving.close();
				sender.awaitAnyEnd();
			}
		}
	}

	private static CheckedStream.Transfer writing(AsynchronousSocketChannel channel) {
		return new CheckedStream.Transfer() {

			@Override
			public void one(ByteBuffer buffer, long timeoutSeconds, CompletionHandler<Integer, Object> handler) {
				channel.write(buffer, timeoutSeconds, TimeUnit.SECONDS, null, handler);
			}

			@Override
			public void several(ByteBuffer[] buffers, long timeoutSeconds, CompletionHandler<Long, Object> handler) {
				channel.write(buffers, 0, buffers.length, timeoutSeconds, TimeUnit.SECONDS, null, handler);
			}

		};
	}

	private static CheckedStream.Transfer reading(AsynchronousSocketChannel channel) {
		return new CheckedStream.Transfer() {

			@Override
			public void one(ByteBuffer buffer, long timeoutSeconds, CompletionHandler<Integer, Object> handler) {
				channel.read(buffer, timeoutSeconds, TimeUnit.SECONDS, null, handler);
			}

			@Override
			public void several(ByteBuffer[] buffers, long timeoutSeconds, CompletionHandler<Long, Object> handler) {
				channel.read(buffers, 0, buffers.length, timeoutSeconds, TimeUnit.SECONDS, null, handler);
			}

		};
	}

	private static void orderly(CheckedStream sender, CheckedStream receiver, AsynchronousSocketChannel sending)
			throws IOException {
		RecordingHandler.await(sender.done);
		sending.shutdownOutput();
		RecordingHandler.await(receiver.done);
		assertThat(receiver.offset).isEqualTo(sender.offset);
	}

	private static void abrupt(CheckedStream sender, CheckedStream receiver, AsynchronousSocketChannel closed,
			Random random) throws IOException {
		long deadline = System.nanoTime() + random.nextInt(1_000_000);
		while (System.nanoTime() - deadline < 0) {
			Thread.onSpinWait();
		}
		closed.close();
		sender.awaitAnyEnd();
		receiver.awaitAnyEnd();
	}

}
