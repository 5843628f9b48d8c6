package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Aio#acceptMultishot}, in each way in which it can be done.
 *
 * @author linuxfd
 */
@ParameterizedClass
@EnumSource
@Timeout(240)
@ExtendWith(FdLeakExtension.class)
class AioAcceptMultishotTests {

	private static final int MANY = 200;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	/** Entries that the kernel was given. */
	private final AtomicLong entries = new AtomicLong();

	private final ExecutorService executor = Executors.newFixedThreadPool(3);

	private final BlockingQueue<AioSocket> accepted = new LinkedBlockingQueue<>();

	private final Way way;

	private final Aio aio;

	private final AioSocket listening;

	AioAcceptMultishotTests(Way way) {
		this.way = way;
		this.faults.around("ioUringEnter", (arguments, real) -> {
			this.entries.addAndGet(((Number) arguments[1]).longValue());
			return real.call();
		});
		this.aio = open(4096);
		this.listening = listening(this.aio);
	}

	private Aio open(int completions) {
		return new Aio(new AioEngines(this.faults.syscalls(), new AioSettings(this.way.engine, 1,
				Math.min(256, completions), completions, 4, this.way.byExecutor ? this.executor : null)));
	}

	private static AioSocket listening(Aio aio) {
		AioSocket socket = aio.openStreamSocket();
		socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		socket.listen(MANY);
		return socket;
	}

	@AfterEach
	void close() {
		this.listening.closeIfOpen();
		this.aio.close();
		this.executor.shutdown();
	}

	@Test
	void connectionsWhenTheyComeGoToTheHandler() throws Exception {
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, this.accepted::add);
		for (int i = 0; i < MANY; i++) {
			try (Socket client = connect(this.listening); AioSocket connection = next()) {
				assertThat(connection.remoteAddress()).contains((InetSocketAddress) client.getLocalSocketAddress());
				client.getOutputStream().write(i);
				ByteBuffer buffer = ByteBuffer.allocate(1);
				assertThat(this.aio.recv(connection, buffer).get(30, TimeUnit.SECONDS)).isOne();
				assertThat(buffer.get(0)).isEqualTo((byte) i);
			}
		}
		AioStatistics statistics = this.aio.engines().statistics();
		await().untilAsserted(() -> {
			assertThat(statistics.completed(OperationKind.ACCEPT, AioOutcome.SUCCESS)).isEqualTo(MANY);
			assertThat(statistics.inFlight()).isOne();
		});
		assertThat(accept).isNotDone();
		accept.cancel(false);
		awaitIdle();
		assertThat(statistics.completed(OperationKind.ACCEPT, AioOutcome.CANCELLED)).isOne();
	}

	/** Otherwise all of this could be about the other way. */
	@Test
	void kernelAcceptsAgainWhereItCan() throws Exception {
		long before = this.entries.get();
		this.aio.acceptMultishot(this.listening, AioSocket::close);
		for (int i = 0; i < MANY; i++) {
			try (Socket client = connect(this.listening)) {
				assertThat(client.getInputStream().read()).isEqualTo(-1);
			}
		}
		long given = this.entries.get() - before;
		switch (this.way) {
			case KERNEL -> assertThat(given).isLessThan(10);
			case EXECUTOR -> assertThat(given).isGreaterThanOrEqualTo(MANY);
			case READINESS -> assertThat(given).isZero();
		}
	}

	/** The kernel ends what has no room for the next connection. */
	@Test
	void connectionsWhenMoreComeThanThereIsRoomForAreAllAccepted() throws Exception {
		CountDownLatch come = new CountDownLatch(1);
		AtomicInteger handled = new AtomicInteger();
		try (Aio small = open(2); AioSocket busy = listening(small)) {
			small.acceptMultishot(busy, (connection) -> {
				awaitUninterrupted(come);
				connection.close();
				handled.incrementAndGet();
			});
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < MANY; i++) {
				clients.add(connect(busy));
			}
			come.countDown();
			for (Socket client : clients) {
				assertThat(client.getInputStream().read()).isEqualTo(-1);
				client.close();
			}
			await().until(() -> handled.get() == MANY);
		}
	}

	@Test
	void handlerThatThrowsLosesItsConnectionAndGetsNoMore() throws Exception {
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, (connection) -> {
			throw new IllegalArgumentException("no such client");
		});
		try (Socket client = connect(this.listening)) {
			assertThat(client.getInputStream().read()).isEqualTo(-1);
		}
		assertThatThrownBy(() -> accept.get(30, TimeUnit.SECONDS))
			.hasRootCauseInstanceOf(IllegalArgumentException.class);
		awaitIdle();
		acceptsAgain();
	}

	@Test
	void handlerMayCancel() throws Exception {
		CompletableFuture<CompletableFuture<Void>> own = new CompletableFuture<>();
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, (connection) -> {
			own.join().cancel(false);
			this.accepted.add(connection);
		});
		own.complete(accept);
		try (Socket client = connect(this.listening); AioSocket connection = next()) {
			assertThat(client.isConnected()).isTrue();
			assertThat(connection.isOpen()).isTrue();
		}
		awaitIdle();
		assertThat(accept).isCancelled();
		acceptsAgain();
	}

	@Test
	void acceptWhenItsFutureIsCompletedOtherwiseStopsAtTheNextConnection() throws Exception {
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, this.accepted::add);
		assertThatThrownBy(() -> accept.orTimeout(1, TimeUnit.MILLISECONDS).get(30, TimeUnit.SECONDS))
			.hasCauseInstanceOf(TimeoutException.class);
		try (Socket late = connect(this.listening)) {
			assertThat(late.getInputStream().read()).isEqualTo(-1);
		}
		awaitIdle();
		assertThat(this.accepted).isEmpty();
		acceptsAgain();
	}

	@Test
	void acceptWhenTheHandleIsCancelledEnds() throws Exception {
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, this.accepted::add);
		this.aio.cancel(this.listening);
		assertThatThrownBy(() -> accept.get(30, TimeUnit.SECONDS)).cause()
			.isInstanceOfSatisfying(SyscallException.class, (ex) -> assertThat(ex.errno()).isEqualTo(Errno.ECANCELED));
		awaitIdle();
		acceptsAgain();
	}

	/** Those that have come by then are closed by nobody else. */
	@Test
	void connectionsThatComeWhileTheSocketIsClosedAreNotLeaked() throws Exception {
		int open = OwnedFd.openCount();
		for (int round = 0; round < 30; round++) {
			AioSocket closing = listening(this.aio);
			InetSocketAddress address = closing.localAddress();
			AtomicInteger handled = new AtomicInteger();
			CompletableFuture<Void> accept = this.aio.acceptMultishot(closing, (connection) -> {
				handled.incrementAndGet();
				connection.close();
			});
			CountDownLatch connecting = new CountDownLatch(1);
			CompletableFuture<Void> clients = CompletableFuture.runAsync(() -> storm(address, connecting),
					(run) -> new Thread(run, "clients").start());
			assertThat(connecting.await(30, TimeUnit.SECONDS)).isTrue();
			closing.close();
			assertThatThrownBy(() -> accept.get(30, TimeUnit.SECONDS))
				.hasRootCauseInstanceOf(AsynchronousCloseException.class);
			clients.get(30, TimeUnit.SECONDS);
			assertThat(handled.get()).isPositive();
			assertThatIllegalStateException().isThrownBy(() -> this.aio.acceptMultishot(closing, AioSocket::close));
		}
		awaitIdle();
		await().until(() -> OwnedFd.openCount() == open);
	}

	/**
	 * Until nobody listens any more. Whether a connection was left open is told by the
	 * descriptors: of one whose handshake is not over when its listener ends, the kernel
	 * sometimes says nothing to the client.
	 */
	static void storm(InetSocketAddress address, CountDownLatch connecting) {
		try {
			while (true) {
				try (Socket client = new Socket(address.getAddress(), address.getPort())) {
					client.setSoTimeout(5_000);
					client.getInputStream().read();
					connecting.countDown();
				}
			}
		}
		catch (IOException ex) {
			connecting.countDown(); // refused, reset, or forgotten
		}
	}

	@Test
	void acceptWhenTheEngineIsClosedFails() {
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, this.accepted::add);
		this.aio.close();
		assertThatThrownBy(() -> accept.get(30, TimeUnit.SECONDS)).cause().isInstanceOf(SyscallException.class);
		assertThatIllegalStateException()
			.isThrownBy(() -> this.aio.acceptMultishot(this.listening, this.accepted::add));
	}

	@Test
	void acceptWhenTheSocketDoesNotListenFails() {
		try (AioSocket socket = this.aio.openStreamSocket()) {
			assertThatThrownBy(() -> this.aio.acceptMultishot(socket, this.accepted::add).get(30, TimeUnit.SECONDS))
				.cause()
				.isInstanceOfSatisfying(SyscallException.class, (ex) -> assertThat(ex.errno()).isEqualTo(Errno.EINVAL));
		}
	}

	@Test
	void interruptThatAHandlerLeavesDisturbsNoOther() throws Exception {
		BlockingQueue<Boolean> interrupted = new LinkedBlockingQueue<>();
		this.aio.acceptMultishot(this.listening, (connection) -> {
			interrupted.add(Thread.currentThread().isInterrupted());
			Thread.currentThread().interrupt();
			connection.close();
		});
		for (int i = 0; i < 3; i++) {
			try (Socket client = connect(this.listening)) {
				assertThat(interrupted.poll(30, TimeUnit.SECONDS)).isFalse();
				assertThat(client.isConnected()).isTrue();
			}
		}
	}

	private void acceptsAgain() throws Exception {
		this.accepted.clear();
		CompletableFuture<Void> accept = this.aio.acceptMultishot(this.listening, this.accepted::add);
		try (Socket client = connect(this.listening); AioSocket connection = next()) {
			assertThat(connection.remoteAddress()).contains((InetSocketAddress) client.getLocalSocketAddress());
		}
		accept.cancel(false);
		awaitIdle();
	}

	private void awaitIdle() {
		await().pollInterval(Duration.ofMillis(1)).until(() -> this.aio.engines().statistics().inFlight() == 0);
	}

	private static void awaitUninterrupted(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Socket connect(AioSocket listening) throws IOException {
		InetSocketAddress address = listening.localAddress();
		Socket client = new Socket(address.getAddress(), address.getPort());
		client.setSoTimeout(20_000);
		return client;
	}

	private AioSocket next() throws InterruptedException {
		AioSocket socket = this.accepted.poll(30, TimeUnit.SECONDS);
		assertThat(socket).isNotNull();
		return socket;
	}

	/** Who accepts again, and who calls the handler. */
	enum Way {

		KERNEL(AioEngine.IO_URING, false),

		EXECUTOR(AioEngine.IO_URING, true),

		READINESS(AioEngine.EPOLL, false);

		private final AioEngine engine;

		private final boolean byExecutor;

		Way(AioEngine engine, boolean byExecutor) {
			this.engine = engine;
			this.byExecutor = byExecutor;
		}

	}

}
