package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link Aio} with several rings that work at once. Longer by
 * {@code -Dlinuxfd.storm=60}.
 *
 * @author linuxfd
 */
@Timeout(3600)
@ExtendWith(FdLeakExtension.class)
class AioSeveralRingsTests {

	private static final String[] THREADS = { "linuxfd-uring-0", "linuxfd-uring-1", "linuxfd-uring-2" };

	private final int descriptors = OwnedFd.openCount();

	private final long nativeBytes = NativeMemory.allocated();

	private final Aio aio = new Aio(
			new AioEngines(Syscalls.system(), new AioSettings(AioEngine.IO_URING, THREADS.length, 64, 256, 4, null)));

	@TempDir
	Path directory;

	@AfterEach
	void nothingIsLeft() {
		await().until(() -> this.aio.engines().statistics().inFlight() == 0);
		this.aio.close();
		await().untilAsserted(() -> {
			assertThat(OwnedFd.openCount()).as("descriptors").isEqualTo(this.descriptors);
			assertThat(NativeMemory.allocated()).as("native bytes").isEqualTo(this.nativeBytes);
		});
	}

	@Test
	void filesAndSocketsTakeTurns() throws Exception {
		Path path = Files.writeString(this.directory.resolve("file"), "text");
		Set<String> readers = ConcurrentHashMap.newKeySet();
		Set<String> senders = ConcurrentHashMap.newKeySet();
		for (int i = 0; i < THREADS.length; i++) {
			try (AioFile file = this.aio.open(path)) {
				CompletableFuture<Integer> read = new CompletableFuture<>();
				this.aio.read(file, ByteBuffer.allocate(4), 0, null, threadInto(readers, read));
				assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(4);
			}
			try (AioSocket socket = this.aio.openDatagramSocket()) {
				socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				socket.associate(socket.localAddress());
				CompletableFuture<Integer> sent = new CompletableFuture<>();
				this.aio.send(socket, ByteBuffer.allocate(1), null, threadInto(senders, sent));
				assertThat(sent.get(30, TimeUnit.SECONDS)).isOne();
			}
		}
		assertThat(readers).containsExactlyInAnyOrder(THREADS);
		assertThat(senders).containsExactlyInAnyOrder(THREADS);
	}

	@Test
	void connectionsStayWithTheRingThatHasAcceptedThem() throws Exception {
		Set<String> threads = ConcurrentHashMap.newKeySet();
		try (AioSocket listening = this.aio.openStreamSocket()) {
			listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			listening.listen(8);
			CompletableFuture<Void> accept = this.aio.acceptMultishot(listening, (connection) -> {
				threads.add(Thread.currentThread().getName());
				this.aio.recvMultishot(connection, (piece) -> threads.add(Thread.currentThread().getName()))
					.whenComplete((nothing, failure) -> connection.close());
			});
			for (int i = 0; i < 2 * THREADS.length; i++) {
				try (Socket client = new Socket(InetAddress.getLoopbackAddress(), listening.localAddress().getPort())) {
					client.getOutputStream().write(i);
					client.shutdownOutput();
					assertThat(client.getInputStream().read()).isEqualTo(-1);
				}
			}
			assertThat(accept).isNotDone();
		}
		assertThat(threads).hasSize(1).isSubsetOf(THREADS);
	}

	@Test
	void streamsInAStormKeepEveryByte() throws Exception {
		new AioStorm(this.aio, this.directory).streams();
	}

	@Test
	void receivesThatGoOnInAStormKeepEveryByte() throws Exception {
		new AioStorm(this.aio, this.directory).receivesThatGoOn();
	}

	@Test
	void operationsInAStormCompleteOnce() throws Exception {
		new AioStorm(this.aio, this.directory).operations();
	}

	@Test
	void filesInAStormCompleteOnce() throws Exception {
		new AioStorm(this.aio, this.directory).files();
	}

	@Test
	void closeWhenAllRingsAreBusyEndsEverything() throws Exception {
		Set<CompletableFuture<Integer>> pending = ConcurrentHashMap.newKeySet();
		AioSocket[] sockets = new AioSocket[8 * THREADS.length];
		for (int i = 0; i < sockets.length; i++) {
			sockets[i] = this.aio.openDatagramSocket();
			sockets[i].bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			for (int j = 0; j < 4; j++) {
				pending.add(this.aio.recv(sockets[i], ByteBuffer.allocate(100)));
			}
		}
		this.aio.close();
		for (CompletableFuture<Integer> each : pending) {
			assertThat(RecordingHandler.awaitFailure(each)).isNotNull();
		}
		for (AioSocket socket : sockets) {
			socket.close();
		}
	}

	private static CompletionHandler<Integer, Object> threadInto(Set<String> threads,
			CompletableFuture<Integer> result) {
		return AioSpecification.handler((count, failure) -> {
			threads.add(Thread.currentThread().getName());
			if (failure != null) {
				result.completeExceptionally(failure);
			}
			else {
				result.complete(count);
			}
		});
	}

}
