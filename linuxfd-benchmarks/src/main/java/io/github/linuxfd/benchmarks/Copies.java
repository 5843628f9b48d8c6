package io.github.linuxfd.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.pipe.TransferEnd;
import io.github.linuxfd.pipe.TransferOutcome;
import io.github.linuxfd.pipe.TransferResult;
import io.github.linuxfd.pipe.Transfers;

/**
 * A file sent to a socket, again and again, through linuxfd and through what the JDK has
 * for it.
 *
 * @author linuxfd
 */
final class Copies {

	static final Benchmark BENCHMARK = new Benchmark("FILE PORT REPEATS",
			Map.of("transfer-to",
					(arguments) -> transferTo(Path.of(arguments.get(0)), Integer.parseInt(arguments.get(1)),
							Integer.parseInt(arguments.get(2))),
					"splice", (arguments) -> splice(Path.of(arguments.get(0)), Integer.parseInt(arguments.get(1)),
							Integer.parseInt(arguments.get(2)))));

	private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

	private Copies() {
	}

	private static void transferTo(Path path, int port, int repeats) throws IOException {
		try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
				SocketChannel socket = SocketChannel
					.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
			Contract.ready();
			long startNanos = System.nanoTime();
			long size = file.size();
			for (int i = 0; i < repeats; i++) {
				for (long sent = 0; sent < size;) {
					sent += file.transferTo(sent, size - sent, socket);
				}
			}
			socket.shutdownOutput();
			long bytes = received(socket);
			long nanos = System.nanoTime() - startNanos;
			Contract.result(new Json().put("bytes", bytes).put("secs", (double) nanos / TimeUnit.SECONDS.toNanos(1)));
		}
	}

	private static void splice(Path path, int port, int repeats) throws IOException {
		Syscalls syscalls = Syscalls.system();
		Transfers transfers = new Transfers(syscalls, new PipeFactory(syscalls), new Splicer(syscalls));
		try (SocketChannel socket = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
			Contract.ready();
			long startNanos = System.nanoTime();
			for (int i = 0; i < repeats; i++) {
				TransferResult result = transfers.copy(TransferEnd.reading(path), TransferEnd.of(socket), STALL_LIMIT);
				if (result.outcome() != TransferOutcome.END_OF_INPUT) {
					throw new IOException("The sink does not go on: " + result);
				}
			}
			socket.shutdownOutput();
			long bytes = received(socket);
			long nanos = System.nanoTime() - startNanos;
			Contract.result(new Json().put("bytes", bytes).put("secs", (double) nanos / TimeUnit.SECONDS.toNanos(1)));
		}
	}

	private static long received(SocketChannel socket) throws IOException {
		ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
		while (count.hasRemaining()) {
			if (socket.read(count) < 0) {
				throw new EOFException("The sink has not said how much it has got");
			}
		}
		return count.getLong(0);
	}

}
