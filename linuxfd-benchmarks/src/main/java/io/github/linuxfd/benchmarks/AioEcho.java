package io.github.linuxfd.benchmarks;

import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioServer;
import io.github.linuxfd.aio.AioSettings;
import io.github.linuxfd.aio.AioSocket;
import io.github.linuxfd.ffi.Syscalls;

/**
 * linuxfd's proactor, with handlers on the thread of its ring.
 *
 * @author linuxfd
 */
final class AioEcho {

	/** What is received at once, at most. */
	private static final int BUFFER = 64 * 1024;

	private AioEcho() {
	}

	/** Until the process is ended. */
	static void serve() throws InterruptedException {
		try (Aio aio = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT));
				AioServer server = new AioServer(aio, Echoes.address(), (socket) -> {
					socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
					new Connection(aio, socket).receive();
				})) {
			server.start();
			Contract.ready("port=" + server.localAddress().getPort());
			new CountDownLatch(1).await();
		}
	}

	/**
	 * Sends what has come, all of it, and meanwhile collects what comes next.
	 */
	private static final class Connection implements CompletionHandler<Integer, @Nullable Void> {

		private final Aio aio;

		private final AioSocket socket;

		private ByteBuffer sending = ByteBuffer.allocateDirect(BUFFER).flip();

		private ByteBuffer collecting = ByteBuffer.allocateDirect(BUFFER);

		Connection(Aio aio, AioSocket socket) {
			this.aio = aio;
			this.socket = socket;
		}

		void receive() {
			this.aio.recvMultishot(this.socket, this::received).whenComplete((none, failure) -> close());
		}

		/** A client that sends without ever receiving is cut off. */
		private void received(ByteBuffer bytes) {
			this.collecting.put(bytes);
			if (!this.sending.hasRemaining()) {
				send();
			}
		}

		private void send() {
			ByteBuffer collected = this.collecting.flip();
			this.collecting = this.sending.clear();
			this.sending = collected;
			this.aio.send(this.socket, this.sending, null, this);
		}

		@Override
		public void completed(Integer bytes, @Nullable Void none) {
			if (this.sending.hasRemaining()) {
				this.aio.send(this.socket, this.sending, null, this);
			}
			else if (this.collecting.position() > 0) {
				send();
			}
		}

		@Override
		public void failed(Throwable failure, @Nullable Void none) {
			close();
		}

		private void close() {
			if (this.socket.isOpen()) {
				this.socket.close();
			}
		}

	}

}
