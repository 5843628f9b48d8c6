package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link AioServer} with connections that cannot be accepted.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class AioServerFaultsTests {

	private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

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

	/** The next accept is under way before a connection is handed over. */
	@Test
	void connectionWhenTheNextAcceptFailsAtOnceIsServed() throws Exception {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		ExecutorService executor = Executors.newCachedThreadPool((task) -> new Thread(task, "handlers"));
		AtomicReference<CompletableFuture<Void>> accept = new AtomicReference<>();
		BlockingQueue<AioSocket> accepted = new LinkedBlockingQueue<>();
		try (Aio aio = new Aio(
				new AioEngines(faults.syscalls(), new AioSettings(AioEngine.EPOLL, 1, 256, 4096, 4, executor)));
				AioSocket listening = aio.openStreamSocket()) {
			listening.bind(ANY);
			listening.listen(10);
			accept.set(aio.acceptMultishot(listening, accepted::add));
			await().until(() -> faults.count("accept4") == 1);
			faults.fail("accept4", 2, Errno.EMFILE);
			faults.around("write", (arguments, real) -> {
				long written = real.call();
				if (Thread.currentThread().getName().equals("handlers")) {
					await().until(accept.get()::isDone);
				}
				return written;
			});
			InetSocketAddress address = listening.localAddress();
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				AioSocket connection = accepted.poll(20, TimeUnit.SECONDS);
				assertThat(connection).isNotNull();
				assertThat(connection.isOpen()).isTrue();
				assertThat(connection.remoteAddress()).contains((InetSocketAddress) client.getLocalSocketAddress());
				connection.close();
			}
			assertThat(accept.get()).isCompletedExceptionally();
		}
		finally {
			executor.shutdown();
		}
	}

	@Test
	void serverWhenTheEngineIsClosedDuringAShortageRunsNoMore() throws Exception {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().failAll("accept4", Errno.EMFILE);
		try (Aio other = new Aio(new AioEngines(faults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL)));
				AioServer server = new AioServer(other, ANY, AioSocket::close)) {
			server.start();
			await().until(() -> faults.count("accept4") > 0);
			other.close();
			await().until(() -> !server.isRunning());
			assertThat(server.failure()).isNotNull();
		}
	}

}
