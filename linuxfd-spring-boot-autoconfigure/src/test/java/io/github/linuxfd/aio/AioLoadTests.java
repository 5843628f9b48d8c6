package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.metrics.AioMetrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Aio} with more to do than its queues have room for.
 *
 * @author linuxfd
 */
class AioLoadTests extends AioSpecification {

	private static final int OPERATIONS = 10_000;

	private static final int THREADS = 4;

	private static final int IDLE = 100;

	/** A time limit takes a second entry. */
	private static final AioSettings TINY = new AioSettings(AioEngine.AUTO, 1, 4, 8, 2, null);

	@Test
	void fileWhenMoreIsStartedThanFitsIsReadRight() throws Exception {
		byte[] content = new byte[1 << 20];
		new Random(7).nextBytes(content);
		Files.write(this.directory.resolve("file"), content);
		try (Aio small = open(new AioSettings(this.engine, 1, 8, 8, 2, null));
				AioFile file = small.open(this.directory.resolve("file"))) {
			List<ByteBuffer> targets = new ArrayList<>();
			List<CompletableFuture<Integer>> reads = new ArrayList<>();
			for (int at = 0; at < content.length; at += BLOCK) {
				ByteBuffer target = ByteBuffer.allocate(BLOCK);
				targets.add(target);
				reads.add(small.read(file, target, at));
			}
			for (int i = 0; i < reads.size(); i++) {
				assertThat(get(reads.get(i))).isEqualTo(BLOCK);
				assertThat(targets.get(i).flip()).isEqualTo(ByteBuffer.wrap(content, i * BLOCK, BLOCK));
			}
		}
	}

	@Test
	void idleOperationsDoNotKeepOthersFromTheirTurn() throws Exception {
		try (Aio small = open(new AioSettings(this.engine, 1, 4, 4, 2, null)); Pair pair = new Pair(small)) {
			List<AioSocket> idle = new ArrayList<>();
			CompletableFuture<Void> started = new CompletableFuture<>();
			List<CompletableFuture<AioDatagram>> waiting = new ArrayList<>();
			CompletableFuture<Integer> echoed = new CompletableFuture<>();
			for (int i = 0; i < 20; i++) {
				AioSocket socket = small.openDatagramSocket();
				socket.bind(loopback(0));
				idle.add(socket);
			}
			// by a handler, so that all come together
			small.recv(pair.server, ByteBuffer.allocate(1), null, handler((result, failure) -> {
				idle.forEach((socket) -> waiting.add(small.recvfrom(socket, ByteBuffer.allocate(1))));
				small.recv(pair.server, ByteBuffer.allocate(1), null, into(echoed));
				small.send(pair.client, bytes("y"));
				started.complete(null);
			}));
			get(small.send(pair.client, bytes("x")));
			get(started);
			assertThat(get(echoed)).isEqualTo(1);
			idle.forEach(AioSocket::close);
			for (CompletableFuture<AioDatagram> each : waiting) {
				assertThatThrownBy(() -> get(each)).cause().isInstanceOf(AsynchronousCloseException.class);
			}
		}
	}

	@Test
	void thousandConnectionsAreServed() throws Exception {
		int count = 1000;
		List<AioSocket> clients = new ArrayList<>();
		List<AioSocket> accepted = new ArrayList<>();
		try (AioSocket listening = this.aio.openStreamSocket()) {
			listening.bind(loopback(0));
			listening.listen(1024);
			InetSocketAddress address = loopback(listening.localAddress().getPort());
			List<CompletableFuture<AioSocket>> accepts = new ArrayList<>();
			List<CompletableFuture<?>> connects = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				accepts.add(this.aio.accept(listening));
				AioSocket client = this.aio.openStreamSocket();
				clients.add(client);
				connects.add(this.aio.connect(client, address));
			}
			for (int i = 0; i < count; i++) {
				get(connects.get(i));
				accepted.add(get(accepts.get(i)));
			}
			accepted.forEach((socket) -> echo(socket, ByteBuffer.allocateDirect(8)));
			List<ByteBuffer> answers = new ArrayList<>();
			List<CompletableFuture<Integer>> received = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				ByteBuffer answer = ByteBuffer.allocate(8);
				answers.add(answer);
				received.add(this.aio.recv(clients.get(i), answer));
				this.aio.send(clients.get(i), ByteBuffer.allocate(8).putLong(i).flip());
			}
			for (int i = 0; i < count; i++) {
				assertThat(get(received.get(i))).isEqualTo(8);
				assertThat(answers.get(i).flip().getLong()).isEqualTo(i);
			}
		}
		finally {
			clients.forEach(AioSocket::close);
		}
		await().until(() -> accepted.stream().noneMatch(AioSocket::isOpen));
	}

	/** Until the peer ends. */
	private void echo(AioSocket socket, ByteBuffer buffer) {
		this.aio.recv(socket, buffer.clear(), null, handler((received, failure) -> {
			if (failure != null || received < 0) {
				socket.close();
				return;
			}
			echoRest(socket, buffer.flip());
		}));
	}

	private void echoRest(AioSocket socket, ByteBuffer buffer) {
		this.aio.send(socket, buffer, null, handler((sent, failure) -> {
			if (failure != null) {
				socket.close();
			}
			else if (buffer.hasRemaining()) {
				echoRest(socket, buffer);
			}
			else {
				echo(socket, buffer);
			}
		}));
	}

	/**
	 * Most of them wait for their turn; a fourth is ended by time, a fourth cancelled.
	 */
	@Test
	void tenThousandOperationsWhenQueuesAreTinyCompleteOnce() throws Exception {
		Tally tally = new Tally("Tiny queues, " + this.engine);
		ByteBuffer content = ByteBuffer.allocate(OPERATIONS * Long.BYTES);
		for (long i = 0; i < OPERATIONS; i++) {
			content.putLong(i);
		}
		Files.write(this.directory.resolve("file"), content.array());
		try (Aio tiny = open(TINY);
				AioFile file = tiny.open(this.directory.resolve("file"));
				Pair pair = new Pair(tiny);
				AioSocket silent = tiny.openDatagramSocket()) {
			silent.bind(loopback(0));
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				int first = i * OPERATIONS / THREADS;
				Thread thread = new Thread(() -> {
					for (int at = first; at < first + OPERATIONS / THREADS; at++) {
						startAt(at, tally, file, pair.server, silent);
					}
				});
				thread.start();
				threads.add(thread);
			}
			for (Thread thread : threads) {
				thread.join();
			}
			tally.check();
			AioStatistics statistics = tiny.engines().statistics();
			assertThat(statistics.inFlight()).isZero();
			assertThat(statistics.completed(OperationKind.READ, AioOutcome.SUCCESS)).isEqualTo(OPERATIONS / 2);
			assertThat(statistics.completed(OperationKind.RECVMSG, AioOutcome.TIMEOUT)).isEqualTo(OPERATIONS / 4);
			assertThat(statistics.completed(OperationKind.RECV, AioOutcome.CANCELLED)).isEqualTo(OPERATIONS / 4);
		}
	}

	private static void startAt(int at, Tally tally, AioFile file, AioSocket stream, AioSocket datagrams) {
		ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES);
		switch (at % 4) {
			case 0, 1 -> {
				Tally.Once<Integer> once = tally.once();
				once.outcome().thenRun(() -> {
					assertThat(buffer.flip().getLong()).isEqualTo(at);
					tally.checked(Long.BYTES);
				}).whenComplete((done, failure) -> {
					if (failure != null) {
						tally.violated(failure);
					}
				});
				ByteOperation read = new ByteOperation(file, OperationKind.READ, buffer, at * 8L, null, once);
				read.timeoutNanos = (at % 4 == 0) ? TimeUnit.HOURS.toNanos(1) : 0;
				read.start();
			}
			case 2 -> {
				MessageOperation<AioDatagram> late = new MessageOperation<>(datagrams, buffer, null,
						(message) -> message, null, tally.once());
				late.timeoutNanos = 1 + at * 10L;
				late.start();
			}
			default -> {
				ByteOperation cancelled = new ByteOperation(stream, OperationKind.RECV, buffer, 0, null, tally.once());
				cancelled.timeoutNanos = (at % 8 == 3) ? TimeUnit.HOURS.toNanos(1) : 0;
				cancelled.start();
				cancelled.cancel();
			}
		}
	}

	/** One entry ends them all, and their time limits too. */
	@Test
	void completionsWhenTheyOverflowAllComeAndAreCounted() throws Exception {
		try (Aio tiny = open(TINY); Pair pair = new Pair(tiny)) {
			SimpleMeterRegistry meters = new SimpleMeterRegistry();
			new AioMetrics(tiny.engines()).bindTo(meters);
			assertThat(tiny.engines().overflows()).isZero();
			List<CompletableFuture<Integer>> waiting = new ArrayList<>();
			for (int i = 0; i < IDLE; i++) {
				CompletableFuture<Integer> future = new CompletableFuture<>();
				limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofHours(1), future);
				waiting.add(future);
			}
			tiny.cancel(pair.server);
			for (CompletableFuture<Integer> each : waiting) {
				assertThatThrownBy(() -> get(each)).cause()
					.isInstanceOfSatisfying(SyscallException.class,
							(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECANCELED));
			}
			assertThat(tiny.engines().statistics().inFlight()).isZero();
			long overflows = tiny.engines().overflows();
			assertThat(overflows > 0).isEqualTo(this.engine == AioEngine.IO_URING);
			assertThat(meters.get("linuxfd.aio.overflows").functionCounter().count()).isEqualTo(overflows);
			CompletableFuture<Integer> next = tiny.recv(pair.server, ByteBuffer.allocate(1));
			get(tiny.send(pair.client, bytes("x")));
			assertThat(get(next)).isEqualTo(1);
		}
	}

	/** An operation with a time limit takes two entries of io_uring. */
	@Test
	void timeLimitWhenTheQueueIsShortEndsWhatIsNotDone() throws Exception {
		try (Aio small = open(new AioSettings(this.engine, 1, 1, 1, 1, null)); Pair pair = new Pair(small)) {
			List<CompletableFuture<Integer>> limited = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				CompletableFuture<Integer> result = new CompletableFuture<>();
				limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofMillis(10), result);
				limited.add(result);
			}
			for (CompletableFuture<Integer> each : limited) {
				assertThatThrownBy(() -> get(each)).cause().isInstanceOf(InterruptedByTimeoutException.class);
			}
			CompletableFuture<Integer> inTime = new CompletableFuture<>();
			limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofSeconds(SECONDS), inTime);
			get(small.send(pair.client, bytes("x")));
			assertThat(get(inTime)).isEqualTo(1);
		}
	}

}
