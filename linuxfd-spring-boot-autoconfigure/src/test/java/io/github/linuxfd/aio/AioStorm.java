package io.github.linuxfd.aio;

import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import com.sun.nio.file.ExtendedOpenOption;

import io.github.linuxfd.aio.AioSpecification.Connected;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Operations of an {@link Aio} at the same time and in any order, which are fulfilled,
 * cancelled, closed, reset and out of time as chance has it.
 *
 * @author linuxfd
 */
final class AioStorm {

	private static final int THREADS = 4;

	private static final int PAIRS = 8;

	private static final int BLOCKS = 64;

	private static final byte[] LETTERS = "abcd".getBytes(StandardCharsets.US_ASCII);

	private static final Set<Errno> ENDS = Set.of(Errno.ECANCELED, Errno.ECONNRESET, Errno.EPIPE);

	private final Aio aio;

	private final Path file;

	AioStorm(Aio aio, Path directory) {
		this.aio = aio;
		this.file = directory.resolve("file");
	}

	/** Every byte comes. */
	void streams() throws Exception {
		Tally tally = new Tally("Streams, " + this.aio.engines());
		List<Connected> pairs = new ArrayList<>();
		List<CheckedStream> senders = new ArrayList<>();
		List<CheckedStream> receivers = new ArrayList<>();
		for (int i = 0; i < PAIRS; i++) {
			Connected pair = new Connected(this.aio);
			pairs.add(pair);
			senders.add(sender(tally, pair.client, i));
			receivers.add(new CheckedStream.Receiver(tally, AioSpecification.transfer(pair.server, false), i));
			senders.add(sender(tally, pair.server, -i));
			receivers.add(new CheckedStream.Receiver(tally, AioSpecification.transfer(pair.client, false), -i));
		}
		senders.forEach(CheckedStream::step);
		receivers.forEach(CheckedStream::step);
		for (int i = 0; i < senders.size(); i++) {
			receivers.get(i).done.get(Tally.DURATION.toSeconds() + AioSpecification.SECONDS, TimeUnit.SECONDS);
			assertThat(receivers.get(i).offset).isEqualTo(senders.get(i).offset);
		}
		tally.check();
		pairs.forEach(Connected::close);
	}

	/** Every byte comes, although receives end again and again, and others go on. */
	void receivesThatGoOn() throws Exception {
		Tally tally = new Tally("Receives that go on, " + this.aio.engines());
		List<Connected> pairs = new ArrayList<>();
		List<CheckedStream> senders = new ArrayList<>();
		List<Pieces> receivers = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			Connected pair = new Connected(this.aio);
			pairs.add(pair);
			senders.add(sender(tally, pair.client, i));
			receivers.add(new Pieces(tally, pair.server, i));
		}
		senders.forEach(CheckedStream::step);
		tally.run(THREADS, (number, random) -> () -> receivers.get(number).receiveForAWhile(random));
		for (int i = 0; i < THREADS; i++) {
			Pieces receiver = receivers.get(i);
			if (!receiver.ended) {
				receiver.receive().get(AioSpecification.SECONDS, TimeUnit.SECONDS);
			}
			assertThat(receiver.offset).isEqualTo(senders.get(i).offset);
		}
		assertThat(receivers).extracting((receiver) -> receiver.interruptions)
			.anySatisfy((interruptions) -> assertThat(interruptions).isPositive());
		tally.check();
		pairs.forEach(Connected::close);
	}

	/** The other direction goes on when this one has ended. */
	private static CheckedStream sender(Tally tally, AioSocket socket, int seed) {
		CheckedStream sender = new CheckedStream.Sender(tally, AioSpecification.transfer(socket, true), seed,
				(offset) -> !tally.goesOn());
		sender.done.thenRun(socket::shutdownOutput);
		return sender;
	}

	/** Cancelled, closed, reset and fulfilled. */
	void operations() throws Exception {
		Tally tally = new Tally("Operations, " + this.aio.engines());
		tally.run(THREADS, (number, random) -> () -> connection(tally, random));
		tally.check();
	}

	private void connection(Tally tally, Random random) throws Exception {
		Connected pair = new Connected(this.aio);
		for (int round = 0; round < 10; round++) {
			List<ByteOperation> operations = new ArrayList<>();
			List<CompletableFuture<Integer>> sent = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				operations.add(receive(tally, pair.server, 4, random));
				Tally.Once<Integer> send = ended(tally);
				operations.add(start(pair.client, OperationKind.SEND, ByteBuffer.wrap(LETTERS), send, random));
				sent.add(send.outcome());
			}
			switch (random.nextInt(8)) {
				case 0 -> this.aio.cancel(pair.server);
				case 1 -> operations.forEach(Operation::cancel);
				case 2 -> this.aio.cancel(pair.client);
				case 3 -> Thread.onSpinWait();
				default -> awaitAll(sent);
			}
		}
		receive(tally, pair.server, 1 << 16, random);
		if (random.nextBoolean()) {
			pair.client.setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		pair.close();
	}

	/** Whatever came of them. */
	private static void awaitAll(List<CompletableFuture<Integer>> outcomes) {
		RecordingHandler.await(
				CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).handle((nothing, failure) -> true));
	}

	/** Several wait, so that the pieces come in any order; none is torn. */
	private static ByteOperation receive(Tally tally, AioSocket socket, int size, Random random) {
		ByteBuffer buffer = ByteBuffer.allocate(size);
		Tally.Once<Integer> once = ended(tally);
		once.outcome().thenAccept((count) -> {
			for (int i = 1; i < count; i++) {
				if ((buffer.get(i) - buffer.get(i - 1) & 3) != 1) {
					tally.violated(new AssertionError("received " + AioSpecification.text(buffer.flip())));
				}
			}
			tally.checked(Math.max(0, count));
		});
		return start(socket, OperationKind.RECV, buffer, once, random);
	}

	private static ByteOperation start(AioSocket socket, OperationKind kind, ByteBuffer buffer,
			Tally.Once<Integer> once, Random random) {
		ByteOperation operation = new ByteOperation(socket, kind, buffer, 0, null, once);
		if (random.nextInt(8) == 0) {
			operation.timeoutNanos = 1 + random.nextInt(100_000);
		}
		operation.start();
		return operation;
	}

	/** Returns a handler for what may end in these ways only. */
	private static Tally.Once<Integer> ended(Tally tally) {
		Tally.Once<Integer> once = tally.once();
		once.outcome().whenComplete((count, failure) -> {
			if (failure instanceof SyscallException refusal && !ENDS.contains(refusal.errno())) {
				tally.violated(failure);
			}
		});
		return once;
	}

	void files() throws Exception {
		Tally tally = new Tally("Files, " + this.aio.engines());
		byte[] content = new byte[BLOCKS * AioSpecification.BLOCK];
		new Random(6).nextBytes(content);
		Files.write(this.file, content);
		int descriptors = OwnedFd.openCount();
		tally.run(1, (number, random) -> () -> reads(tally, random, ByteBuffer.wrap(content)));
		tally.check();
		await().until(() -> OwnedFd.openCount() == descriptors);
	}

	private void reads(Tally tally, Random random, ByteBuffer content) {
		AioFile file = random.nextBoolean() ? this.aio.open(this.file)
				: this.aio.open(this.file, ExtendedOpenOption.DIRECT, StandardOpenOption.READ);
		List<CompletableFuture<Integer>> read = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			int at = random.nextInt(BLOCKS) * AioSpecification.BLOCK;
			ByteBuffer buffer = ByteBuffer.allocate(AioSpecification.BLOCK);
			Tally.Once<Integer> once = ended(tally);
			read.add(once.outcome());
			once.outcome().thenAccept((count) -> {
				if (count != AioSpecification.BLOCK
						|| !buffer.flip().equals(content.slice(at, AioSpecification.BLOCK))) {
					tally.violated(new AssertionError(count + " bytes at " + at + " are not those of the file"));
				}
				tally.checked(count);
			});
			ByteOperation operation = new ByteOperation(file, OperationKind.READ, buffer, at, null, once);
			operation.start();
			if (random.nextInt(10) == 0) {
				operation.cancel();
			}
		}
		switch (random.nextInt(4)) {
			case 0 -> this.aio.cancel(file);
			case 1 -> Thread.onSpinWait();
			default -> awaitAll(read);
		}
		file.close();
		while (tally.inFlight() > 2000) {
			Thread.onSpinWait();
		}
	}

	/** One end of a connection, which receives again and again. */
	private final class Pieces implements Consumer<ByteBuffer> {

		private final Tally tally;

		private final AioSocket socket;

		private final long seed;

		private volatile long offset;

		private volatile boolean ended;

		private int interruptions;

		Pieces(Tally tally, AioSocket socket, long seed) {
			this.tally = tally;
			this.socket = socket;
			this.seed = seed;
		}

		CompletableFuture<Void> receive() {
			Tally.Once<Void> once = this.tally.once();
			CompletableFuture<Void> receive = AioStorm.this.aio.recvMultishot(this.socket, this);
			receive.whenComplete((nothing, failure) -> {
				this.ended = failure == null;
				if (failure == null) {
					once.completed(null, null);
				}
				else {
					once.failed(failure, null);
				}
			});
			return receive;
		}

		@Override
		public void accept(ByteBuffer piece) {
			int length = piece.remaining();
			try {
				CheckedStream.check(this.seed, this.offset, piece);
			}
			catch (AssertionError ex) {
				this.tally.violated(ex);
			}
			this.tally.checked(length);
			this.offset += length;
		}

		void receiveForAWhile(Random random) {
			if (this.ended) {
				return;
			}
			CompletableFuture<Void> receive = receive();
			long enough = this.offset + random.nextInt(200_000);
			while (this.offset < enough && !receive.isDone()) {
				Thread.yield();
			}
			if (random.nextBoolean()) {
				receive.cancel(false);
			}
			else {
				AioStorm.this.aio.cancel(this.socket);
			}
			receive.handle((nothing, failure) -> {
				if (failure != null && !isCancellation(failure)) {
					this.tally.violated(failure);
				}
				return failure;
			}).orTimeout(AioSpecification.SECONDS, TimeUnit.SECONDS).join();
			// what the kernel has taken by then still comes; a loop borrows the socket,
			// too
			int loans = this.socket.engine().hasMultishotReceive() ? 0 : 1;
			RecordingHandler.eventually().until(() -> this.socket.fd().borrowed() <= loans);
			this.interruptions++;
		}

		private static boolean isCancellation(Throwable failure) {
			return failure instanceof CancellationException
					|| failure instanceof SyscallException refusal && refusal.errno().equals(Errno.ECANCELED);
		}

	}

}
