package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.zip.CRC32;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * What holds by whatever operations are done: each engine is tested by the same tests.
 *
 * @author linuxfd
 */
@Timeout(90)
@ExtendWith(FdLeakExtension.class)
abstract class AioEngineSpecification {

	private static final int SECONDS = 30;

	private static final int BLOCK = 4096;

	private static final Duration STORM = Duration
		.ofMillis((long) (1000 * Double.parseDouble(System.getProperty("linuxfd.storm", "1"))));

	@TempDir
	private Path directory;

	private Aio aio;

	abstract AioEngine engine();

	@BeforeEach
	void open() {
		this.aio = open(AioSettings.DEFAULT);
	}

	private Aio open(AioSettings settings) {
		return new Aio(new AioEngines(Syscalls.system(), settings.withEngine(engine())));
	}

	@AfterEach
	void close() {
		this.aio.close();
		this.aio.close();
	}

	@Test
	void engineIsTheOneThatWasAskedFor() {
		assertThat(this.aio.engines().kind()).isEqualTo(engine());
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
	void fileWhenMoreIsStartedThanFitsIsReadRight() throws Exception {
		byte[] content = new byte[1 << 20];
		new Random(7).nextBytes(content);
		Files.write(this.directory.resolve("file"), content);
		try (Aio small = open(new AioSettings(engine(), 1, 8, 8, 2, null));
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
	void failureIsThatOfTheCall() throws Exception {
		try (AioFile file = file(StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
			CompletableFuture<Integer> read = this.aio.read(file, ByteBuffer.allocate(1), 0);
			assertThatThrownBy(() -> get(read)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.EBADF));
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

	/** Whatever the user does with a buffer, the kernel writes into what it was given. */
	@Test
	void bufferWhenItsPositionIsChangedMeanwhileIsNotLeft() throws Exception {
		ByteBuffer memory = ByteBuffer.allocateDirect(3 * BLOCK);
		try (Pair pair = new Pair(); AioSocket receiver = this.aio.openDatagramSocket()) {
			receiver.bind(loopback(0));
			List<ByteBuffer> targets = List.of(memory.slice(0, BLOCK), ByteBuffer.allocate(BLOCK));
			for (ByteBuffer target : targets) {
				CompletableFuture<Integer> received = new CompletableFuture<>();
				moveAndStart(target,
						new ByteOperation(pair.server, OperationKind.RECV, target, 0, null, into(received)));
				get(this.aio.send(pair.client, bytes("0123456789")));
				assertThat(get(received)).isEqualTo(10);
				assertThat(text(target.flip())).isEqualTo("0123456789");
				target.clear();
				CompletableFuture<Long> scattered = new CompletableFuture<>();
				moveAndStart(target, new VectorOperation<>(pair.server, OperationKind.READV,
						new ByteBuffer[] { target }, 0, (count) -> count, null, into(scattered)));
				get(this.aio.send(pair.client, bytes("abcdefghij")));
				assertThat(get(scattered)).isEqualTo(10);
				assertThat(text(target.flip())).isEqualTo("abcdefghij");
				target.clear();
				CompletableFuture<AioDatagram> datagram = new CompletableFuture<>();
				moveAndStart(target,
						new MessageOperation<>(receiver, target, null, (message) -> message, null, into(datagram)));
				get(this.aio.sendto(receiver, bytes("datagram"), receiver.localAddress()));
				assertThat(get(datagram).bytes()).isEqualTo(8);
				assertThat(text(target.flip())).isEqualTo("datagram");
				target.clear();
			}
			for (int i = BLOCK; i < memory.capacity(); i++) {
				assertThat(memory.get(i)).as("byte %d", i).isZero();
			}
		}
	}

	private static void moveAndStart(ByteBuffer buffer, Operation<?> operation) {
		buffer.position(buffer.limit());
		operation.start();
	}

	/** Their bytes together are more than an int counts. */
	@Test
	void buffersWhenTheyAreMoreThanMemoryCanCopyAreReadInPart() throws Exception {
		byte[] content = new byte[16 * BLOCK];
		new Random(3).nextBytes(content);
		Files.write(this.directory.resolve("file"), content);
		byte[] large = new byte[1 << 22];
		List<ByteBuffer> targets = new ArrayList<>();
		for (int i = 0; i < 1024; i++) {
			targets.add(ByteBuffer.wrap(large));
		}
		try (AioFile file = file(StandardOpenOption.READ)) {
			assertThat(get(this.aio.readv(file, targets, 0))).isEqualTo(content.length);
			assertThat(targets.get(0).position()).isEqualTo(content.length);
			assertThat(large).startsWith(content);
		}
	}

	@Test
	void bufferOfTheHeapWhenLargeIsNotCopiedMoreThanASocketTakes() throws Exception {
		try (Pair pair = new Pair()) {
			long before = NativeMemory.allocated();
			CompletableFuture<Integer> pending = this.aio.recv(pair.server, ByteBuffer.allocate(1 << 26));
			get(this.aio.recv(pair.client, ByteBuffer.allocate(0))); // then that one is
																		// pinned, too
			assertThat(NativeMemory.allocated() - before).isLessThan(1 << 22);
			pair.server.close();
			assertThatThrownBy(() -> get(pending)).cause().isInstanceOf(AsynchronousCloseException.class);
		}
	}

	@Test
	void buffersWhenManyAreEmptyAreNotTheLast() throws Exception {
		List<ByteBuffer> buffers = new ArrayList<>();
		for (int i = 0; i < 1500; i++) {
			buffers.add(ByteBuffer.allocate(0));
		}
		buffers.add(bytes("behind"));
		try (AioFile file = file(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
			assertThat(get(this.aio.writev(file, buffers, 0))).isEqualTo(6);
			buffers.get(1500).flip();
			assertThat(get(this.aio.readv(file, buffers, 0))).isEqualTo(6);
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
	void datagramWhenEmptyIsNotTheEnd() throws Exception {
		try (AioSocket receiver = this.aio.openDatagramSocket(); AioSocket sender = this.aio.openDatagramSocket()) {
			receiver.bind(loopback(0));
			get(this.aio.sendto(sender, ByteBuffer.allocate(0), receiver.localAddress()));
			assertThat(get(this.aio.recv(receiver, ByteBuffer.allocate(10)))).isZero();
			get(this.aio.sendto(sender, ByteBuffer.allocate(0), receiver.localAddress()));
			assertThat(get(this.aio.recvfrom(receiver, ByteBuffer.allocate(10))).bytes()).isZero();
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
	void handlerWhenItsHandleIsClosedSeesThat() throws Exception {
		for (int i = 0; i < 200; i++) {
			AioSocket socket = this.aio.openDatagramSocket();
			CompletableFuture<Boolean> open = new CompletableFuture<>();
			this.aio.recvfrom(socket, ByteBuffer.allocate(1), null,
					handler((result, failure) -> open.complete(socket.isOpen())));
			await().pollInterval(Duration.ofMillis(1)).until(() -> this.aio.engines().statistics().inFlight() == 1);
			socket.close();
			assertThat(get(open)).isFalse();
		}
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
			assertThat(pair.server.fd().borrowed()).isZero();
		}
	}

	@Test
	void cancelOfAFutureEndsItsOperation() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> cancelled = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			CompletableFuture<Integer> next = this.aio.recv(pair.server, ByteBuffer.allocate(1));
			assertThat(cancelled.cancel(false)).isTrue();
			assertThatThrownBy(() -> get(cancelled)).isInstanceOf(CancellationException.class);
			await().until(() -> pair.server.fd().borrowed() == 1);
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

	/** An operation with a time limit takes two entries of io_uring. */
	@Test
	void timeLimitWhenTheQueueIsShortEndsWhatIsNotDone() throws Exception {
		try (Aio small = open(new AioSettings(engine(), 1, 1, 1, 1, null)); Pair pair = new Pair(small)) {
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

	@Test
	void timeLimitBeginsWhenItIsSet() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> second = new CompletableFuture<>();
			this.aio.recv(pair.server, ByteBuffer.allocate(1), null, handler((result, failure) -> {
				long untilNanos = System.nanoTime() + 100_000_000;
				while (System.nanoTime() < untilNanos) {
					Thread.onSpinWait();
				}
				limited(pair.server, OperationKind.RECV, ByteBuffer.allocate(1), Duration.ofMillis(90), second);
				this.aio.send(pair.client, bytes("y"));
			}));
			get(this.aio.send(pair.client, bytes("x")));
			assertThat(get(second)).isEqualTo(1);
		}
	}

	@Test
	void completionsAreTakenOnceByThreadsThatPoll() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[BLOCK]);
		AioCompletionQueue queue = new AioCompletionQueue();
		Set<Object> tokens = ConcurrentHashMap.newKeySet();
		AtomicInteger taken = new AtomicInteger();
		int count = 2000;
		try (AioFile file = this.aio.open(this.directory.resolve("file"))) {
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				Thread thread = new Thread(() -> {
					try {
						while (taken.get() < count) {
							for (AioCompletion completion : queue.poll(Duration.ofMillis(20))) {
								if (completion.isSuccess() && Integer.valueOf(8).equals(completion.result())) {
									tokens.add(completion.attachment());
								}
								taken.incrementAndGet();
							}
						}
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(ex);
					}
				});
				thread.start();
				threads.add(thread);
			}
			for (int i = 0; i < count; i++) {
				this.aio.read(file, ByteBuffer.allocate(8), i, i, queue);
			}
			for (Thread thread : threads) {
				thread.join(TimeUnit.SECONDS.toMillis(SECONDS));
			}
			assertThat(tokens).hasSize(count);
			assertThat(taken).hasValue(count);
			assertThat(queue.size()).isZero();
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
	void handlersOfOneHandleAreCalledOneAfterTheOther() throws Exception {
		int count = 500;
		List<Integer> order = new ArrayList<>();
		AtomicInteger running = new AtomicInteger();
		AtomicBoolean concurrent = new AtomicBoolean();
		CountDownLatch done = new CountDownLatch(count);
		try (Pair pair = new Pair()) {
			for (int i = 0; i < count; i++) {
				this.aio.recv(pair.server, ByteBuffer.allocate(1), i, new CompletionHandler<Integer, Integer>() {
					@Override
					public void completed(Integer result, Integer attachment) {
						if (running.incrementAndGet() > 1) {
							concurrent.set(true);
						}
						order.add(attachment);
						running.decrementAndGet();
						done.countDown();
					}

					@Override
					public void failed(Throwable failure, Integer attachment) {
						done.countDown();
					}
				});
			}
			for (int i = 0; i < count; i++) {
				get(this.aio.send(pair.client, bytes("x")));
			}
			assertThat(done.await(SECONDS, TimeUnit.SECONDS)).isTrue();
			assertThat(concurrent).isFalse();
			assertThat(order).hasSize(count).doesNotHaveDuplicates();
			if (engine() != AioEngine.IO_URING) {
				// the kernel wakes operations that wait for the same socket in any order
				assertThat(order).isSorted();
			}
		}
	}

	@Test
	void handlerThatStartsTheNextOneAgainAndAgainNeedsNoStack() throws Exception {
		AtomicInteger left = new AtomicInteger(20_000);
		CompletableFuture<Void> done = new CompletableFuture<>();
		try (Pair pair = new Pair()) {
			recvNothing(pair.server, left, done);
			get(done);
			assertThat(left).hasValue(0);
		}
	}

	private void recvNothing(AioSocket socket, AtomicInteger left, CompletableFuture<Void> done) {
		this.aio.recv(socket, ByteBuffer.allocate(0), null, handler((result, failure) -> {
			if (left.decrementAndGet() > 0) {
				recvNothing(socket, left, done);
			}
			else {
				done.complete(null);
			}
		}));
	}

	/** What fails before the kernel sees it is no exception. */
	@Test
	void handlerThatStartsAgainWhatFailsAtOnceNeedsNoStack() throws Exception {
		String property = "java.net.preferIPv4Stack";
		System.setProperty(property, "true");
		try (AioSocket socket = this.aio.openDatagramSocket()) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			sendToIpv6(socket, new AtomicInteger(20_000), done);
			get(done);
		}
		finally {
			System.clearProperty(property);
		}
	}

	private void sendToIpv6(AioSocket socket, AtomicInteger left, CompletableFuture<Void> done) {
		this.aio.sendto(socket, bytes("x"), new InetSocketAddress("::1", 9), null, handler((result, failure) -> {
			if (!(failure instanceof UnsupportedAddressTypeException)) {
				done.completeExceptionally(new IllegalStateException("Not refused", failure));
			}
			else if (left.decrementAndGet() > 0) {
				sendToIpv6(socket, left, done);
			}
			else {
				done.complete(null);
			}
		}));
	}

	@Test
	void handlerThatThrowsHarmsNobody() throws Exception {
		try (Pair pair = new Pair()) {
			CompletableFuture<Integer> second = new CompletableFuture<>();
			this.aio.recv(pair.server, ByteBuffer.allocate(1), null, handler((result, failure) -> {
				this.aio.recv(pair.server, ByteBuffer.allocate(1), null, into(second));
				throw new IllegalStateException("on purpose");
			}));
			get(this.aio.send(pair.client, bytes("xy")));
			assertThat(get(second)).isEqualTo(1);
		}
	}

	@Test
	void handlerMayCloseItsHandle() throws Exception {
		Pair pair = new Pair();
		this.aio.recv(pair.server, ByteBuffer.allocate(1), null, handler((result, failure) -> pair.server.close()));
		get(this.aio.send(pair.client, bytes("x")));
		assertThat(get(this.aio.recv(pair.client, ByteBuffer.allocate(1)))).isEqualTo(-1);
		pair.close();
	}

	@Test
	void idleOperationsDoNotKeepOthersFromTheirTurn() throws Exception {
		try (Aio small = open(new AioSettings(engine(), 1, 4, 4, 2, null)); Pair pair = new Pair(small)) {
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
	void handlersThatStartAgainWhateverHappensEndWithTheEngine() throws Exception {
		Aio other = open(AioSettings.DEFAULT);
		CompletableFuture<Throwable> socketRefused = new CompletableFuture<>();
		CompletableFuture<Throwable> fileRefused = new CompletableFuture<>();
		CompletableFuture<Throwable> directRefused = new CompletableFuture<>();
		Files.write(this.directory.resolve("file"), new byte[BLOCK]);
		try (AioSocket socket = other.openDatagramSocket();
				AioFile file = other.open(this.directory.resolve("file"));
				AioFile direct = other.open(this.directory.resolve("file"), ExtendedOpenOption.DIRECT)) {
			again(socketRefused, (handler) -> other.recvfrom(socket, ByteBuffer.allocate(1), null, handler));
			again(fileRefused, (handler) -> other.read(file, ByteBuffer.allocate(1), 0, null, handler));
			again(directRefused, (handler) -> other.read(direct, ByteBuffer.allocate(BLOCK), 0, null, handler));
			other.close();
			for (CompletableFuture<Throwable> refused : List.of(socketRefused, fileRefused, directRefused)) {
				assertThat(get(refused)).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
			}
		}
	}

	private static <T> void again(CompletableFuture<Throwable> refused, Consumer<CompletionHandler<T, Object>> start) {
		try {
			start.accept(handler((result, failure) -> again(refused, start)));
		}
		catch (IllegalStateException | StackOverflowError ex) {
			refused.complete(ex);
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

	@Test
	void streamsInAStormKeepEveryByte() throws Exception {
		long untilNanos = System.nanoTime() + STORM.toNanos();
		List<Pair> pairs = new ArrayList<>();
		List<CompletableFuture<Long>> sent = new ArrayList<>();
		List<CompletableFuture<Long>> received = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			Pair pair = new Pair();
			pairs.add(pair);
			sent.add(new Sender(pair.client, i, untilNanos).start());
			received.add(new Receiver(pair.server, i).start());
			sent.add(new Sender(pair.server, i + 100, untilNanos).start());
			received.add(new Receiver(pair.client, i + 100).start());
		}
		for (int i = 0; i < sent.size(); i++) {
			assertThat(get(received.get(i))).isEqualTo(get(sent.get(i)));
		}
		for (Pair pair : pairs) {
			pair.close();
		}
	}

	/** Cancelled, closed, reset and fulfilled, at the same time and in any order. */
	@Test
	void operationsInAStormCompleteOnce() throws Exception {
		AtomicLong started = new AtomicLong();
		AtomicLong completed = new AtomicLong();
		AtomicReference<Throwable> unexpected = new AtomicReference<>();
		long untilNanos = System.nanoTime() + STORM.toNanos();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			Thread thread = new Thread(() -> {
				try {
					while (System.nanoTime() < untilNanos) {
						storm(started, completed, unexpected);
					}
				}
				catch (Throwable ex) {
					unexpected.set(ex);
				}
			}, "storm");
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(unexpected.get()).isNull();
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> completed.get() >= started.get());
		assertThat(completed).hasValue(started.get());
	}

	private void storm(AtomicLong started, AtomicLong completed, AtomicReference<Throwable> unexpected)
			throws Exception {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		Pair pair = new Pair();
		for (int round = 0; round < 10; round++) {
			List<Once<?>> operations = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				operations
					.add(once(pair.server, OperationKind.RECV, ByteBuffer.allocate(4), started, completed, unexpected));
				operations.add(once(pair.client, OperationKind.SEND, bytes("abcd"), started, completed, unexpected));
			}
			switch (random.nextInt(4)) {
				case 0 -> this.aio.cancel(pair.server);
				case 1 -> operations.forEach((each) -> pair.server.engine().cancel(each.operation));
				case 2 -> this.aio.cancel(pair.client);
				default -> Thread.onSpinWait();
			}
		}
		once(pair.server, OperationKind.RECV, ByteBuffer.allocate(1 << 16), started, completed, unexpected);
		if (random.nextBoolean()) {
			pair.client.setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		pair.close();
	}

	private Once<?> once(AioSocket socket, OperationKind kind, ByteBuffer buffer, AtomicLong started,
			AtomicLong completed, AtomicReference<Throwable> unexpected) {
		Once<Integer> once = new Once<>(completed, unexpected);
		ByteOperation operation = new ByteOperation(socket, kind, buffer, 0, null, once);
		once.operation = operation;
		if (random(8) == 0) {
			operation.timeoutNanos = 1 + random(100_000);
		}
		started.incrementAndGet();
		operation.start();
		return once;
	}

	private static int random(int bound) {
		return ThreadLocalRandom.current().nextInt(bound);
	}

	@Test
	void filesInAStormCompleteOnce() throws Exception {
		AtomicLong started = new AtomicLong();
		AtomicLong completed = new AtomicLong();
		AtomicReference<Throwable> unexpected = new AtomicReference<>();
		Files.write(this.directory.resolve("file"), new byte[64 * BLOCK]);
		long untilNanos = System.nanoTime() + STORM.toNanos() / 2;
		int descriptors = OwnedFd.openCount();
		while (System.nanoTime() < untilNanos) {
			OpenOption[] options = (random(2) == 0) ? new OpenOption[0]
					: new OpenOption[] { ExtendedOpenOption.DIRECT, StandardOpenOption.READ };
			AioFile file = this.aio.open(this.directory.resolve("file"), options);
			for (int i = 0; i < 100; i++) {
				Once<Integer> once = new Once<>(completed, unexpected);
				ByteOperation operation = new ByteOperation(file, OperationKind.READ, ByteBuffer.allocate(BLOCK),
						(long) random(64) * BLOCK, null, once);
				started.incrementAndGet();
				operation.start();
				if (random(10) == 0) {
					file.engine().cancel(operation);
				}
			}
			if (random(2) == 0) {
				this.aio.cancel(file);
			}
			file.close();
			while (started.get() - completed.get() > 2000) {
				Thread.onSpinWait();
			}
		}
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> completed.get() >= started.get());
		assertThat(unexpected.get()).isNull();
		assertThat(completed).hasValue(started.get());
		await().until(() -> OwnedFd.openCount() == descriptors);
	}

	private AioFile file(OpenOption... options) {
		return this.aio.open(this.directory.resolve("file"), options);
	}

	private AioFile direct() {
		return file(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
				ExtendedOpenOption.DIRECT);
	}

	private AioSocket datagram() {
		AioSocket socket = this.aio.openDatagramSocket();
		socket.bind(loopback(0));
		return socket;
	}

	private AioSocket listening() {
		AioSocket socket = this.aio.openStreamSocket();
		socket.bind(loopback(0));
		socket.listen(16);
		return socket;
	}

	private void limited(AioSocket socket, OperationKind kind, ByteBuffer buffer, Duration limit,
			CompletableFuture<Integer> result) {
		ByteOperation operation = new ByteOperation(socket, kind, buffer, 0, null, into(result));
		operation.timeoutNanos = limit.toNanos();
		operation.start();
	}

	private static InetSocketAddress loopback(int port) {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
	}

	private static String text(ByteBuffer bytes) {
		return StandardCharsets.US_ASCII.decode(bytes).toString();
	}

	private static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(SECONDS + STORM.toSeconds(), TimeUnit.SECONDS);
	}

	private static <T> CompletionHandler<T, Object> into(CompletableFuture<T> future) {
		return handler((result, failure) -> {
			if (failure != null) {
				future.completeExceptionally(failure);
			}
			else {
				future.complete(result);
			}
		});
	}

	private static <T> CompletionHandler<T, Object> handler(Outcome<T> outcome) {
		return new CompletionHandler<>() {
			@Override
			public void completed(T result, Object attachment) {
				outcome.accept(result, null);
			}

			@Override
			public void failed(Throwable failure, Object attachment) {
				outcome.accept(null, failure);
			}
		};
	}

	private interface Outcome<T> {

		void accept(T result, Throwable failure);

	}

	/** Notices the second call. */
	private static final class Once<T> implements CompletionHandler<T, Object> {

		private final AtomicLong completed;

		private final AtomicReference<Throwable> unexpected;

		private final AtomicBoolean called = new AtomicBoolean();

		private Operation<T> operation;

		Once(AtomicLong completed, AtomicReference<Throwable> unexpected) {
			this.completed = completed;
			this.unexpected = unexpected;
		}

		@Override
		public void completed(T result, Object attachment) {
			count();
		}

		@Override
		public void failed(Throwable failure, Object attachment) {
			if (failure instanceof SyscallException syscall
					&& !Set.of(Errno.ECANCELED, Errno.ECONNRESET, Errno.EPIPE).contains(syscall.errno())
					|| failure instanceof Error) {
				this.unexpected.set(failure);
			}
			count();
		}

		private void count() {
			if (!this.called.compareAndSet(false, true)) {
				this.unexpected.set(new IllegalStateException("Completed twice"));
			}
			this.completed.incrementAndGet();
		}

	}

	/** Sends random bytes in pieces of random length, and knows their checksum. */
	private final class Sender implements CompletionHandler<Integer, Object> {

		private final AioSocket socket;

		private final Random random;

		private final long untilNanos;

		private final CRC32 checksum = new CRC32();

		private final CompletableFuture<Long> done = new CompletableFuture<>();

		private ByteBuffer buffer = ByteBuffer.allocate(0);

		Sender(AioSocket socket, int seed, long untilNanos) {
			this.socket = socket;
			this.random = new Random(seed);
			this.untilNanos = untilNanos;
		}

		CompletableFuture<Long> start() {
			completed(0, null);
			return this.done;
		}

		@Override
		public void completed(Integer result, Object attachment) {
			if (!this.buffer.hasRemaining()) {
				if (System.nanoTime() - this.untilNanos >= 0) {
					this.socket.shutdownOutput();
					this.done.complete(this.checksum.getValue());
					return;
				}
				byte[] content = new byte[1 + this.random.nextInt(1 << 15)];
				this.random.nextBytes(content);
				this.checksum.update(content);
				this.buffer = this.random.nextBoolean() ? ByteBuffer.wrap(content)
						: ByteBuffer.allocateDirect(content.length).put(content).flip();
			}
			AioEngineSpecification.this.aio.send(this.socket, this.buffer, null, this);
		}

		@Override
		public void failed(Throwable failure, Object attachment) {
			this.done.completeExceptionally(failure);
		}

	}

	/** Receives until the peer ends, and checks. */
	private final class Receiver implements CompletionHandler<Integer, Object> {

		private final AioSocket socket;

		private final Random random;

		private final CRC32 checksum = new CRC32();

		private final CompletableFuture<Long> done = new CompletableFuture<>();

		private ByteBuffer buffer = ByteBuffer.allocate(0);

		Receiver(AioSocket socket, int seed) {
			this.socket = socket;
			this.random = new Random(seed);
		}

		CompletableFuture<Long> start() {
			completed(0, null);
			return this.done;
		}

		@Override
		public void completed(Integer result, Object attachment) {
			this.checksum.update(this.buffer.flip());
			if (result < 0) {
				this.done.complete(this.checksum.getValue());
				return;
			}
			int size = 1 + this.random.nextInt(1 << 15);
			this.buffer = this.random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
			AioEngineSpecification.this.aio.recv(this.socket, this.buffer, null, this);
		}

		@Override
		public void failed(Throwable failure, Object attachment) {
			this.done.completeExceptionally(failure);
		}

	}

	/** Two connected sockets, and the one that has accepted. */
	private final class Pair implements AutoCloseable {

		private final AioSocket listening;

		private final AioSocket client;

		private final AioSocket server;

		Pair() throws Exception {
			this(AioEngineSpecification.this.aio);
		}

		Pair(Aio aio) throws Exception {
			this.listening = aio.openStreamSocket();
			this.listening.bind(loopback(0));
			this.listening.listen(16);
			CompletableFuture<AioSocket> accepted = aio.accept(this.listening);
			this.client = aio.openStreamSocket();
			get(aio.connect(this.client, loopback(this.listening.localAddress().getPort())));
			this.server = get(accepted);
		}

		@Override
		public void close() {
			for (AioSocket socket : List.of(this.client, this.server, this.listening)) {
				if (socket.isOpen()) {
					socket.close();
				}
			}
		}

	}

}
