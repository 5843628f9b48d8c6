package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.Test;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Iocb;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.RingFaults;
import io.github.linuxfd.testsupport.Task;
import io.github.linuxfd.uring.IoUringOperation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests of {@link Aio} on a kernel that does less than it is asked for, or is
 * interrupted: nothing is lost.
 *
 * @author linuxfd
 */
class AioFaultsTests extends AioSpecification {

	private static final int BYTES = 1000;

	private static final Set<IoUringOperation> TRANSFERS = EnumSet.of(IoUringOperation.SEND, IoUringOperation.RECV,
			IoUringOperation.READ, IoUringOperation.WRITE, IoUringOperation.READV, IoUringOperation.WRITEV);

	private static final Signal WINCH = Signal.of("WINCH");

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final RingFaults ring = new RingFaults(this.faults);

	private Aio faulty() {
		return open(this.faults.syscalls(), AioSettings.DEFAULT);
	}

	/** Every operation on every engine, of which Linux AIO only knows its own. */
	private void shorten(int bytes) {
		this.ring.shorten(bytes, TRANSFERS);
		for (String method : List.of("send", "recv", "pread", "pwrite", "preadv", "pwritev")) {
			this.faults.shorten(method, bytes);
		}
	}

	@Test
	void streamWhenEachTransferIsOneByteArrivesWhole() throws Exception {
		Tally tally = new Tally("One byte at a time, " + this.engine);
		try (Aio slow = faulty(); Pair pair = new Pair(slow)) {
			CheckedStream sender = new CheckedStream.Sender(tally, oneByOne(pair.client, true), 1,
					(offset) -> offset >= BYTES);
			CheckedStream receiver = new CheckedStream.Receiver(tally, oneByOne(pair.server, false), 1);
			shorten(1);
			receiver.step();
			sender.step();
			get(sender.done);
			pair.client.shutdownOutput();
			get(receiver.done);
			assertThat(receiver.offset).isEqualTo(sender.offset).isGreaterThanOrEqualTo(BYTES);
			tally.check();
			AioStatistics statistics = slow.engines().statistics();
			assertThat(statistics.completed(OperationKind.SEND)).isEqualTo(sender.offset);
			assertThat(statistics.completed(OperationKind.RECV)).isEqualTo(receiver.offset + 1);
		}
	}

	/** Buffers of several are not moved together then. */
	private static CheckedStream.Transfer oneByOne(AioSocket socket, boolean send) {
		CheckedStream.Transfer whole = transfer(socket, send);
		return new CheckedStream.Transfer() {
			@Override
			public void one(ByteBuffer buffer, long timeoutSeconds, CompletionHandler<Integer, Object> handler) {
				whole.one(buffer, timeoutSeconds, handler);
			}

			@Override
			public void several(ByteBuffer[] buffers, long timeoutSeconds, CompletionHandler<Long, Object> handler) {
				whole.one(buffers[0], timeoutSeconds, handler(
						(count, failure) -> tell(handler, (count != null) ? count.longValue() : null, failure)));
			}

			private void tell(CompletionHandler<Long, Object> handler, Long count, Throwable failure) {
				if (failure != null) {
					handler.failed(failure, null);
				}
				else {
					handler.completed(count, null);
				}
			}
		};
	}

	@Test
	void fileWhenEachTransferIsShortIsWrittenAndReadWhole() throws Exception {
		byte[] content = new byte[BYTES];
		new Random(9).nextBytes(content);
		try (Aio slow = faulty()) {
			shorten(7);
			AioFileTemplate files = new AioFileTemplate(slow);
			Path path = this.directory.resolve("file");
			get(files.writeAll(path, ByteBuffer.wrap(content)));
			assertThat(Files.readAllBytes(path)).isEqualTo(content);
			assertThat(get(files.readAll(path))).isEqualTo(content);
			assertThat(slow.engines().statistics().completed(OperationKind.WRITE)).isGreaterThanOrEqualTo(BYTES / 7);
			assertThat(slow.engines().statistics().completed(OperationKind.READ)).isGreaterThanOrEqualTo(BYTES / 7);
		}
	}

	/** With {@code O_DIRECT} the kernel moves whole blocks, and maybe not all of them. */
	@Test
	void directFileWhenEachTransferIsABlockIsWrittenAndReadWhole() throws Exception {
		ByteBuffer content = ByteBuffer.allocate(16 * BLOCK);
		new Random(9).nextBytes(content.array());
		this.faults.around("ioSubmit", (arguments, real) -> {
			ByteBuffer pointer = NativeMemory.view((long) arguments[2], Long.BYTES);
			ByteBuffer block = NativeMemory.view(pointer.getLong(0), Iocb.BYTES);
			block.putLong(Iocb.NBYTES, Math.min(BLOCK, block.getLong(Iocb.NBYTES)));
			return real.call();
		});
		try (Aio slow = faulty();
				AioFile file = slow.open(this.directory.resolve("file"), StandardOpenOption.READ,
						StandardOpenOption.WRITE, StandardOpenOption.CREATE, ExtendedOpenOption.DIRECT)) {
			shorten(BLOCK);
			while (content.hasRemaining()) {
				assertThat(get(slow.write(file, content, content.position()))).isEqualTo(BLOCK);
			}
			ByteBuffer read = ByteBuffer.allocate(17 * BLOCK);
			while (get(slow.read(file, read, read.position())) >= 0) {
				assertThat(read.position() % BLOCK).isZero();
			}
			assertThat(read.flip()).isEqualTo(content.flip());
			assertThat(slow.engines().statistics().completed(OperationKind.READ)).isEqualTo(17);
		}
	}

	/** Every wait of every thread of the engine, again and again. */
	@Test
	void streamWhenSignalsInterruptTheThreadsArrivesWhole() throws Exception {
		Tally tally = new Tally("Interrupted, " + this.engine);
		AtomicInteger handled = new AtomicInteger();
		sun.misc.Signal winch = new sun.misc.Signal("WINCH");
		sun.misc.SignalHandler before = sun.misc.Signal.handle(winch, (signal) -> handled.incrementAndGet());
		try (Pair pair = new Pair()) {
			CheckedStream sender = new CheckedStream.Sender(tally, transfer(pair.client, true), 1,
					(offset) -> handled.get() > 50 && offset > BYTES);
			CheckedStream receiver = new CheckedStream.Receiver(tally, transfer(pair.server, false), 1);
			CompletableFuture<Integer> waiting = this.aio.recv(pair.client, ByteBuffer.allocate(1));
			receiver.step();
			sender.step();
			Signals signals = new Signals(Syscalls.system());
			long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
			while (!sender.done.isDone() && System.nanoTime() - untilNanos < 0) {
				for (int thread : Task.idsOf("linuxfd-")) {
					interrupt(signals, thread);
				}
			}
			get(sender.done);
			pair.client.shutdownOutput();
			get(receiver.done);
			assertThat(receiver.offset).isEqualTo(sender.offset);
			tally.check();
			assertThat(waiting).isNotDone();
			get(this.aio.send(pair.server, bytes("x")));
			assertThat(get(waiting)).isEqualTo(1);
		}
		finally {
			sun.misc.Signal.handle(winch, before);
		}
	}

	private static void interrupt(Signals signals, int thread) {
		try {
			signals.tgkill(ProcessHandle.current().pid(), thread, WINCH);
		}
		catch (SyscallException ex) {
			assertThat(ex.errno()).as("it has ended").isEqualTo(Errno.ESRCH);
		}
	}

	/** Only a cancellation interrupts what has begun, so it is told as one. */
	@Test
	void completionWhenInterruptedIsACancellation() throws Exception {
		try (Aio interrupted = faulty(); Pair pair = new Pair(interrupted)) {
			this.ring.fail(Errno.EINTR);
			CompletableFuture<Integer> received = interrupted.recv(pair.server, ByteBuffer.allocate(1));
			received.whenComplete((count, failure) -> this.ring.heal());
			interrupted.cancel(pair.server);
			assertThatThrownBy(() -> get(received)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECANCELED));
			assertThat(interrupted.engines().statistics().completed(OperationKind.RECV, AioOutcome.CANCELLED))
				.isEqualTo(1);
		}
	}

	/** Out of memory, or completions have to be taken first. */
	@Test
	void waitWhenTheKernelWantsItAgainIsRepeated() throws Exception {
		FaultInjectingSyscalls refusals = FaultInjectingSyscalls.ofSystem();
		try (Aio repeating = open(refusals.syscalls(), AioSettings.DEFAULT); Pair pair = new Pair(repeating)) {
			for (Errno errno : List.of(Errno.EAGAIN, Errno.EBUSY)) {
				refusals.fail("ioUringEnter", 1, errno).fail("ioUringEnter", 2, errno);
				ByteBuffer buffer = ByteBuffer.allocate(10);
				CompletableFuture<Integer> received = repeating.recv(pair.server, buffer);
				assertThat(get(repeating.send(pair.client, bytes("again")))).isEqualTo(5);
				assertThat(get(received)).isEqualTo(5);
				assertThat(text(buffer.flip())).isEqualTo("again");
			}
		}
	}

}
