package io.github.linuxfd.pipe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/**
 * A connection within this machine.
 *
 * @param near the side given to a transfer
 * @param far the peer
 * @author linuxfd
 */
record Connection(SocketChannel near, SocketChannel far) implements AutoCloseable {

	static Connection open() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			// so that a peer that does not read is noticed soon
			server.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 16);
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			SocketChannel near = SocketChannel.open();
			near.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 16);
			near.connect(server.getLocalAddress());
			return new Connection(near, server.accept());
		}
	}

	/** All that the peer gets until the end, read by a thread of its own. */
	CompletableFuture<byte[]> received() {
		return CompletableFuture.supplyAsync(() -> {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
			try {
				while (this.far.read(buffer) >= 0) {
					bytes.write(buffer.array(), 0, buffer.position());
					buffer.clear();
				}
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			return bytes.toByteArray();
		}, (task) -> new Thread(task, "receiver").start());
	}

	/** Send all of it and then the end, by a thread of its own. */
	CompletableFuture<Void> send(byte[] bytes) {
		return CompletableFuture.runAsync(() -> {
			try {
				for (ByteBuffer buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining();) {
					this.far.write(buffer);
				}
				this.far.shutdownOutput();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}, (task) -> new Thread(task, "sender").start());
	}

	@Override
	public void close() throws IOException {
		this.near.close();
		this.far.close();
	}

}
