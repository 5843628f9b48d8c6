package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

/**
 * What the specifications of {@link Aio} share: each of them holds with each engine.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
@ParameterizedClass
@EnumSource(value = AioEngine.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
abstract class AioSpecification {

	static final int SECONDS = 30;

	static final int BLOCK = 4096;

	@Parameter
	AioEngine engine;

	@TempDir
	Path directory;

	Aio aio;

	@BeforeEach
	final void open() {
		this.aio = open(AioSettings.DEFAULT);
	}

	final Aio open(AioSettings settings) {
		return open(Syscalls.system(), settings);
	}

	final Aio open(Syscalls syscalls, AioSettings settings) {
		return new Aio(new AioEngines(syscalls, settings.withEngine(this.engine)));
	}

	@AfterEach
	final void close() {
		this.aio.close();
		this.aio.close();
	}

	final AioFile file(OpenOption... options) {
		return this.aio.open(this.directory.resolve("file"), options);
	}

	final AioFile direct() {
		return file(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
				ExtendedOpenOption.DIRECT);
	}

	final AioSocket datagram() {
		AioSocket socket = this.aio.openDatagramSocket();
		socket.bind(loopback(0));
		return socket;
	}

	final AioSocket listening() {
		AioSocket socket = this.aio.openStreamSocket();
		socket.bind(loopback(0));
		socket.listen(64);
		return socket;
	}

	final void limited(AioSocket socket, OperationKind kind, ByteBuffer buffer, Duration limit,
			CompletableFuture<Integer> result) {
		ByteOperation operation = new ByteOperation(socket, kind, buffer, 0, null, into(result));
		operation.timeoutNanos = limit.toNanos();
		operation.start();
	}

	/** How the bytes of a stream are moved. */
	static CheckedStream.Transfer transfer(AioSocket socket, boolean send) {
		return new CheckedStream.Transfer() {
			@Override
			public void one(ByteBuffer buffer, long timeoutSeconds, CompletionHandler<Integer, Object> handler) {
				start(new ByteOperation(socket, send ? OperationKind.SEND : OperationKind.RECV, buffer, 0, null,
						handler), timeoutSeconds);
			}

			@Override
			public void several(ByteBuffer[] buffers, long timeoutSeconds, CompletionHandler<Long, Object> handler) {
				start(Aio.vector(socket, send ? OperationKind.WRITEV : OperationKind.READV, List.of(buffers), 0, null,
						handler), timeoutSeconds);
			}

			private void start(Operation<?> operation, long timeoutSeconds) {
				operation.timeoutNanos = TimeUnit.SECONDS.toNanos(timeoutSeconds);
				operation.start();
			}
		};
	}

	static InetSocketAddress loopback(int port) {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
	}

	static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
	}

	static String text(ByteBuffer bytes) {
		return StandardCharsets.US_ASCII.decode(bytes).toString();
	}

	static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(SECONDS, TimeUnit.SECONDS);
	}

	static <T> CompletionHandler<T, Object> into(CompletableFuture<T> future) {
		return handler((result, failure) -> {
			if (failure != null) {
				future.completeExceptionally(failure);
			}
			else {
				future.complete(result);
			}
		});
	}

	static <T> CompletionHandler<T, Object> handler(Outcome<T> outcome) {
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

	interface Outcome<T> {

		void accept(T result, Throwable failure);

	}

	/** Those of the test's own, if no other is named. */
	final class Pair extends Connected {

		Pair() throws Exception {
			super(AioSpecification.this.aio);
		}

		Pair(Aio aio) throws Exception {
			super(aio);
		}

	}

	/** Two connected sockets, and the one that has accepted. */
	static class Connected implements AutoCloseable {

		final AioSocket listening;

		final AioSocket client;

		final AioSocket server;

		Connected(Aio aio) throws Exception {
			this.listening = aio.openStreamSocket();
			this.listening.bind(loopback(0));
			this.listening.listen(16);
			CompletableFuture<AioSocket> accepted = aio.accept(this.listening);
			this.client = aio.openStreamSocket();
			get(aio.connect(this.client, loopback(this.listening.localAddress().getPort())));
			this.server = get(accepted);
		}

		@Override
		public final void close() {
			for (AioSocket socket : List.of(this.client, this.server, this.listening)) {
				if (socket.isOpen()) {
					socket.close();
				}
			}
		}

	}

}
