package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.AioEcho;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link AioServer}.
 *
 * @author linuxfd
 */
class AioServerTests extends AioSpecification {

	private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	private final BlockingQueue<AioSocket> accepted = new LinkedBlockingQueue<>();

	private AioServer server;

	@BeforeEach
	void makeServer() {
		this.server = new AioServer(this.aio, ANY, this.accepted::add);
	}

	/** Before the engines, as methods of a subclass are called first. */
	@AfterEach
	void closeServer() {
		this.server.close();
	}

	@Test
	void connectionsWhenTheyComeGoToTheHandler() throws Exception {
		this.server.start();
		try (Socket first = connect(); Socket second = connect()) {
			assertThat(next().remoteAddress()).contains((InetSocketAddress) first.getLocalSocketAddress());
			assertThat(next().remoteAddress()).contains((InetSocketAddress) second.getLocalSocketAddress());
			assertThat(this.server.connections()).isEqualTo(2);
		}
	}

	@Test
	void stopWhenTheHandlerClosesInTimeIsGraceful() throws Exception {
		this.server.start();
		try (Socket client = connect()) {
			AioSocket connection = next();
			InetSocketAddress address = this.server.localAddress();
			CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(Duration.ofSeconds(30)),
					(task) -> new Thread(task).start());
			Awaitility.await().until(() -> !this.server.isRunning());
			assertThat(stopped).isNotDone();
			assertThatExceptionOfType(java.net.ConnectException.class)
				.isThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close());
			client.getOutputStream().write(1);
			assertThat(this.aio.recv(connection, ByteBuffer.allocate(1)).get(10, TimeUnit.SECONDS)).isEqualTo(1);
			connection.close();

			assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
			assertThat(client.getInputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void stopWhenTheHandlerDoesNotCloseInTimeClosesItself() throws Exception {
		this.server.start();
		try (Socket client = connect()) {
			CompletableFuture<Integer> pending = this.aio.recv(next(), ByteBuffer.allocate(1));

			assertThat(this.server.stop(Duration.ofMillis(20))).isFalse();

			assertThat(client.getInputStream().read()).isEqualTo(-1);
			assertThat(pending).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(java.nio.channels.AsynchronousCloseException.class);
			Awaitility.await().until(() -> this.server.connections() == 0);
		}
	}

	@Test
	void serverWhenStoppedStartsAgainAtTheSamePort() throws Exception {
		this.server.start();
		InetSocketAddress address = this.server.localAddress();
		try (AioServer again = new AioServer(this.aio, address, this.accepted::add)) {
			assertThatExceptionOfType(SyscallException.class).isThrownBy(again::start)
				.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.EADDRINUSE));
			this.server.stop(Duration.ZERO);
			again.start();
			assertThat(again.localAddress()).isEqualTo(address);
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				assertThat(next().isOpen()).isTrue();
				assertThat(client.isConnected()).isTrue();
			}
		}
	}

	@Test
	void handlerWhenItThrowsLosesItsConnectionAlone() throws Exception {
		BlockingQueue<AioSocket> served = new LinkedBlockingQueue<>();
		try (AioServer failing = new AioServer(this.aio, ANY, (connection) -> {
			served.add(connection);
			if (served.size() == 1) {
				throw new IllegalStateException("on purpose");
			}
		})) {
			failing.start();
			InetSocketAddress address = failing.localAddress();
			try (Socket first = new Socket(address.getAddress(), address.getPort())) {
				assertThat(first.getInputStream().read()).isEqualTo(-1);
				try (Socket second = new Socket(address.getAddress(), address.getPort())) {
					Awaitility.await().until(() -> served.size() == 2);
					assertThat(second.isConnected()).isTrue();
					assertThat(failing.connections()).isEqualTo(1);
				}
			}
		}
	}

	@Test
	void serverWhenEveryConnectionEchoesServesThemAll() throws Exception {
		try (AioServer echo = new AioServer(this.aio, ANY, (connection) -> AioEcho.serve(this.aio, connection))) {
			echo.start();
			InetSocketAddress address = echo.localAddress();
			for (int i = 0; i < 50; i++) {
				try (Socket client = new Socket(address.getAddress(), address.getPort())) {
					client.getOutputStream().write(i);
					assertThat(client.getInputStream().read()).isEqualTo(i);
				}
			}
			Awaitility.await().until(() -> echo.connections() == 0);
		}
	}

	@Test
	void serverWhenStoppedHasNotFailed() throws Exception {
		try (AioServer stopped = new AioServer(this.aio, ANY, AioSocket::close)) {
			for (int i = 0; i < 100; i++) {
				stopped.start();
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> this.aio.engines().statistics().inFlight() == 1);
				stopped.stop(Duration.ZERO);
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> this.aio.engines().statistics().inFlight() == 0);
			}
			assertThat(stopped.failure()).isNull();
		}
	}

	/** Those that were accepted and not handed over yet are closed by nobody else. */
	@Test
	void serverWhenStoppedWhileConnectionsComeLeavesNone() throws Exception {
		int open = OwnedFd.openCount();
		try (AioServer stopped = new AioServer(this.aio, ANY, AioSocket::close)) {
			for (int i = 0; i < 20; i++) {
				stopped.start();
				InetSocketAddress address = stopped.localAddress();
				CountDownLatch connecting = new CountDownLatch(1);
				CompletableFuture<Void> clients = CompletableFuture.runAsync(
						() -> AioAcceptMultishotTests.storm(address, connecting),
						(run) -> new Thread(run, "clients").start());
				assertThat(connecting.await(SECONDS, TimeUnit.SECONDS)).isTrue();
				assertThat(stopped.stop(Duration.ofSeconds(SECONDS))).isTrue();
				clients.get(SECONDS, TimeUnit.SECONDS);
			}
			Awaitility.await().untilAsserted(() -> {
				assertThat(stopped.connections()).isZero();
				assertThat(OwnedFd.openCount()).isEqualTo(open);
			});
		}
	}

	@Test
	void waitsWhenTheyAreEndlessAreNoOverflow() throws Exception {
		Duration forever = ChronoUnit.FOREVER.getDuration();
		AioCompletionQueue queue = new AioCompletionQueue();
		queue.completed(1, null);
		assertThat(queue.poll(forever)).hasSize(1);
		CompletableFuture<List<AioCompletion>> polled = CompletableFuture.supplyAsync(() -> {
			try {
				return queue.poll(forever);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}, (task) -> new Thread(task).start());
		queue.completed(2, null);
		assertThat(polled.get(10, TimeUnit.SECONDS)).hasSize(1);
		this.server.start();
		try (Socket client = connect()) {
			AioSocket connection = next();
			CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(forever),
					(task) -> new Thread(task).start());
			Awaitility.await().until(() -> !this.server.isRunning());
			connection.close();
			assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
			assertThat(client.isConnected()).isTrue();
		}
	}

	@Test
	void startWhenRunningIsRefused() {
		this.server.start();

		assertThatIllegalStateException().isThrownBy(this.server::start).withMessageContaining("running already");
		this.server.close();
		assertThatIllegalStateException().isThrownBy(this.server::localAddress).withMessageContaining("not running");
	}

	private boolean stop(Duration grace) {
		try {
			return this.server.stop(grace);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Socket connect() throws Exception {
		InetSocketAddress address = this.server.localAddress();
		return new Socket(address.getAddress(), address.getPort());
	}

	private AioSocket next() throws InterruptedException {
		AioSocket socket = this.accepted.poll(10, TimeUnit.SECONDS);
		assertThat(socket).isNotNull();
		return socket;
	}

}
