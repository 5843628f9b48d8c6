package io.github.linuxfd.testsupport;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;

import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioSocket;

/**
 * What an {@code AioServer} does with a connection in tests: it sends back what comes.
 *
 * @author linuxfd
 */
public final class AioEcho implements CompletionHandler<Integer, Boolean> {

	private final Aio aio;

	private final AioSocket connection;

	private final ByteBuffer buffer = ByteBuffer.allocate(64);

	private AioEcho(Aio aio, AioSocket connection) {
		this.aio = aio;
		this.connection = connection;
	}

	/**
	 * Send back what comes, until the peer ends; then close.
	 * @param aio does it
	 * @param connection the connection
	 */
	public static void serve(Aio aio, AioSocket connection) {
		new AioEcho(aio, connection).receive();
	}

	private void receive() {
		this.aio.recv(this.connection, this.buffer.clear(), true, this);
	}

	@Override
	public void completed(Integer bytes, Boolean received) {
		if (bytes < 0) {
			this.connection.close();
		}
		else if (received) {
			this.aio.send(this.connection, this.buffer.flip(), false, this);
		}
		else {
			receive();
		}
	}

	@Override
	public void failed(Throwable failure, Boolean received) {
		if (this.connection.isOpen()) {
			this.connection.close();
		}
	}

}
