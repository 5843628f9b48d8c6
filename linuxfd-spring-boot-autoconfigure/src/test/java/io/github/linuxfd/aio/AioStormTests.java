package io.github.linuxfd.aio;

import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Aio} with everything at the same time and in any order. Longer by
 * {@code -Dlinuxfd.storm=60}.
 *
 * @author linuxfd
 */
@Timeout(3600)
class AioStormTests extends AioSpecification {

	private static final int THREADS = 4;

	private static final int PAIRS = 8;

	private static final int BLOCKS = 64;

	private static final byte[] LETTERS = "abcd".getBytes(StandardCharsets.US_ASCII);

	private static final Set<Errno> ENDS = Set.of(Errno.ECANCELED, Errno.ECONNRESET, Errno.EPIPE);

	@Test
	void streamsInAStormKeepEveryByte() throws Exception {
		Tally tally = new Tally("Streams, " + this.engine);
		List<Pair> pairs = new ArrayList<>();
		List<CheckedStream> senders = new ArrayList<>();
		List<CheckedStream> receivers = new ArrayList<>();
		for (int i = 0; i < PAIRS; i++) {
			Pair pair = new Pair();
			pairs.add(pair);
			senders.add(sender(tally, pair.client, i));
			receivers.add(new CheckedStream.Receiver(tally, transfer(pair.server, false), i));
			senders.add(sender(tally, pair.server, -i));
			receivers.add(new CheckedStream.Receiver(tally, transfer(pair.client, false), -i));
		}
		senders.forEach(CheckedStream::step);
		receivers.forEach(CheckedStream::step);
		for (int i = 0; i < senders.size(); i++) {
			receivers.get(i).done.get(Tally.DURATION.toSeconds() + SECONDS, TimeUnit.SECONDS);
			assertThat(receivers.get(i).offset).isEqualTo(senders.get(i).offset);
		}
		tally.check();
		pairs.forEach(Pair::close);
	}

	/** The other direction goes on when this one has ended. */
	private static CheckedStream sender(Tally tally, AioSocket socket, int seed) {
		CheckedStream sender = new CheckedStream.Sender(tally, transfer(socket, true), seed,
				(offset) -> !tally.goesOn());
		sender.done.thenRun(socket::shutdownOutput);
		return sender;
	}

	/** Cancelled, closed, reset and fulfilled. */
	@Test
	void operationsInAStormCompleteOnce() throws Exception {
		Tally tally = new Tally("Operations, " + this.engine);
		tally.run(THREADS, (number, random) -> () -> connection(tally, random));
		tally.check();
	}

	private void connection(Tally tally, Random random) throws Exception {
		Pair pair = new Pair();
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
					tally.violated(new AssertionError("received " + text(buffer.flip())));
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

	@Test
	void filesInAStormCompleteOnce() throws Exception {
		Tally tally = new Tally("Files, " + this.engine);
		byte[] content = new byte[BLOCKS * BLOCK];
		new Random(6).nextBytes(content);
		Files.write(this.directory.resolve("file"), content);
		int descriptors = OwnedFd.openCount();
		tally.run(1, (number, random) -> () -> reads(tally, random, ByteBuffer.wrap(content)));
		tally.check();
		await().until(() -> OwnedFd.openCount() == descriptors);
	}

	private void reads(Tally tally, Random random, ByteBuffer content) {
		AioFile file = random.nextBoolean() ? file() : file(ExtendedOpenOption.DIRECT, StandardOpenOption.READ);
		List<CompletableFuture<Integer>> read = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			int at = random.nextInt(BLOCKS) * BLOCK;
			ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
			Tally.Once<Integer> once = ended(tally);
			read.add(once.outcome());
			once.outcome().thenAccept((count) -> {
				if (count != BLOCK || !buffer.flip().equals(content.slice(at, BLOCK))) {
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

}
