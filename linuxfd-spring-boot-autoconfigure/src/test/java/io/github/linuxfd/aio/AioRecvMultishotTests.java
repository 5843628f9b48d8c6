package io.github.linuxfd.aio;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Aio#recvMultishot}, in each way in which it can be done.
 *
 * @author linuxfd
 */
@ParameterizedClass
@EnumSource
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
class AioRecvMultishotTests {

	/** Of sockets whose pieces the ring has buffers for at once, and far more. */
	private static final int MANY = 500;

	private final ExecutorService executor = Executors.newFixedThreadPool(3);

	private final Way way;

	private final Aio aio;

	private final AioSocket listening;

	AioRecvMultishotTests(Way way) {
		this.way = way;
		this.aio = new Aio(way.open(this.executor));
		this.listening = this.aio.openStreamSocket();
		this.listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		this.listening.listen(MANY);
	}

	@AfterEach
	void close() {
		this.listening.close();
		this.aio.close();
		this.executor.shutdown();
	}

	@Test
	void receiverGetsAllOfAStreamInItsOrderUntilThePeerEnds() throws Exception {
		byte[] content = new byte[20_000_000];
		new Random(7).nextBytes(content);
		try (Socket client = connect(); AioSocket server = accept()) {
			CRC32 received = new CRC32();
			AtomicLong bytes = new AtomicLong();
			AtomicInteger pieces = new AtomicInteger();
			CompletableFuture<Void> ended = this.aio.recvMultishot(server, (piece) -> {
				bytes.addAndGet(piece.remaining());
				received.update(piece);
				pieces.incrementAndGet();
			});
			client.getOutputStream().write(content);
			client.shutdownOutput();
			assertThat(ended.get(30, TimeUnit.SECONDS)).isNull();
			CRC32 sent = new CRC32();
			sent.update(content);
			assertThat(bytes).hasValue(content.length);
			assertThat(received.getValue()).isEqualTo(sent.getValue());
			AioStatistics statistics = this.aio.engines().statistics();
			assertThat(statistics.completed(OperationKind.RECV, AioOutcome.SUCCESS)).isEqualTo(pieces.get() + 1);
			assertThat(statistics.inFlight()).isZero();
		}
	}

	@Test
	void receiverGetsEverythingWhenMoreHasComeThanThereAreBuffers() throws Exception {
		List<Socket> clients = new ArrayList<>();
		List<AioSocket> servers = new ArrayList<>();
		List<CompletableFuture<Void>> ends = new ArrayList<>();
		AtomicLong sum = new AtomicLong();
		CountDownLatch busy = new CountDownLatch(1);
		CountDownLatch sent = new CountDownLatch(1);
		for (int i = 0; i < MANY; i++) {
			clients.add(connect());
			servers.add(accept());
		}
		for (AioSocket server : servers) {
			ends.add(this.aio.recvMultishot(server, (piece) -> {
				busy.countDown();
				awaitUninterrupted(sent);
				while (piece.hasRemaining()) {
					sum.addAndGet(piece.get());
				}
			}));
		}
		for (Socket client : clients) {
			client.getOutputStream().write(1);
			assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
			client.getOutputStream().write(2);
		}
		sent.countDown();
		await().until(() -> sum.get() == 3L * MANY);
		for (Socket client : clients) {
			client.close();
		}
		for (CompletableFuture<Void> end : ends) {
			end.get(30, TimeUnit.SECONDS);
		}
		servers.forEach(AioSocket::close);
	}

	@Test
	void receiverThatThrowsGetsNothingMoreAndTheSocketStays() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			AtomicInteger calls = new AtomicInteger();
			CompletableFuture<Void> ended = this.aio.recvMultishot(server, (piece) -> {
				calls.incrementAndGet();
				throw new IllegalArgumentException("no such command");
			});
			client.getOutputStream().write(1);
			assertThatThrownBy(() -> ended.get(30, TimeUnit.SECONDS))
				.hasRootCauseInstanceOf(IllegalArgumentException.class);
			client.getOutputStream().write(2);
			ByteBuffer target = ByteBuffer.allocate(1);
			assertThat(this.aio.recv(server, target).get(30, TimeUnit.SECONDS)).isOne();
			assertThat(target.get(0)).isEqualTo((byte) 2);
			assertThat(calls).hasValue(1);
		}
	}

	@Test
	void receiveThatIsCancelledLosesNothing() throws Exception {
		for (int round = 0; round < 50; round++) {
			try (Socket client = connect(); AioSocket server = accept()) {
				AtomicInteger expected = new AtomicInteger();
				CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> check(piece, expected));
				client.getOutputStream().write(sequence(0, 50));
				client.getOutputStream().write(sequence(50, 50));
				assertThat(receive.cancel(false)).isTrue();
				awaitIdle();
				CompletableFuture<Void> rest = this.aio.recvMultishot(server, (piece) -> check(piece, expected));
				client.getOutputStream().write(sequence(100, 27));
				client.shutdownOutput();
				rest.get(30, TimeUnit.SECONDS);
				assertThat(expected).hasValue(127);
			}
		}
	}

	@Test
	void receiverMayCancelItself() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			CompletableFuture<CompletableFuture<Void>> own = new CompletableFuture<>();
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> own.join().cancel(false));
			own.complete(receive);
			client.getOutputStream().write(1);
			await().until(receive::isCancelled);
			awaitIdle();
			client.getOutputStream().write(2);
			assertThat(this.aio.recv(server, ByteBuffer.allocate(1)).get(30, TimeUnit.SECONDS)).isOne();
		}
	}

	@Test
	void receiveWhenTheSocketIsClosedFails() throws Exception {
		try (Socket client = connect()) {
			AioSocket server = accept();
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
			});
			server.close();
			assertThatThrownBy(() -> receive.get(30, TimeUnit.SECONDS))
				.hasRootCauseInstanceOf(AsynchronousCloseException.class);
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			assertThatIllegalStateException().isThrownBy(() -> this.aio.recvMultishot(server, (piece) -> {
			}));
		}
	}

	@Test
	void receiverMayCloseTheSocket() throws Exception {
		try (Socket client = connect()) {
			AioSocket server = accept();
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> server.close());
			client.getOutputStream().write(1);
			assertThatThrownBy(() -> receive.get(30, TimeUnit.SECONDS))
				.hasRootCauseInstanceOf(AsynchronousCloseException.class);
			assertThat(client.getInputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void receiveWhenThePeerResetsFails() throws Exception {
		try (AioSocket server = acceptReset()) {
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
			});
			assertThatThrownBy(() -> receive.get(30, TimeUnit.SECONDS)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(ex) -> assertThat(ex.errno()).isEqualTo(Errno.ECONNRESET));
		}
	}

	@Test
	void receiveWhenTheEngineIsClosedFails() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
			});
			this.aio.close();
			assertThatThrownBy(() -> receive.get(30, TimeUnit.SECONDS)).cause().isInstanceOf(SyscallException.class);
			assertThat(client.isConnected()).isTrue();
		}
	}

	@Test
	void receiverMayAnswer() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			this.aio.recvMultishot(server, (piece) -> {
				ByteBuffer answer = ByteBuffer.allocate(piece.remaining()).put(piece).flip();
				this.aio.send(server, answer);
			});
			InputStream answers = client.getInputStream();
			for (int i = 0; i < 1000; i++) {
				client.getOutputStream().write(i);
				assertThat(answers.read()).isEqualTo(i & 0xff);
			}
		}
	}

	/** Otherwise all of this could be about the other way. */
	@Test
	void kernelReceivesAgainWhereItCan() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			assertThat(client.isConnected()).isTrue();
			assertThat(server.engine().hasMultishotReceive())
				.isEqualTo(this.way == Way.KERNEL || this.way == Way.EXECUTOR);
			assertThat(server.delivery().isByEngine()).isEqualTo(this.way != Way.EXECUTOR && this.way != Way.READINESS);
		}
	}

	@Test
	void receiverThatThrowsACheckedExceptionFailsTheReceiveAlone() throws Exception {
		try (Socket client = connect();
				AioSocket server = accept();
				Socket other = connect();
				AioSocket served = accept()) {
			CompletableFuture<Void> failing = this.aio.recvMultishot(server, (piece) -> sneak(new IOException("no")));
			AtomicInteger bytes = new AtomicInteger();
			CompletableFuture<Void> end = this.aio.recvMultishot(served, (piece) -> bytes.addAndGet(piece.remaining()));
			client.getOutputStream().write(1);
			assertThatThrownBy(() -> failing.get(30, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
			other.getOutputStream().write(1);
			other.shutdownOutput();
			end.get(30, TimeUnit.SECONDS);
			assertThat(bytes).hasValue(1);
		}
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void sneak(Throwable failure) throws T {
		throw (T) failure;
	}

	@Test
	void interruptThatAReceiverLeavesDisturbsNoOther() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			List<Boolean> interrupted = new CopyOnWriteArrayList<>();
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
				interrupted.add(Thread.currentThread().isInterrupted());
				Thread.currentThread().interrupt();
			});
			for (int i = 1; i <= 3; i++) {
				int count = i;
				client.getOutputStream().write(i);
				await().pollInterval(Duration.ofMillis(1)).until(() -> interrupted.size() == count);
			}
			client.shutdownOutput();
			receive.get(30, TimeUnit.SECONDS);
			assertThat(interrupted).containsOnly(false);
		}
	}

	@Test
	void receiveWhenTheHandleIsCancelledEndsWhateverItIsJustDoing() throws Exception {
		for (int round = 0; round < 50; round++) {
			try (Socket client = connect(); AioSocket server = accept()) {
				CountDownLatch receiving = new CountDownLatch(1);
				CountDownLatch cancelled = new CountDownLatch(1);
				CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
					receiving.countDown();
					awaitUninterrupted(cancelled);
				});
				client.getOutputStream().write(1);
				assertThat(receiving.await(30, TimeUnit.SECONDS)).isTrue();
				this.aio.cancel(server);
				cancelled.countDown();
				assertThatThrownBy(() -> receive.get(30, TimeUnit.SECONDS)).cause()
					.isInstanceOfSatisfying(SyscallException.class,
							(ex) -> assertThat(ex.errno()).isEqualTo(Errno.ECANCELED));
				awaitIdle();
				client.getOutputStream().write(2);
				assertThat(this.aio.recv(server, ByteBuffer.allocate(1)).get(30, TimeUnit.SECONDS)).isOne();
			}
		}
	}

	@Test
	void receiveWhenItsFutureIsCompletedOtherwiseStopsAtTheNextPiece() throws Exception {
		try (Socket client = connect(); AioSocket server = accept()) {
			CompletableFuture<Void> receive = this.aio.recvMultishot(server, (piece) -> {
			});
			assertThatThrownBy(() -> receive.orTimeout(1, TimeUnit.MILLISECONDS).get(30, TimeUnit.SECONDS))
				.hasCauseInstanceOf(TimeoutException.class);
			client.getOutputStream().write(1);
			awaitIdle();
		}
	}

	@Test
	void datagramWhenEmptyIsNotTheEnd() throws Exception {
		try (AioSocket receiver = this.aio.openDatagramSocket(); AioSocket sender = this.aio.openDatagramSocket()) {
			receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			List<Integer> lengths = new CopyOnWriteArrayList<>();
			CompletableFuture<Void> receive = this.aio.recvMultishot(receiver,
					(piece) -> lengths.add(piece.remaining()));
			for (int length : List.of(3, 0, 5)) {
				this.aio.sendto(sender, ByteBuffer.allocate(length), receiver.localAddress()).get(30, TimeUnit.SECONDS);
			}
			await().pollInterval(Duration.ofMillis(1)).until(() -> lengths.size() == 3);
			assertThat(lengths).containsExactly(3, 0, 5);
			receive.cancel(false);
			awaitIdle();
		}
	}

	private void awaitIdle() {
		await().pollInterval(Duration.ofMillis(1)).until(() -> this.aio.engines().statistics().inFlight() == 0);
	}

	private static void check(ByteBuffer piece, AtomicInteger expected) {
		while (piece.hasRemaining()) {
			expected.set((piece.get() == expected.get()) ? expected.get() + 1 : Integer.MIN_VALUE);
		}
	}

	private static byte[] sequence(int from, int count) {
		byte[] bytes = new byte[count];
		for (int i = 0; i < count; i++) {
			bytes[i] = (byte) (from + i);
		}
		return bytes;
	}

	private static void awaitUninterrupted(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Socket connect() throws IOException {
		Socket client = new Socket();
		client.setTcpNoDelay(true);
		client.connect(this.listening.localAddress());
		return client;
	}

	private AioSocket accept() throws Exception {
		return this.aio.accept(this.listening).get(30, TimeUnit.SECONDS);
	}

	private AioSocket acceptReset() throws Exception {
		try (Socket client = connect()) {
			client.setSoLinger(true, 0);
			return accept();
		}
	}

	/** Who receives again, and who calls the receiver. */
	enum Way {

		KERNEL(Syscalls.system(), AioEngine.IO_URING, false),

		RING_WITHOUT_PROVIDED_BUFFERS(
				FaultInjectingSyscalls.ofSystem().failAll("ioUringRegister", Errno.EINVAL).syscalls(),
				AioEngine.IO_URING, false),

		EXECUTOR(Syscalls.system(), AioEngine.IO_URING, true),

		READINESS(Syscalls.system(), AioEngine.EPOLL, false);

		private final Syscalls syscalls;

		private final AioEngine engine;

		private final boolean byExecutor;

		Way(Syscalls syscalls, AioEngine engine, boolean byExecutor) {
			this.syscalls = syscalls;
			this.engine = engine;
			this.byExecutor = byExecutor;
		}

		AioEngines open(ExecutorService executor) {
			return new AioEngines(this.syscalls,
					new AioSettings(this.engine, 1, 256, 4096, 4, this.byExecutor ? executor : null));
		}

	}

}
