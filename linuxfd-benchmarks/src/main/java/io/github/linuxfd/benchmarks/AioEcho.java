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
	 * Receives, sends all of it, and so on.
	 */
	private static final class Connection implements CompletionHandler<Integer, @Nullable Void> {

		private final Aio aio;

		private final AioSocket socket;

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);

		private boolean sending;

		Connection(Aio aio, AioSocket socket) {
			this.aio = aio;
			this.socket = socket;
		}

		void receive() {
			this.sending = false;
			this.aio.recv(this.socket, this.buffer.clear(), null, this);
		}

		@Override
		public void completed(Integer bytes, @Nullable Void none) {
			if (this.sending) {
				if (this.buffer.hasRemaining()) {
					this.aio.send(this.socket, this.buffer, null, this);
				}
				else {
					receive();
				}
			}
			else if (bytes < 0) {
				this.socket.close();
			}
			else {
				this.sending = true;
				this.aio.send(this.socket, this.buffer.flip(), null, this);
			}
		}

		@Override
		public void failed(Throwable failure, @Nullable Void none) {
			this.socket.close();
		}

	}

}
