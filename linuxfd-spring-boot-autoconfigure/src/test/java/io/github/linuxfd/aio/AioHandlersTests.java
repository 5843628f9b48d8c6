package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of who is told of the completions of {@link Aio}, and in which order.
 *
 * @author linuxfd
 */
class AioHandlersTests extends AioSpecification {

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
			if (this.engine != AioEngine.IO_URING) {
				// the kernel wakes operations that wait for the same socket in any order
				assertThat(order).isSorted();
			}
		}
	}

	@Test
	void handlerThatStartsTheNextOneAgainAndAgainNeedsNoStack() throws Exception {
		AtomicInteger left = new AtomicInteger(5_000);
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

	/** What fails before the kernel sees it is no exception. */
	@Test
	void handlerThatStartsAgainWhatFailsAtOnceNeedsNoStack() throws Exception {
		String property = "java.net.preferIPv4Stack";
		System.setProperty(property, "true");
		try (AioSocket socket = this.aio.openDatagramSocket()) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			sendToIpv6(socket, new AtomicInteger(5_000), done);
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

}
