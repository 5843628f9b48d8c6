package io.github.linuxfd.pipe;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.LentFd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Transfer}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class TransferTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Syscalls syscalls = this.faults.syscalls();

	private final PipeFactory pipes = new PipeFactory(this.syscalls);

	private final Transfers transfers = new Transfers(this.syscalls, this.pipes, new Splicer(this.syscalls));

	private final byte[] content = new byte[5_000_003];

	@TempDir
	private Path directory;

	TransferTests() {
		new Random(1).nextBytes(this.content);
	}

	private Path file() throws IOException {
		return Files.write(this.directory.resolve("in"), this.content);
	}

	private Path out() {
		return this.directory.resolve("out");
	}

	@Test
	void fileToSocketArrivesWholeAndIsReported() throws Exception {
		try (Connection connection = Connection.open();
				Transfer transfer = this.transfers.open(TransferEnd.reading(file()),
						TransferEnd.of(connection.near()))) {
			CompletableFuture<byte[]> received = connection.received();
			List<Long> progress = new ArrayList<>();
			assertThat(transfer.onProgress(progress::add).run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			connection.near().shutdownOutput();
			assertThat(received.get()).isEqualTo(this.content);
			assertThat(transfer.transferred()).isEqualTo(this.content.length);
			assertThat(transfer.copied()).isZero();
			assertThat(progress).hasSizeGreaterThan(4)
				.isSorted()
				.doesNotHaveDuplicates()
				.endsWith((long) this.content.length);
			assertThat(transfer.run(LONG)).as("again").isEqualTo(TransferOutcome.END_OF_INPUT);
			// nothing of it came into this process
			assertThat(this.faults.count("read") + this.faults.count("write")).isZero();
		}
	}

	/** By splice(2) each 64 KiB would come back to Java. */
	@Test
	void fileToSocketIsSentByTheKernelAlone() throws Exception {
		try (Connection connection = Connection.open()) {
			CompletableFuture<byte[]> received = connection.received();
			assertThat(this.transfers.copy(TransferEnd.reading(file()).at(3), TransferEnd.of(connection.near()), LONG)
				.bytes()).isEqualTo(this.content.length - 3);
			connection.near().shutdownOutput();
			assertThat(received.get()).isEqualTo(Arrays.copyOfRange(this.content, 3, this.content.length));
		}
		assertThat(this.faults.count("sendfile")).isGreaterThan(4);
		assertThat(this.faults.count("splice")).isZero();
	}

	/** Asked for more, some kernels hold the last segment back for a while. */
	@Test
	void fileToSocketIsNotAskedForMoreThanThereIs() throws Exception {
		AtomicLong left = new AtomicLong(this.content.length - 3);
		List<Long> tooMuch = new ArrayList<>();
		this.faults.around("sendfile", (arguments, real) -> {
			long count = (Long) arguments[3];
			if (left.get() > 0 && count > left.get()) {
				tooMuch.add(count);
			}
			long sent = real.call();
			left.addAndGet(-Math.max(0, sent));
			return sent;
		});
		try (Connection connection = Connection.open();
				FileInputStream in = new FileInputStream(file().toFile());
				Transfer transfer = this.transfers.open(TransferEnd.of(in), TransferEnd.of(connection.near()))) {
			assertThat(in.skip(3)).isEqualTo(3);
			CompletableFuture<byte[]> received = connection.received();
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			Files.write(this.directory.resolve("in"), new byte[5], StandardOpenOption.APPEND);
			left.set(5);
			assertThat(transfer.run(LONG)).as("it has grown").isEqualTo(TransferOutcome.END_OF_INPUT);
			assertThat(transfer.transferred()).isEqualTo(this.content.length + 2);
			connection.near().shutdownOutput();
			assertThat(received.get()).hasSize(this.content.length + 2);
		}
		assertThat(left).hasValue(0);
		assertThat(tooMuch).isEmpty();
	}

	/** A call with both of them would hold both, and wait for who does so crosswise. */
	@Test
	void fileToFileIsNotSentBecauseBothWouldBeHeldAtOnce() throws Exception {
		try (FileChannel a = FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE);
				FileChannel b = FileChannel.open(Files.createFile(out()), StandardOpenOption.WRITE);
				LentFd first = LentFd.of(a);
				LentFd second = LentFd.of(b)) {
			try (Transfer transfer = this.transfers.open(TransferEnd.of(first), TransferEnd.of(second))) {
				assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			}
			try (Transfer transfer = this.transfers.open(TransferEnd.of(first).at(0), TransferEnd.of(first))) {
				assertThat(transfer.limit(3).run(LONG)).as("the same one").isEqualTo(TransferOutcome.LIMIT_REACHED);
			}
			assertThat(a.size()).isEqualTo(this.content.length + 3);
		}
		assertThat(out()).hasBinaryContent(this.content);
		assertThat(this.faults.count("sendfile")).isZero();
	}

	@Test
	void fileToSocketWhenItCannotBeSentIsSpliced() throws Exception {
		this.faults.failAll("sendfile", Errno.EINVAL);
		try (Connection connection = Connection.open()) {
			CompletableFuture<byte[]> received = connection.received();
			assertThat(this.transfers.copy(TransferEnd.reading(file()), TransferEnd.of(connection.near()), LONG))
				.isEqualTo(new TransferResult(this.content.length, TransferOutcome.END_OF_INPUT));
			connection.near().shutdownOutput();
			assertThat(received.get()).isEqualTo(this.content);
		}
		assertThat(this.faults.count("sendfile")).isEqualTo(1);
	}

	@Test
	void socketToFileArrivesWhole() throws Exception {
		Files.writeString(out(), "what was there before");
		try (Connection connection = Connection.open()) {
			CompletableFuture<Void> sent = connection.send(this.content);
			assertThat(this.transfers.copy(TransferEnd.of(connection.near()), TransferEnd.writing(out()), LONG))
				.isEqualTo(new TransferResult(this.content.length, TransferOutcome.END_OF_INPUT));
			sent.get();
		}
		assertThat(out()).hasBinaryContent(this.content);
	}

	/** A proxy: both directions of both connections at once. */
	@Test
	void socketToSocketArrivesWholeInBothDirections() throws Exception {
		byte[] answer = Arrays.copyOf(this.content, 1_000_001);
		try (Connection client = Connection.open(); Connection server = Connection.open()) {
			CompletableFuture<Void> request = client.send(this.content);
			CompletableFuture<Void> response = server.send(answer);
			CompletableFuture<byte[]> atServer = server.received();
			CompletableFuture<byte[]> atClient = client.received();
			CompletableFuture<TransferResult> back = CompletableFuture.supplyAsync(
					() -> this.transfers.copy(TransferEnd.of(server.near()), TransferEnd.of(client.near()), LONG),
					(task) -> new Thread(task).start());
			assertThat(this.transfers.copy(TransferEnd.of(client.near()), TransferEnd.of(server.near()), LONG).bytes())
				.isEqualTo(this.content.length);
			server.near().shutdownOutput();
			assertThat(back.get().bytes()).isEqualTo(answer.length);
			client.near().shutdownOutput();
			assertThat(atServer.get()).isEqualTo(this.content);
			assertThat(atClient.get()).isEqualTo(answer);
			request.get();
			response.get();
		}
	}

	@Test
	void fileToUnixSocketArrivesWhole() throws Exception {
		try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			server.bind(UnixDomainSocketAddress.of(this.directory.resolve("socket")));
			try (Connection connection = new Connection(SocketChannel.open(server.getLocalAddress()),
					server.accept())) {
				CompletableFuture<byte[]> received = connection.received();
				assertThat(this.transfers.copy(TransferEnd.reading(file()), TransferEnd.of(connection.near()), LONG)
					.bytes()).isEqualTo(this.content.length);
				connection.near().shutdownOutput();
				assertThat(received.get()).isEqualTo(this.content);
			}
		}
	}

	@Test
	void teeGivesAllToBoth() throws Exception {
		try (Connection source = Connection.open();
				Connection target = Connection.open();
				Transfer transfer = this.transfers.openTee(TransferEnd.of(source.near()), TransferEnd.writing(out()),
						TransferEnd.of(target.near()))) {
			CompletableFuture<Void> sent = source.send(this.content);
			CompletableFuture<byte[]> received = target.received();
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			target.near().shutdownOutput();
			sent.get();
			assertThat(received.get()).isEqualTo(this.content);
			assertThat(transfer.transferred()).isEqualTo(this.content.length);
			assertThat(transfer.copied()).isZero();
		}
		assertThat(out()).hasBinaryContent(this.content);
	}

	@Test
	void teeWhenOneTargetStallsGivesTheOtherOneItsPartAndGoesOn() throws Exception {
		try (Connection slow = Connection.open();
				Transfer transfer = this.transfers.openTee(TransferEnd.reading(file()), TransferEnd.of(slow.near()),
						TransferEnd.writing(out()))) {
			await().until(() -> transfer.run(Duration.ofMillis(50)) == TransferOutcome.STALLED
					&& Files.size(out()) > transfer.transferred());
			assertThat(Files.size(out())).isLessThan(this.content.length);
			CompletableFuture<byte[]> received = slow.received();
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			slow.near().shutdownOutput();
			assertThat(received.get()).isEqualTo(this.content);
		}
		assertThat(out()).hasBinaryContent(this.content);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void teeWhenOneTargetBreaksGivesTheOtherOneWhatWasTaken(boolean firstBreaks) throws Exception {
		try (Pipe broken = this.pipes.open()) {
			broken.readEnd().close();
			TransferEnd good = TransferEnd.writing(out());
			TransferEnd bad = TransferEnd.of(broken.writeEnd());
			try (Transfer transfer = this.transfers.openTee(TransferEnd.reading(file()), firstBreaks ? bad : good,
					firstBreaks ? good : bad)) {
				for (int run = 0; run < 2; run++) {
					assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> transfer.run(LONG))
						.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EPIPE));
					assertThat(out()).hasBinaryContent(Arrays.copyOf(this.content, 1 << 16));
					assertThat(transfer.transferred()).isZero();
				}
			}
		}
	}

	/** It is waited for, and not dropped because of the other. */
	@Test
	void teeWhenOneTargetBreaksWaitsForTheOtherOne() throws Exception {
		try (Pipe broken = this.pipes.open();
				Pipe slow = this.pipes.open(Flags.none(PipeFlag.class), 4096);
				Transfer transfer = this.transfers.openTee(TransferEnd.reading(file()),
						TransferEnd.of(broken.writeEnd()), TransferEnd.of(slow.writeEnd()))) {
			broken.readEnd().close();
			CompletableFuture<TransferOutcome> running = CompletableFuture.supplyAsync(() -> transfer.run(LONG),
					(task) -> new Thread(task).start());
			assertThat(this.transfers.open(TransferEnd.of(slow.readEnd()), TransferEnd.writing(out())))
				.satisfies((rest) -> {
					assertThat(rest.limit(1 << 16).run(LONG)).isEqualTo(TransferOutcome.LIMIT_REACHED);
					rest.close();
				});
			assertThatExceptionOfType(CompletionException.class).isThrownBy(running::join)
				.withCauseInstanceOf(SyscallException.class)
				.withMessageContaining("EPIPE");
			assertThat(out()).hasBinaryContent(Arrays.copyOf(this.content, 1 << 16));
		}
	}

	@Test
	void teeWhenBothTargetsBreakSaysSoOfBoth() throws Exception {
		try (Pipe broken = this.pipes.open();
				Transfer transfer = this.transfers.openTee(TransferEnd.reading(file()),
						TransferEnd.of(broken.writeEnd()), TransferEnd.writing(Path.of("/dev/full")))) {
			broken.readEnd().close();
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> transfer.run(LONG)).satisfies((ex) -> {
				assertThat(ex.errno()).isEqualTo(Errno.EPIPE);
				assertThat(ex.getSuppressed()).singleElement()
					.satisfies((other) -> assertThat(other).hasMessageContaining("ENOSPC"));
			});
		}
	}

	/** A user whose pipes have used up the soft limit gets smaller ones. */
	@Test
	void teeWhenTheSecondPipeIsSmallerGivesAllToBoth() throws Exception {
		Splicer splicer = new Splicer(this.syscalls);
		Path in = file();
		List<Runnable> closings = new ArrayList<>();
		OwnedFd source = (OwnedFd) TransferEnd.reading(in).open(this.syscalls);
		Pipe broken = this.pipes.open();
		broken.readEnd().close();
		OwnedFd good = (OwnedFd) TransferEnd.writing(out()).open(this.syscalls);
		Pipe large = this.pipes.open();
		Pipe small = this.pipes.open(Flags.none(PipeFlag.class), 8192);
		List.<AutoCloseable>of(source, broken, good, large, small)
			.forEach((opened) -> closings.add(() -> close(opened)));
		try (Transfer transfer = new Transfer(this.syscalls, splicer, source, Splicer.CURRENT,
				new Branch(this.syscalls, splicer, large, broken.writeEnd(), Splicer.CURRENT),
				new Branch(this.syscalls, splicer, small, good, Splicer.CURRENT), closings)) {
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> transfer.run(LONG));
			assertThat(large.capacity()).isEqualTo(8192);
			assertThat(out()).hasBinaryContent(Arrays.copyOf(this.content, 8192));
			assertThat(large.available()).as("nothing that only one of them would get").isEqualTo(8192);
		}
	}

	private static void close(AutoCloseable opened) {
		try {
			opened.close();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void fifoNobodyWritesToYetIsWaitedForNoLongerThanTheTimeLimit() throws Exception {
		Path fifo = fifo();
		CompletableFuture<TransferResult> stalled = CompletableFuture.supplyAsync(
				() -> this.transfers.copy(TransferEnd.reading(fifo), TransferEnd.writing(out()), Duration.ofMillis(20)),
				(task) -> new Thread(task).start());
		assertThat(stalled.get(30, TimeUnit.SECONDS)).isEqualTo(new TransferResult(0, TransferOutcome.STALLED));
		try (Transfer transfer = this.transfers.open(TransferEnd.reading(fifo), TransferEnd.writing(out()))) {
			Files.writeString(fifo, "abc");
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
		}
		assertThat(out()).hasContent("abc");
	}

	@Test
	void fifoNobodyReadsIsAnErrorAndDoesNotWait() throws Exception {
		Path fifo = fifo();
		CompletableFuture<TransferResult> copy = CompletableFuture.supplyAsync(
				() -> this.transfers.copy(TransferEnd.reading(Path.of("/dev/null")), TransferEnd.writing(fifo), LONG),
				(task) -> new Thread(task).start());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> copy.get(30, TimeUnit.SECONDS))
			.withMessageContaining("open(\"" + fifo + "\") failed: ENXIO");
	}

	private Path fifo() {
		Path fifo = this.directory.resolve("fifo");
		Shell.run(List.of("mkfifo", fifo.toString())).orFail();
		return fifo;
	}

	/** Nobody is at the other side of the terminal, and its read(2) would wait. */
	@Test
	void blockingSourceIsWaitedForNoLongerThanTheTimeLimit() throws Exception {
		try (RandomAccessFile terminal = new RandomAccessFile("/dev/ptmx", "rw")) {
			CompletableFuture<TransferResult> copy = CompletableFuture.supplyAsync(() -> this.transfers
				.copy(TransferEnd.of(terminal), TransferEnd.writing(out()), Duration.ofMillis(20)),
					(task) -> new Thread(task).start());
			assertThat(copy.get(30, TimeUnit.SECONDS)).isEqualTo(new TransferResult(0, TransferOutcome.STALLED));
		}
	}

	@Test
	void blockingTargetIsAskedForRoomBeforeTheCall() throws Exception {
		try (Pipe full = this.pipes.open();
				Transfer filling = this.transfers.open(TransferEnd.reading(file()), TransferEnd.of(full.writeEnd()))) {
			assertThat(filling.run(Duration.ZERO)).isEqualTo(TransferOutcome.STALLED);
			int splices = this.faults.count("splice");
			assertThat(filling.run(Duration.ZERO)).isEqualTo(TransferOutcome.STALLED);
			assertThat(this.faults.count("splice")).isEqualTo(splices);
		}
	}

	@Test
	void limitAndOffsetsMoveThatPartAndLeavePositionsAlone() throws Exception {
		Files.write(out(), new byte[3000]);
		try (FileChannel in = FileChannel.open(file());
				RandomAccessFile target = new RandomAccessFile(out().toFile(), "rw");
				Transfer transfer = this.transfers.open(TransferEnd.of(in).at(100), TransferEnd.of(target).at(50))) {
			assertThat(transfer.limit(2000).run(LONG)).isEqualTo(TransferOutcome.LIMIT_REACHED);
			assertThat(in.position()).isZero();
			assertThat(target.getFilePointer()).isZero();
		}
		byte[] expected = new byte[3000];
		System.arraycopy(this.content, 100, expected, 50, 2000);
		assertThat(out()).hasBinaryContent(expected);
	}

	@Test
	void streamsAreUsedAtTheirPositionsAndStayOpen() throws Exception {
		try (FileInputStream in = new FileInputStream(file().toFile());
				FileOutputStream target = new FileOutputStream(out().toFile())) {
			target.write('<');
			assertThat(in.skip(4_000_000)).isEqualTo(4_000_000);
			assertThat(this.transfers.copy(TransferEnd.of(in), TransferEnd.of(target), LONG).bytes())
				.isEqualTo(1_000_003);
			target.write('>');
			assertThat(in.read()).as("end").isEqualTo(-1);
		}
		byte[] written = Files.readAllBytes(out());
		assertThat(written).hasSize(1_000_005).startsWith('<').endsWith('>');
		assertThat(Arrays.copyOfRange(written, 1, 1_000_004))
			.isEqualTo(Arrays.copyOfRange(this.content, 4_000_000, 5_000_003));
	}

	@ParameterizedTest
	@ValueSource(strings = { "path", "stream", "channel" })
	void appendedFileIsCopiedToAndSaysSo(String kind) throws Exception {
		Files.writeString(out(), "before:");
		try (FileOutputStream stream = new FileOutputStream(out().toFile(), true);
				FileChannel channel = FileChannel.open(out(), StandardOpenOption.APPEND)) {
			TransferEnd end = switch (kind) {
				case "path" -> TransferEnd.appending(out());
				case "stream" -> TransferEnd.of(stream);
				default -> TransferEnd.of(channel);
			};
			try (Transfer transfer = this.transfers.open(TransferEnd.reading(file()), end)) {
				assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
				assertThat(transfer.transferred()).isEqualTo(this.content.length);
				assertThat(transfer.copied()).isEqualTo(this.content.length);
			}
			// it is still for appending, after what somebody else has appended
			Files.writeString(out(), ":between:", StandardOpenOption.APPEND);
			stream.write('e');
		}
		byte[] written = Files.readAllBytes(out());
		assertThat(new String(written, 0, 7)).isEqualTo("before:");
		assertThat(Arrays.copyOfRange(written, 7, 7 + this.content.length)).isEqualTo(this.content);
		assertThat(new String(written, 7 + this.content.length, 10)).isEqualTo(":between:e");
	}

	@Test
	void appendedFileWithAnOffsetIsRefused() throws Exception {
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(
					() -> this.transfers.copy(TransferEnd.reading(file()), TransferEnd.appending(out()).at(0), LONG))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EINVAL));
	}

	@Test
	void sourceThatCannotBeSplicedIsCopiedFromAndSaysSo() throws Exception {
		this.faults.fail("splice", 1, Errno.EINVAL);
		try (Transfer transfer = this.transfers.open(TransferEnd.reading(file()), TransferEnd.writing(out()))) {
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			assertThat(transfer.copied()).isEqualTo(this.content.length);
		}
		assertThat(out()).hasBinaryContent(this.content);
	}

	@Test
	void fileOfProcArrivesWhole() throws Exception {
		assertThat(this.transfers.copy(TransferEnd.reading(Path.of("/proc/version")), TransferEnd.writing(out()), LONG)
			.outcome()).isEqualTo(TransferOutcome.END_OF_INPUT);
		assertThat(out()).hasSameBinaryContentAs(Path.of("/proc/version"));
	}

	@Test
	void targetWhenFullIsAnError() throws Exception {
		try (Transfer transfer = this.transfers.open(TransferEnd.reading(file()),
				TransferEnd.writing(Path.of("/dev/full")))) {
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> transfer.run(LONG))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOSPC));
		}
	}

	/** It waits in poll(2), in slices of 100 ms, and not by trying again and again. */
	@Test
	void runWhenTargetHasNoRoomStallsWithoutSpinningAndGoesOn() throws Exception {
		try (Connection connection = Connection.open();
				Transfer transfer = this.transfers.open(TransferEnd.reading(file()),
						TransferEnd.of(connection.near()))) {
			assertThat(transfer.run(Duration.ZERO)).isEqualTo(TransferOutcome.STALLED);
			assertThat(this.faults.count("poll")).isZero();
			// the window is still being filled
			assertThat(transfer.run(Duration.ofMillis(300))).isEqualTo(TransferOutcome.STALLED);
			int polls = this.faults.count("poll");
			int sends = this.faults.count("sendfile");
			long startNanos = System.nanoTime();
			long cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
			assertThat(transfer.run(Duration.ofMillis(500))).isEqualTo(TransferOutcome.STALLED);
			assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
			assertThat(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuNanos)
				.isLessThan(TimeUnit.MILLISECONDS.toNanos(250));
			assertThat(this.faults.count("poll") - polls).isLessThanOrEqualTo(10);
			assertThat(this.faults.count("sendfile") - sends).isLessThanOrEqualTo(11);
			assertThat(transfer.transferred()).isBetween(1L, this.content.length - 1L);
			CompletableFuture<byte[]> received = connection.received();
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
			connection.near().shutdownOutput();
			assertThat(received.get()).isEqualTo(this.content);
		}
	}

	@Test
	void runWhenSourceHasNothingStallsAndGoesOn() throws Exception {
		try (Connection connection = Connection.open();
				Transfer transfer = this.transfers.open(TransferEnd.of(connection.near()),
						TransferEnd.writing(out()))) {
			assertThat(transfer.run(Duration.ofMillis(20))).isEqualTo(TransferOutcome.STALLED);
			connection.far().write(ByteBuffer.wrap("abc".getBytes()));
			await().until(() -> transfer.run(Duration.ofMillis(20)) == TransferOutcome.STALLED
					&& transfer.transferred() == 3);
			connection.far().shutdownOutput();
			assertThat(transfer.run(LONG)).isEqualTo(TransferOutcome.END_OF_INPUT);
		}
		assertThat(out()).hasContent("abc");
	}

	@Test
	void runWhenNobodyReadsIsABrokenPipe() throws Exception {
		try (Pipe pipe = this.pipes.open();
				Transfer transfer = this.transfers.open(TransferEnd.reading(file()), TransferEnd.of(pipe.writeEnd()))) {
			pipe.readEnd().close();
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> transfer.run(LONG))
				.withMessageMatching("splice\\(pipe read end descriptor \\d+ -> pipe write end descriptor \\d+, "
						+ "65536, MOVE\\|NONBLOCK\\) failed: EPIPE \\(Broken pipe\\)");
		}
	}

	@Test
	void runWhenTheConnectionIsShutDownIsABrokenPipe() throws Exception {
		try (Connection connection = Connection.open();
				Transfer transfer = this.transfers.open(TransferEnd.reading(file()),
						TransferEnd.of(connection.near()))) {
			connection.near().shutdownOutput();
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> transfer.run(LONG))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EPIPE))
				.withMessageContaining("SocketChannel");
		}
	}

	@Test
	void runWhenThePeerResetsTheConnectionSaysSo() throws Exception {
		try (Connection connection = Connection.open();
				Transfer transfer = this.transfers.open(TransferEnd.of(connection.near()),
						TransferEnd.writing(out()))) {
			connection.far().setOption(StandardSocketOptions.SO_LINGER, 0);
			connection.far().close();
			assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(() -> transfer.run(LONG))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ECONNRESET));
		}
	}

	@Test
	void runInTheWrongDirectionIsABadDescriptor() throws Exception {
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.transfers.copy(TransferEnd.reading(file()), TransferEnd.reading(file()), LONG))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EBADF));
	}

	@Test
	void runWhenProgressThrowsCanBeRepeated() throws Exception {
		try (Transfer transfer = this.transfers.open(TransferEnd.reading(file()), TransferEnd.writing(out()))) {
			transfer.onProgress((bytes) -> {
				if (bytes < 3_000_000) {
					throw new UnsupportedOperationException("at " + bytes);
				}
			});
			int thrown = 0;
			TransferOutcome outcome = null;
			while (outcome == null) {
				try {
					outcome = transfer.run(LONG);
				}
				catch (UnsupportedOperationException ex) {
					thrown++;
				}
			}
			assertThat(thrown).isPositive();
		}
		assertThat(out()).hasBinaryContent(this.content);
	}

	@ParameterizedTest
	@ValueSource(strings = { "open", "pipe2" })
	void openWhenHalfDoneClosesWhatItHasOpened(String call) throws Exception {
		Path in = file();
		int failures = 0;
		for (int number = 1; number <= 3; number++) {
			int before = OwnedFd.openCount();
			this.faults.heal();
			this.faults.fail(call, number, Errno.EMFILE);
			try (Transfer transfer = this.transfers.openTee(TransferEnd.reading(in), TransferEnd.writing(out()),
					TransferEnd.writing(this.directory.resolve("other")))) {
				assertThat(transfer).isNotNull();
			}
			catch (SyscallException ex) {
				assertThat(ex.errno()).isEqualTo(Errno.EMFILE);
				failures++;
			}
			assertThat(OwnedFd.openCount()).isEqualTo(before);
		}
		assertThat(failures).isGreaterThanOrEqualTo(2);
	}

	@Test
	void openWhenThereIsNoFileNamesIt() {
		Path none = this.directory.resolve("none");
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.transfers.open(TransferEnd.reading(none), TransferEnd.writing(out())))
			.withMessage("open(\"" + none + "\") failed: ENOENT (No such file or directory)");
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> this.transfers
			.open(TransferEnd.reading(Path.of("/dev/null")), TransferEnd.writing(none.resolve("deeper"))));
	}

	@Test
	void argumentsWhenNegativeAreRefused() throws Exception {
		assertThatIllegalArgumentException().isThrownBy(() -> TransferEnd.reading(out()).at(-1));
		try (Transfer transfer = this.transfers.open(TransferEnd.reading(file()), TransferEnd.writing(out()))) {
			assertThatIllegalArgumentException().isThrownBy(() -> transfer.limit(-1));
			assertThat(transfer.limit(0).run(LONG)).isEqualTo(TransferOutcome.LIMIT_REACHED);
			assertThat(transfer.limit(20).run(LONG)).isEqualTo(TransferOutcome.LIMIT_REACHED);
			assertThatIllegalArgumentException().isThrownBy(() -> transfer.limit(19))
				.withMessage("The limit cannot be 19: 20 bytes were taken already");
			assertThat(transfer.limit(30).run(LONG)).isEqualTo(TransferOutcome.LIMIT_REACHED);
			assertThat(out()).hasBinaryContent(Arrays.copyOf(this.content, 30));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "transfer", "channel", "descriptor" })
	void runWhenClosedByAnotherThreadEnds(String what) throws Exception {
		try (Connection connection = Connection.open()) {
			Pipe target = this.pipes.open();
			Transfer transfer = this.transfers.open(
					what.equals("descriptor") ? TransferEnd.of(target.readEnd()) : TransferEnd.of(connection.near()),
					TransferEnd.writing(out()));
			CompletableFuture<TransferOutcome> running = CompletableFuture.supplyAsync(() -> transfer.run(LONG),
					(task) -> new Thread(task).start());
			await().until(() -> this.faults.count("poll") > 0);
			assertThatIllegalStateException().isThrownBy(() -> transfer.run(LONG))
				.withMessageContaining("is run by another thread");
			long startNanos = System.nanoTime();
			switch (what) {
				case "transfer" -> transfer.close();
				case "channel" -> connection.near().close();
				default -> target.readEnd().close();
			}
			assertThatExceptionOfType(CompletionException.class).isThrownBy(running::join)
				.withCauseInstanceOf(IllegalStateException.class)
				.withMessageContaining("is closed");
			assertThat(System.nanoTime() - startNanos).isLessThan(TimeUnit.SECONDS.toNanos(10));
			if (what.equals("transfer")) {
				assertThatIllegalStateException().isThrownBy(transfer::close)
					.withMessageContaining("is closed already");
			}
			else {
				transfer.close();
			}
			target.close();
		}
	}

	/** Both ends are somebody else's, stay open and could go on. */
	@Test
	void runWhenClosedAsItSendsEnds() throws Exception {
		Path sparse = this.directory.resolve("sparse");
		try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
			file.setLength(1 << 28);
		}
		try (OwnedFd source = (OwnedFd) TransferEnd.reading(sparse).open(this.syscalls);
				Pipe target = this.pipes.open(Flags.of(PipeFlag.NONBLOCK))) {
			CompletableFuture<TransferResult> reading = CompletableFuture.supplyAsync(() -> this.transfers
				.copy(TransferEnd.of(target.readEnd()), TransferEnd.writing(Path.of("/dev/null")), LONG),
					(task) -> new Thread(task).start());
			Transfer transfer = this.transfers.open(TransferEnd.of(source), TransferEnd.of(target.writeEnd()));
			AtomicBoolean closed = new AtomicBoolean();
			transfer.onProgress((bytes) -> {
				if (closed.compareAndSet(false, true)) {
					transfer.close();
				}
			});
			assertThatIllegalStateException().isThrownBy(() -> transfer.run(LONG)).withMessageContaining("is closed");
			target.writeEnd().close();
			assertThat(reading.get(30, TimeUnit.SECONDS).bytes()).isEqualTo(transfer.transferred())
				.isBetween(1L, (1L << 28) - 1);
		}
		assertThat(this.faults.count("sendfile")).isPositive();
	}

	/** Of blocking ends poll(2) is asked alone, and no call comes to the others. */
	@ParameterizedTest
	@CsvSource({ "source, transfer", "source, source", "source, target", "target, transfer", "target, source",
			"target, target", "both targets, target", "both targets, second" })
	void runWhenClosedAsItWaitsForABlockingEndEnds(String awaited, String closed) throws Exception {
		try (Pipe source = this.pipes.open(); Pipe target = this.pipes.open(); Pipe second = this.pipes.open()) {
			if (!awaited.equals("source")) {
				for (Pipe full : List.of(source, target, second)) {
					fill(full);
				}
			}
			TransferEnd from = TransferEnd.of(source.readEnd());
			TransferEnd to = TransferEnd.of(target.writeEnd());
			Transfer transfer = awaited.equals("both targets")
					? this.transfers.openTee(from, to, TransferEnd.of(second.writeEnd()))
					: this.transfers.open(from, to);
			int polls = this.faults.count("poll");
			CompletableFuture<TransferOutcome> running = CompletableFuture.supplyAsync(() -> transfer.run(LONG),
					(task) -> new Thread(task).start());
			await().until(() -> this.faults.count("poll") > polls + 2);
			long startNanos = System.nanoTime();
			switch (closed) {
				case "transfer" -> transfer.close();
				case "source" -> source.readEnd().close();
				case "target" -> target.writeEnd().close();
				default -> second.writeEnd().close();
			}
			assertThatExceptionOfType(CompletionException.class).isThrownBy(running::join)
				.withCauseInstanceOf(IllegalStateException.class)
				.withMessageContaining("is closed");
			assertThat(System.nanoTime() - startNanos).isLessThan(TimeUnit.SECONDS.toNanos(10));
			if (!closed.equals("transfer")) {
				transfer.close();
			}
		}
	}

	private void fill(Pipe pipe) throws IOException {
		try (Transfer filling = this.transfers.open(TransferEnd.reading(file()), TransferEnd.of(pipe.writeEnd()))) {
			assertThat(filling.run(Duration.ZERO)).isEqualTo(TransferOutcome.STALLED);
		}
	}

	/**
	 * At any time of an endless transfer, while a stranger opens a file that gets its
	 * numbers.
	 */
	@Test
	void runWhenClosedAtAnyTimeNeverTouchesAStrangersFile() throws Exception {
		Path strange = Files.writeString(this.directory.resolve("strange"), "strange");
		Syscalls direct = Syscalls.system();
		Transfers quick = new Transfers(direct, new PipeFactory(direct), new Splicer(direct));
		for (int round = 0; round < 200; round++) {
			Transfer transfer = quick.openTee(TransferEnd.reading(Path.of("/dev/zero")),
					TransferEnd.writing(Path.of("/dev/null")), TransferEnd.writing(Path.of("/dev/null")));
			CompletableFuture<TransferOutcome> running = CompletableFuture.supplyAsync(() -> transfer.run(LONG),
					(task) -> new Thread(task).start());
			while (transfer.transferred() < round * 10_000L && !running.isDone()) {
				Thread.yield(); // the processor that the transfer needs
			}
			transfer.close();
			List<RandomAccessFile> strangers = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				strangers.add(new RandomAccessFile(strange.toFile(), "rw"));
			}
			assertThatExceptionOfType(CompletionException.class).isThrownBy(running::join)
				.withCauseInstanceOf(IllegalStateException.class);
			for (RandomAccessFile stranger : strangers) {
				assertThat(stranger.getFilePointer()).as("read or written by nobody").isZero();
				stranger.close();
			}
			assertThat(strange).hasContent("strange");
		}
	}

	@Test
	void cyclesOfTransfersLeaveNothingBehind() throws Exception {
		try (Connection connection = Connection.open()) {
			Path in = Files.writeString(this.directory.resolve("small"), "x");
			cycles(10, in, connection);
			long descriptors = descriptors();
			long allocated = NativeMemory.allocated();
			cycles(2_000, in, connection);
			assertThat(descriptors()).as("others have some, too").isLessThan(descriptors + 100);
			assertThat(NativeMemory.allocated()).isEqualTo(allocated);
		}
	}

	private void cycles(int count, Path in, Connection connection) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1);
		Syscalls direct = Syscalls.system();
		Transfers quick = new Transfers(direct, new PipeFactory(direct), new Splicer(direct));
		for (int i = 0; i < count; i++) {
			assertThat(quick.copy(TransferEnd.reading(in), TransferEnd.of(connection.near()), LONG).bytes())
				.isEqualTo(1);
			assertThat(connection.far().read(buffer.clear())).isEqualTo(1);
		}
	}

	private static long descriptors() throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.count();
		}
	}

}
