package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import io.github.linuxfd.ffi.NativeMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests of what the kernel is given of the buffers of {@link Aio}'s users.
 *
 * @author linuxfd
 */
class AioBuffersTests extends AioSpecification {

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

}
