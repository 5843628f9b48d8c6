package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.zip.CRC32;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Ten thousand connections at once, between two processes, each of which checks every
 * message.
 *
 * @author linuxfd
 */
@Timeout(240)
class AioConnectionsTests {

	private static final int CONNECTIONS = 10_000;

	/** What a JVM and an engine need besides. */
	private static final int OTHERS = 300;

	/** Connections that are being made; no more than may wait to be accepted. */
	private static final int AT_ONCE = 64;

	private static final int MESSAGE_BYTES = 256;

	private static final int SECONDS = 80;

	@ParameterizedTest
	@EnumSource(value = AioEngine.class, names = { "IO_URING", "EPOLL" })
	void tenThousandConnectionsEchoAndLeaveNothing(AioEngine engine) throws IOException {
		long limit = descriptorLimit();
		assumeThat(limit)
			.as("RLIMIT_NOFILE, 'ulimit -Hn': %d connections need %d in each process", CONNECTIONS,
					CONNECTIONS + OTHERS)
			.isGreaterThanOrEqualTo(CONNECTIONS + OTHERS);
		try (ForkedJvm server = ForkedJvm.start(Server.class, engine.name())) {
			String port = server.awaitLine((line) -> line.startsWith("port ")).substring(5);
			try (ForkedJvm client = ForkedJvm.start(Client.class, engine.name(), port)) {
				assertThat(client.awaitExit()).as("%s, and the server: %s", client.lines(), server.lines()).isZero();
				assertThat(client.lines()).contains(CONNECTIONS + " open", CONNECTIONS + " echoed",
						"sockets left: 0, bytes left: 0");
			}
			assertThat(server.awaitExit()).as("%s", server.lines()).isZero();
			assertThat(server.lines()).contains(CONNECTIONS + " open at once", CONNECTIONS + " messages were right",
					"sockets left: 0, bytes left: 0");
		}
	}

	/** A JVM makes the soft limit the hard one by itself. */
	private static long descriptorLimit() throws IOException {
		String hard = Files.readAllLines(Path.of("/proc/self/limits"))
			.stream()
			.filter((line) -> line.startsWith("Max open files"))
			.findFirst()
			.orElseThrow()
			.split("\\s{2,}")[2];
		return hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard);
	}

	/** Returns what a JVM holds, without its own. */
	private static void run(String engine, Work work) throws Exception {
		// what is made once is made before
		new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.valueOf(engine))).close();
		int descriptors = OwnedFd.openCount();
		long sockets = sockets();
		long bytes = NativeMemory.allocated();
		try (Aio aio = new Aio(
				new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.valueOf(engine))))) {
			work.with(aio);
		}
		System.out.println("sockets left: " + (OwnedFd.openCount() - descriptors + sockets() - sockets)
				+ ", bytes left: " + (NativeMemory.allocated() - bytes));
		System.exit(0);
	}

	private static long sockets() throws IOException {
		try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.filter((descriptor) -> {
				try {
					return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
				}
				catch (IOException ex) {
					return false; // that of the listing
				}
			}).count();
		}
	}

	/** Puts a number, chance and their checksum. */
	private static ByteBuffer message(int number, Random random) {
		byte[] content = new byte[MESSAGE_BYTES];
		random.nextBytes(content);
		ByteBuffer message = ByteBuffer.wrap(content).putInt(0, number);
		return message.putInt(MESSAGE_BYTES - Integer.BYTES, checksum(message));
	}

	private static int checksum(ByteBuffer message) {
		CRC32 checksum = new CRC32();
		checksum.update(message.duplicate().position(0).limit(MESSAGE_BYTES - Integer.BYTES));
		return (int) checksum.getValue();
	}

	private static void check(ByteBuffer message) {
		if (checksum(message) != message.getInt(MESSAGE_BYTES - Integer.BYTES)) {
			throw new IllegalStateException("Corrupted: " + message.getInt(0));
		}
	}

	@FunctionalInterface
	private interface Work {

		void with(Aio aio) throws Exception;

	}

	/** Moves a whole message, and then calls what comes next with its bytes or less. */
	private record Whole(Aio aio, AioSocket socket, ByteBuffer message, boolean send,
			IntConsumer next) implements CompletionHandler<Integer, Object> {

		void go() {
			if (this.send) {
				this.aio.send(this.socket, this.message, null, this);
			}
			else {
				this.aio.recv(this.socket, this.message, null, this);
			}
		}

		@Override
		public void completed(Integer count, Object attachment) {
			if (count < 0 || !this.message.hasRemaining()) {
				this.next.accept(count);
			}
			else {
				go();
			}
		}

		@Override
		public void failed(Throwable failure, Object attachment) {
			this.next.accept(-1);
		}

	}

	/**
	 * Sends one message back on each connection, and waits for their ends.
	 */
	static final class Server {

		private final CompletableFuture<Void> over = new CompletableFuture<>();

		private final AtomicInteger open = new AtomicInteger();

		private final AtomicInteger most = new AtomicInteger();

		private final AtomicInteger right = new AtomicInteger();

		private final AtomicInteger left = new AtomicInteger(CONNECTIONS);

		private Server() {
		}

		public static void main(String[] arguments) throws Exception {
			run(arguments[0], (aio) -> new Server().serve(aio));
		}

		private void serve(Aio aio) throws Exception {
			try (AioSocket listening = aio.openStreamSocket()) {
				listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				listening.listen(2 * AT_ONCE);
				accept(aio, listening);
				System.out.println("port " + listening.localAddress().getPort());
				this.over.get(SECONDS, TimeUnit.SECONDS);
			}
			System.out.println(this.most + " open at once");
			System.out.println(this.right + " messages were right");
		}

		private void accept(Aio aio, AioSocket listening) {
			aio.accept(listening).whenComplete((connection, failure) -> {
				if (failure != null) {
					if (listening.isOpen()) {
						this.over.completeExceptionally(failure);
					}
					return;
				}
				accept(aio, listening);
				int now = this.open.incrementAndGet();
				this.most.accumulateAndGet(now, Math::max);
				echo(aio, connection);
			});
		}

		private void echo(Aio aio, AioSocket connection) {
			ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
			new Whole(aio, connection, message, false, (received) -> {
				check(message);
				this.right.incrementAndGet();
				new Whole(aio, connection, message.flip(), true,
						(sent) -> new Whole(aio, connection, ByteBuffer.allocate(1), false, (end) -> end(connection))
							.go())
					.go();
			}).go();
		}

		private void end(AioSocket connection) {
			connection.close();
			this.open.decrementAndGet();
			if (this.left.decrementAndGet() == 0) {
				this.over.complete(null);
			}
		}

	}

	/**
	 * Opens all connections, and only then sends.
	 */
	static final class Client {

		private Client() {
		}

		public static void main(String[] arguments) throws Exception {
			run(arguments[0], (aio) -> talk(aio, Integer.parseInt(arguments[1])));
		}

		private static void talk(Aio aio, int port) throws Exception {
			InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
			List<AioSocket> sockets = new ArrayList<>();
			List<CompletableFuture<?>> connected = new ArrayList<>();
			Semaphore turns = new Semaphore(AT_ONCE);
			for (int i = 0; i < CONNECTIONS; i++) {
				turns.acquire();
				AioSocket socket = aio.openStreamSocket();
				sockets.add(socket);
				connected.add(aio.connect(socket, server).whenComplete((nothing, failure) -> turns.release()));
			}
			all(connected);
			System.out.println(sockets.size() + " open");
			List<CompletableFuture<?>> echoed = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				echoed.add(echo(aio, sockets.get(i), message(i, new Random(i))));
			}
			all(echoed);
			System.out.println(echoed.size() + " echoed");
			for (AioSocket socket : sockets) {
				socket.setOption(StandardSocketOptions.SO_LINGER, 0); // nothing waits in
																		// TIME_WAIT
				socket.close();
			}
		}

		private static CompletableFuture<?> echo(Aio aio, AioSocket socket, ByteBuffer message) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			ByteBuffer answer = ByteBuffer.allocate(MESSAGE_BYTES);
			new Whole(aio, socket, answer, false, (received) -> {
				if (answer.flip().equals(message.flip())) {
					done.complete(null);
				}
				else {
					done.completeExceptionally(new IllegalStateException("Corrupted: " + answer.getInt(0)));
				}
			}).go();
			new Whole(aio, socket, message, true, (sent) -> {
			}).go();
			return done;
		}

		private static void all(List<CompletableFuture<?>> futures) throws Exception {
			CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).get(SECONDS, TimeUnit.SECONDS);
		}

	}

}
