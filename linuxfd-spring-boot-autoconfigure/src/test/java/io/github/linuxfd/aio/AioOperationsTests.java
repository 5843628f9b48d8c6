package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Tests of what holds by whatever the operations of {@link Aio} are done.
 *
 * @author linuxfd
 */
class AioOperationsTests extends AioSpecification {

	/** Each as often as it is wanted, and all at once. */
	@Test
	void openTakesAndRefusesTheOptionsThatTheJdkDoes() throws IOException {
		StandardOpenOption[] options = { StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.APPEND,
				StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.CREATE, StandardOpenOption.DSYNC };
		Path path = this.directory.resolve("file");
		for (int bits = 0; bits < 1 << options.length; bits++) {
			List<OpenOption> some = new ArrayList<>();
			for (int i = 0; i < options.length; i++) {
				if ((bits & 1 << i) != 0) {
					some.addAll(List.of(options[i], options[i]));
				}
			}
			OpenOption[] wanted = some.toArray(OpenOption[]::new);
			Files.writeString(path, "0123456789");
			Throwable expected = catchThrowable(() -> FileChannel.open(path, wanted).close());
			long size = Files.size(path);
			Files.writeString(path, "0123456789");
			Throwable thrown = catchThrowable(() -> this.aio.open(path, wanted).close());
			assertThat(Optional.ofNullable(thrown).map(Throwable::getClass)).as("%s", some)
				.isEqualTo(Optional.ofNullable(expected).map(Throwable::getClass));
			assertThat(path).as("%s", some).hasSize(size);
		}
		assertThatNullPointerException().isThrownBy(() -> this.aio.open(path, (OpenOption) null));
	}

	@Test
	void engineIsTheOneThatWasAskedFor() {
		assertThat(this.aio.engines().kind()).isEqualTo(this.engine);
		assertThat(this.aio.engines().refusal()).isEmpty();
		assertThat(this.aio.engines().reason()).isEmpty();
	}

	@Test
	void fileIsWrittenSyncedAndRead() throws Exception {
		try (AioFile file = file(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
			ByteBuffer source = bytes("0123456789");
			assertThat(get(this.aio.write(file, source, 5))).isEqualTo(10);
			assertThat(source.hasRemaining()).isFalse();
			assertThat(get(this.aio.fsync(file, true))).isNull();
			assertThat(get(this.aio.fsync(file, false))).isNull();
			for (ByteBuffer target : List.of(ByteBuffer.allocate(20), ByteBuffer.allocateDirect(20))) {
				target.position(2);
				assertThat(get(this.aio.read(file, target, 7))).isEqualTo(8);
				assertThat(target.position()).isEqualTo(10);
				assertThat(text(target.slice(2, 8))).isEqualTo("23456789");
				assertThat(get(this.aio.read(file, target, 15))).isEqualTo(-1);
				assertThat(target.position()).isEqualTo(10);
			}
			assertThat(get(this.aio.read(file, ByteBuffer.allocate(0), 0))).isZero();
			assertThat(file.size()).isEqualTo(15);
		}
	}

	@Test
	void fileIsGatheredAndScattered() throws Exception {
		try (AioFile file = file(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
			ByteBuffer direct = ByteBuffer.allocateDirect(4).put(bytes("3456")).flip();
			assertThat(get(this.aio.writev(file, List.of(bytes("012"), direct, bytes("789")), 0))).isEqualTo(10);
			ByteBuffer first = ByteBuffer.allocateDirect(3);
			ByteBuffer second = ByteBuffer.allocate(5);
			ByteBuffer third = ByteBuffer.allocate(5);
			assertThat(get(this.aio.readv(file, List.of(first, second, third), 0))).isEqualTo(10);
			assertThat(text(first.flip()) + "|" + text(second.flip()) + "|" + text(third.flip()))
				.isEqualTo("012|34567|89");
			assertThat(get(this.aio.readv(file, List.of(ByteBuffer.allocate(1)), 10))).isEqualTo(-1);
		}
	}

	@Test
	void fileOpenedDirectIsWrittenAndReadInBlocks() throws Exception {
		try (AioFile file = direct()) {
			byte[] content = new byte[16 * BLOCK];
			new Random(6).nextBytes(content);
			List<CompletableFuture<Integer>> writes = new ArrayList<>();
			for (int block = 0; block < 16; block++) {
				writes.add(this.aio.write(file, ByteBuffer.wrap(content, block * BLOCK, BLOCK), (long) block * BLOCK));
			}
			for (CompletableFuture<Integer> write : writes) {
				assertThat(get(write)).isEqualTo(BLOCK);
			}
			assertThat(get(this.aio.fsync(file, true))).isNull();
			ByteBuffer aligned = ByteBuffer.allocateDirect(9 * BLOCK).alignedSlice(BLOCK).limit(8 * BLOCK);
			assertThat(get(this.aio.read(file, aligned, 0))).isEqualTo(8 * BLOCK);
			List<ByteBuffer> rest = List.of(ByteBuffer.allocate(3 * BLOCK), ByteBuffer.allocate(6 * BLOCK));
			assertThat(get(this.aio.readv(file, rest, 8 * BLOCK))).isEqualTo(8 * BLOCK);
			ByteBuffer read = ByteBuffer.allocate(17 * BLOCK).put(aligned.flip());
			rest.forEach((part) -> read.put(part.flip()));
			assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(content));
			assertThat(get(this.aio.writev(file, rest.stream().map(ByteBuffer::rewind).toList(), 0)))
				.isEqualTo(8 * BLOCK);
			assertThat(get(this.aio.read(file, ByteBuffer.allocate(0), 0))).isZero();
			assertThat(get(this.aio.read(file, ByteBuffer.allocate(BLOCK), 16 * BLOCK))).isEqualTo(-1);
		}
	}

	@Test
	void fileOpenedDirectWhenMisalignedSaysSo() throws Exception {
		try (AioFile file = direct()) {
			get(this.aio.write(file, ByteBuffer.allocate(BLOCK), 0));
			CompletableFuture<Integer> read = this.aio.read(file, ByteBuffer.allocate(100), 3);
			assertThatThrownBy(() -> get(read)).cause()
				.isInstanceOf(SyscallException.class)
				.hasMessageContaining("100 bytes at 3")
				.hasMessageContaining("alignment")
				.hasMessageContaining("EINVAL");
		}
	}

	@Test
	void streamIsSentReceivedAndHalfClosed() throws Exception {
		try (Pair pair = new Pair()) {
			ByteBuffer target = ByteBuffer.allocate(10);
			CompletableFuture<Integer> received = this.aio.recv(pair.server, target);
			assertThat(get(this.aio.send(pair.client, bytes("hello")))).isEqualTo(5);
			assertThat(get(received)).isEqualTo(5);
			assertThat(text(target.flip())).isEqualTo("hello");
			CompletableFuture<Integer> end = this.aio.recv(pair.server, ByteBuffer.allocate(10));
			pair.client.shutdownOutput();
			assertThat(get(end)).isEqualTo(-1);
			assertThat(get(this.aio.recv(pair.server, ByteBuffer.allocate(10)))).isEqualTo(-1);
			assertThat(get(this.aio.send(pair.server, bytes("late")))).isEqualTo(4);
			ByteBuffer late = ByteBuffer.allocateDirect(10);
			assertThat(get(this.aio.recv(pair.client, late))).isEqualTo(4);
			assertThat(text(late.flip())).isEqualTo("late");
			assertThat(get(this.aio.recv(pair.client, ByteBuffer.allocate(0)))).isZero();
		}
	}

	@Test
	void streamIsGatheredAndScattered() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Long> sent = new CompletableFuture<>();
			CompletableFuture<Long> received = new CompletableFuture<>();
			List<ByteBuffer> targets = List.of(ByteBuffer.allocate(2), ByteBuffer.allocateDirect(10));
			Aio.vector(pair.server, OperationKind.READV, targets, 0, null, into(received)).start();
			Aio.vector(pair.client, OperationKind.WRITEV, List.of(bytes("ab"), bytes("cde")), 0, null, into(sent))
				.start();
			assertThat(get(sent)).isEqualTo(5);
			assertThat(get(received)).isEqualTo(5);
			assertThat(text(targets.get(0).flip()) + "|" + text(targets.get(1).flip())).isEqualTo("ab|cde");
		}
	}

	@Test
	void datagramsComeWithTheirSender() throws Exception {
		try (AioSocket first = datagram(); AioSocket second = datagram()) {
			ByteBuffer target = ByteBuffer.allocate(4);
			CompletableFuture<AioDatagram> received = this.aio.recvfrom(second, target);
			AioDatagram sent = get(this.aio.sendto(first, bytes("longer"), loopback(second.localAddress().getPort())));
			assertThat(sent.bytes()).isEqualTo(6);
			AioDatagram datagram = get(received);
			assertThat(datagram.bytes()).isEqualTo(4);
			assertThat(datagram.truncated()).isTrue();
			assertThat(datagram.sender()).isEqualTo(loopback(first.localAddress().getPort()));
			assertThat(text(target.flip())).isEqualTo("long");
			CompletableFuture<AioDatagram> answer = this.aio.recvfrom(first, ByteBuffer.allocateDirect(10));
			get(this.aio.sendto(second, bytes("x"), datagram.sender()));
			assertThat(get(answer).truncated()).isFalse();
		}
	}

	@Test
	void sendThatIsShortGoesOnWhenThePeerReads() throws Exception {
		byte[] content = new byte[8 << 20];
		new Random(8).nextBytes(content);
		try (Pair pair = new Pair()) {
			ByteBuffer source = ByteBuffer.allocateDirect(content.length).put(content).flip();
			AtomicInteger parts = new AtomicInteger();
			CompletableFuture<Void> sent = new CompletableFuture<>();
			sendAll(pair.client, source, parts, sent);
			ByteBuffer target = ByteBuffer.allocate(content.length);
			while (target.hasRemaining()) {
				assertThat(get(this.aio.recv(pair.server, target))).isPositive();
			}
			get(sent);
			assertThat(target.array()).isEqualTo(content);
			assertThat(parts.get()).isGreaterThan(1);
		}
	}

	private void sendAll(AioSocket socket, ByteBuffer source, AtomicInteger parts, CompletableFuture<Void> sent) {
		this.aio.send(socket, source, null, handler((result, failure) -> {
			if (failure != null) {
				sent.completeExceptionally(failure);
				return;
			}
			parts.incrementAndGet();
			if (source.hasRemaining()) {
				sendAll(socket, source, parts, sent);
			}
			else {
				sent.complete(null);
			}
		}));
	}

	@Test
	void failureIsThatOfTheCall() throws Exception {
		try (AioFile file = file(StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
			CompletableFuture<Integer> read = this.aio.read(file, ByteBuffer.allocate(1), 0);
			assertThatThrownBy(() -> get(read)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.EBADF));
		}
	}

	@Test
	void connectWhenNobodyListensIsRefused() {
		AioSocket closed = this.aio.openStreamSocket();
		closed.bind(loopback(0));
		InetSocketAddress address = closed.localAddress();
		closed.close();
		try (AioSocket socket = this.aio.openStreamSocket()) {
			CompletableFuture<?> connected = this.aio.connect(socket, loopback(address.getPort()));
			assertThatThrownBy(() -> get(connected)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECONNREFUSED));
		}
	}

	@Test
	void resetByThePeerIsAFailure() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> received = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			pair.client.setOption(StandardSocketOptions.SO_LINGER, 0);
			pair.client.close();
			assertThatThrownBy(() -> get(received)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECONNRESET));
			CompletableFuture<Integer> sent = this.aio.send(pair.server, bytes("x"));
			assertThatThrownBy(() -> get(sent)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.EPIPE));
		}
	}

	@Test
	void closeEndsWhatIsPending() throws Exception {
		try (Pair pair = new Pair()) {
			List<CompletableFuture<?>> pending = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				pending.add(this.aio.recv(pair.server, ByteBuffer.allocate(1)));
			}
			AioSocket listening = listening();
			pending.add(this.aio.accept(listening));
			CompletableFuture<?> closed = this.aio.close(listening);
			CompletableFuture<?> alsoClosed = this.aio.close(pair.server);
			for (CompletableFuture<?> each : pending) {
				assertThatThrownBy(() -> get(each)).cause().isInstanceOf(AsynchronousCloseException.class);
			}
			get(closed);
			get(alsoClosed);
			assertThatThrownBy(() -> this.aio.recv(pair.server, ByteBuffer.allocate(1)))
				.isInstanceOf(IllegalStateException.class);
			assertThat(get(this.aio.recv(pair.client, ByteBuffer.allocate(1)))).isEqualTo(-1);
		}
	}

	@Test
	void closeOfTheEngineCompletesEverything() throws Exception {
		Aio other = open(AioSettings.DEFAULT);
		Pair pair = new Pair(other);
		List<CompletableFuture<?>> pending = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			pending.add(other.recv(pair.server, ByteBuffer.allocate(1)));
		}
		pending.add(other.accept(pair.listening));
		other.close();
		for (CompletableFuture<?> each : pending) {
			assertThat(each).isCompletedExceptionally();
			assertThatThrownBy(() -> get(each)).cause().isInstanceOf(SyscallException.class);
		}
		assertThatIllegalStateException().isThrownBy(() -> other.recv(pair.server, ByteBuffer.allocate(1)))
			.withMessageContaining("closed");
		assertThat(pair.server.isOpen()).isTrue();
		pair.close();
	}

	@Test
	void cancelOfAHandleLeavesItOpen() throws Exception {
		try (Pair pair = new Pair()) {
			List<CompletableFuture<Integer>> pending = List.of(this.aio.recv(pair.server, ByteBuffer.allocate(1)),
					this.aio.recv(pair.server, ByteBuffer.allocate(1)));
			this.aio.cancel(pair.server);
			for (CompletableFuture<Integer> each : pending) {
				assertThatThrownBy(() -> get(each)).cause()
					.isInstanceOfSatisfying(SyscallException.class,
							(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECANCELED));
			}
			CompletableFuture<Integer> next = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			get(this.aio.send(pair.client, bytes("x")));
			assertThat(get(next)).isEqualTo(1);
			assertThat(this.aio.engines().statistics().inFlight()).isZero();
		}
	}

	@Test
	void cancelOfAFutureEndsItsOperation() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> cancelled = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			CompletableFuture<Integer> next = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			assertThat(cancelled.cancel(false)).isTrue();
			assertThatThrownBy(() -> get(cancelled)).isInstanceOf(CancellationException.class);
			await().until(() -> this.aio.engines().statistics().inFlight() == 1);
			get(this.aio.send(pair.client, bytes("x")));
			assertThat(get(next)).isEqualTo(1);
		}
	}

	@Test
	void timeLimitEndsWhatIsNotDone() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> late = new CompletableFuture<>();
			long startNanos = System.nanoTime();
			limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofMillis(50), late);
			assertThatThrownBy(() -> get(late)).cause().isInstanceOf(InterruptedByTimeoutException.class);
			assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(50_000_000);
			CompletableFuture<Integer> later = new CompletableFuture<>();
			CompletableFuture<Integer> inTime = new CompletableFuture<>();
			limited(pair.client, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofMillis(20), later);
			limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofHours(300_000), inTime);
			assertThatThrownBy(() -> get(later)).cause().isInstanceOf(InterruptedByTimeoutException.class);
			get(this.aio.send(pair.client, bytes("x")));
			assertThat(get(inTime)).isEqualTo(1);
		}
	}

	@Test
	void timeLimitBeginsWhenItIsSet() throws Exception {
		try (Pair pair = new Pair()) {
			AtomicLong setNanos = new AtomicLong();
			CompletableFuture<Integer> second = new CompletableFuture<>();
			this.aio.recv(pair.server, ByteBuffer.allocate(1), null, handler((result, failure) -> {
				long untilNanos = System.nanoTime() + 500_000_000;
				while (System.nanoTime() < untilNanos) {
					Thread.onSpinWait();
				}
				setNanos.set(System.nanoTime());
				limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofMillis(450), second);
			}));
			get(this.aio.send(pair.client, bytes("x")));
			assertThatThrownBy(() -> get(second)).cause().isInstanceOf(InterruptedByTimeoutException.class);
			assertThat(System.nanoTime() - setNanos.get()).isGreaterThanOrEqualTo(450_000_000);
		}
	}

	@Test
	void datagramWhenEmptyIsNotTheEnd() throws Exception {
		try (AioSocket receiver = this.aio.openDatagramSocket(); AioSocket sender = this.aio.openDatagramSocket()) {
			receiver.bind(loopback(0));
			get(this.aio.sendto(sender, ByteBuffer.allocate(0), receiver.localAddress()));
			assertThat(get(this.aio.recv(receiver, ByteBuffer.allocate(10)))).isZero();
			get(this.aio.sendto(sender, ByteBuffer.allocate(0), receiver.localAddress()));
			assertThat(get(this.aio.recvfrom(receiver, ByteBuffer.allocate(10))).bytes()).isZero();
		}
	}

}
