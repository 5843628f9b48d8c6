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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link AioServer}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(60)
class AioServerTests {

	private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	private final Aio aio = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT));

	private final BlockingQueue<AioSocket> accepted = new LinkedBlockingQueue<>();

	private final AioServer server = new AioServer(this.aio, ANY, this.accepted::add);

	@AfterEach
	void closeAio() {
		this.server.close();
		this.aio.close();
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
			CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(Duration.ofSeconds(30)));
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

	/**
	 * accept(2) fails with what has happened to the connection, or for want of something.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 12, 23, 24, 64, 71, 92, 95, 100, 101, 103, 105, 110, 112, 113 })
	void serverWhenAnAcceptFailsAcceptsTheNext(int errno) throws Exception {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().fail("accept4", 1, new Errno(errno));
		try (Aio other = new Aio(new AioEngines(faults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL)));
				AioServer echo = new AioServer(other, ANY, (connection) -> AioEcho.serve(other, connection))) {
			echo.start();
			InetSocketAddress address = echo.localAddress();
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				client.setSoTimeout(20_000);
				client.getOutputStream().write(7);
				assertThat(client.getInputStream().read()).isEqualTo(7);
			}
			assertThat(echo.isRunning()).isTrue();
			assertThat(faults.count("accept4")).isGreaterThan(1);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "IO_URING", "EPOLL" })
	void serverWhenStoppedHasNotFailed(AioEngine engine) throws Exception {
		try (Aio other = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(engine)));
				AioServer stopped = new AioServer(other, ANY, AioSocket::close)) {
			for (int i = 0; i < 100; i++) {
				stopped.start();
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> other.engines().statistics().inFlight() == 1);
				stopped.stop(Duration.ZERO);
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> other.engines().statistics().inFlight() == 0);
			}
			assertThat(stopped.failure()).isNull();
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
		});
		queue.completed(2, null);
		assertThat(polled.get(10, TimeUnit.SECONDS)).hasSize(1);
		this.server.start();
		try (Socket client = connect()) {
			AioSocket connection = next();
			CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(forever));
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
