package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The programs of the seed, driven by completions alone: two echo servers, with blocking
 * and with asynchronous clients, and a file in thirteen pieces.
 *
 * @author linuxfd
 */
class AioAcceptanceTests extends AioSpecification {

	private static final int BYTES = 60_000;

	private static final int PIECES = 13;

	private static final Duration SLICE = Duration.ofMillis(100);

	private final AioCompletionQueue queue = new AioCompletionQueue();

	@Test
	void streamEchoReturnsSixtyThousandBytesToABlockingClient() throws Exception {
		byte[] sent = random(BYTES);
		AioSocket listening = listening();
		CompletableFuture<Void> server = inThread(() -> serveStreams(listening, 1));
		try (Socket client = new Socket(InetAddress.getLoopbackAddress(), listening.localAddress().getPort())) {
			CompletableFuture<Void> sending = inThread(() -> {
				try {
					client.getOutputStream().write(sent);
					client.shutdownOutput();
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
			sending.get(10, TimeUnit.SECONDS);
		}
		server.get(10, TimeUnit.SECONDS);
		listening.close();
	}

	@Test
	void streamEchoReturnsSixtyThousandBytesToAsynchronousClients() throws Exception {
		AioSocket listening = listening();
		int clients = 20;
		CompletableFuture<Void> server = inThread(() -> serveStreams(listening, clients));
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (int i = 0; i < clients; i++) {
			AioSocket client = this.aio.openStreamSocket();
			byte[] sent = random(BYTES);
			ByteBuffer received = ByteBuffer.allocate(BYTES);
			all.add(this.aio.connect(client, listening.localAddress())
				.thenCompose((connected) -> CompletableFuture.allOf(sendAll(client, ByteBuffer.wrap(sent)),
						receiveAll(client, received)))
				.thenRun(() -> {
					assertThat(received.array()).isEqualTo(sent);
					client.close();
				}));
		}
		for (CompletableFuture<Void> client : all) {
			client.get(20, TimeUnit.SECONDS);
		}
		server.get(10, TimeUnit.SECONDS);
		listening.close();
	}

	@Test
	void datagramEchoReturnsSixtyThousandBytesToABlockingClient() throws Exception {
		AioSocket socket = this.aio.openDatagramSocket();
		socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		byte[] sent = random(BYTES);
		CompletableFuture<Void> server = inThread(() -> serveDatagrams(socket, 3));
		try (DatagramSocket client = new DatagramSocket()) {
			client.setSoTimeout(10_000);
			for (int i = 0; i < 3; i++) {
				client.send(new DatagramPacket(sent, sent.length, socket.localAddress()));
				DatagramPacket echo = new DatagramPacket(new byte[BYTES + 1], BYTES + 1);
				client.receive(echo);
				assertThat(echo.getLength()).isEqualTo(BYTES);
				assertThat(java.util.Arrays.copyOf(echo.getData(), BYTES)).isEqualTo(sent);
			}
		}
		server.get(10, TimeUnit.SECONDS);
		socket.close();
	}

	@Test
	void datagramEchoReturnsSixtyThousandBytesToAnAsynchronousClient() throws Exception {
		AioSocket socket = this.aio.openDatagramSocket();
		socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		SocketAddress address = socket.localAddress();
		CompletableFuture<Void> server = inThread(() -> serveDatagrams(socket, 1));
		try (AioSocket client = this.aio.openDatagramSocket()) {
			byte[] sent = random(BYTES);
			ByteBuffer received = ByteBuffer.allocateDirect(BYTES + 1);
			CompletableFuture<AioDatagram> echo = this.aio.recvfrom(client, received);
			AioDatagram gone = this.aio.sendto(client, ByteBuffer.wrap(sent), address).get(10, TimeUnit.SECONDS);
			assertThat(gone.bytes()).isEqualTo(BYTES);
			assertThat(echo.get(10, TimeUnit.SECONDS)).isEqualTo(new AioDatagram(BYTES, address, false));
			assertThat(received.flip()).isEqualTo(ByteBuffer.wrap(sent));
		}
		server.get(10, TimeUnit.SECONDS);
		socket.close();
	}

	@Test
	void fileWhenWrittenInThirteenPiecesOutOfOrderIsReadBackIdentical() throws Exception {
		Path path = this.directory.resolve("pieces");
		byte[] bytes = random(PIECES * 4321);
		List<Integer> order = new ArrayList<>();
		for (int piece = 0; piece < PIECES; piece++) {
			order.add(piece);
		}
		try (AioFile file = this.aio.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			Collections.shuffle(order, new Random(13));
			for (int piece : order) {
				this.aio.write(file, ByteBuffer.wrap(bytes, piece * 4321, 4321), piece * 4321L, piece, this.queue);
			}
			assertThat(collect(PIECES)).containsExactlyInAnyOrderEntriesOf(everyPiece());
			Collections.shuffle(order, new Random(31));
			ByteBuffer read = ByteBuffer.allocateDirect(bytes.length);
			for (int piece : order) {
				this.aio.read(file, read.slice(piece * 4321, 4321), piece * 4321L, piece, this.queue);
			}
			assertThat(collect(PIECES)).containsExactlyInAnyOrderEntriesOf(everyPiece());
			assertThat(read).isEqualTo(ByteBuffer.wrap(bytes));
		}
		assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
	}

	private static Map<Object, Object> everyPiece() {
		Map<Object, Object> all = new HashMap<>();
		for (int piece = 0; piece < PIECES; piece++) {
			all.put(piece, 4321);
		}
		return all;
	}

	private Map<Object, Object> collect(int count) throws InterruptedException {
		Map<Object, Object> results = new HashMap<>();
		while (results.size() < count) {
			for (AioCompletion completion : this.queue.poll(Duration.ofSeconds(10))) {
				assertThat(completion.failure()).isNull();
				results.put(completion.attachment(), completion.result());
			}
		}
		return results;
	}

	/** Not of the common pool, which has one thread on two processors. */
	private static CompletableFuture<Void> inThread(Runnable task) {
		return CompletableFuture.runAsync(task, (run) -> new Thread(run, "acceptance").start());
	}

	/** Until so many connections have come and gone. */
	private void serveStreams(AioSocket listening, int connections) {
		AioCompletionQueue completions = new AioCompletionQueue();
		this.aio.accept(listening, "accept", completions);
		int gone = 0;
		int come = 0;
		while (gone < connections) {
			for (AioCompletion completion : poll(completions)) {
				if (completion.result() instanceof AioSocket connection) {
					new StreamEcho(connection, ByteBuffer.allocateDirect(16_384)).receive(completions);
					if (++come < connections) {
						this.aio.accept(listening, "accept", completions);
					}
				}
				else if (completion.attachment() instanceof StreamEcho echo && !echo.goOn(completion, completions)) {
					gone++;
				}
			}
		}
	}

	private void serveDatagrams(AioSocket socket, int datagrams) {
		AioCompletionQueue completions = new AioCompletionQueue();
		ByteBuffer buffer = ByteBuffer.allocate(65_536);
		this.aio.recvfrom(socket, buffer, "receive", completions);
		int echoed = 0;
		while (echoed < datagrams) {
			for (AioCompletion completion : poll(completions)) {
				assertThat(completion.failure()).isNull();
				if ("receive".equals(completion.attachment())) {
					AioDatagram datagram = (AioDatagram) completion.result();
					this.aio.sendto(socket, buffer.flip(), datagram.sender(), "send", completions);
				}
				else {
					echoed++;
					buffer.clear();
					if (echoed < datagrams) {
						this.aio.recvfrom(socket, buffer, "receive", completions);
					}
				}
			}
		}
	}

	private static List<AioCompletion> poll(AioCompletionQueue completions) {
		try {
			return completions.poll(SLICE);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private CompletableFuture<Void> sendAll(AioSocket socket, ByteBuffer bytes) {
		return this.aio.send(socket, bytes).thenCompose((sent) -> {
			if (bytes.hasRemaining()) {
				return sendAll(socket, bytes);
			}
			socket.shutdownOutput();
			return CompletableFuture.completedFuture(null);
		});
	}

	private CompletableFuture<Void> receiveAll(AioSocket socket, ByteBuffer bytes) {
		return this.aio.recv(socket, bytes)
			.thenCompose((received) -> (received > 0 && bytes.hasRemaining()) ? receiveAll(socket, bytes)
					: CompletableFuture.completedFuture(null));
	}

	private static byte[] random(int length) {
		byte[] bytes = new byte[length];
		new Random(length).nextBytes(bytes);
		return bytes;
	}

	/** A connection, and the token of its operations. */
	private final class StreamEcho {

		private final AioSocket connection;

		private final ByteBuffer buffer;

		private boolean receiving;

		StreamEcho(AioSocket connection, ByteBuffer buffer) {
			this.connection = connection;
			this.buffer = buffer;
		}

		void receive(AioCompletionQueue completions) {
			this.receiving = true;
			AioAcceptanceTests.this.aio.recv(this.connection, this.buffer.clear(), this, completions);
		}

		/** Returns whether the peer has not ended. */
		boolean goOn(AioCompletion completion, AioCompletionQueue completions) {
			assertThat(completion.failure()).isNull();
			if (Integer.valueOf(-1).equals(completion.result())) {
				this.connection.close();
				return false;
			}
			if (this.receiving) {
				this.receiving = false;
				this.buffer.flip();
			}
			if (this.buffer.hasRemaining()) {
				AioAcceptanceTests.this.aio.send(this.connection, this.buffer, this, completions);
			}
			else {
				receive(completions);
			}
			return true;
		}

	}

}
