package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Virtual threads that wait for the futures of {@link Aio}, all of them on one carrier:
 * one that pinned it would stop the others, and be recorded.
 *
 * @author linuxfd
 */
@Timeout(240)
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
class AioVirtualThreadsTests {

	private static final int THREADS = 1000;

	private static final int ROUNDS = 5;

	private static final String PINNED = "jdk.VirtualThreadPinned";

	private static final String OPTIONS = "-Djdk.virtualThreadScheduler.parallelism=1 "
			+ "-Djdk.virtualThreadScheduler.maxPoolSize=1";

	@ParameterizedTest
	@EnumSource(value = AioEngine.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
	void threadsThatWaitDoNotPinTheirCarrier(AioEngine engine) {
		try (ForkedJvm jvm = start(engine.name())) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains(THREADS + " threads, sum " + ROUNDS * THREADS, "0 pinned");
		}
	}

	/** The control: what pins is recorded. */
	@Test
	void threadThatPinsItsCarrierIsRecorded() {
		try (ForkedJvm jvm = start("none")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("1 pinned");
		}
	}

	private static ForkedJvm start(String engine) {
		return ForkedJvm.startBy(List.of("env", "JDK_JAVA_OPTIONS=" + OPTIONS), Waiting.class, engine);
	}

	/**
	 * Each thread waits for a number from the one before it, and tells the next one
	 * another.
	 */
	static final class Waiting {

		private Waiting() {
		}

		public static void main(String[] arguments) throws Exception {
			Path recorded = Files.createTempFile("linuxfd", ".jfr");
			try (Recording recording = new Recording()) {
				recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
				recording.start();
				if (arguments[0].equals("none")) {
					Thread pinning = start(() -> Pinning.now(), new CountDownLatch(1));
					pinning.join();
				}
				else {
					talk(AioEngine.valueOf(arguments[0]));
				}
				recording.stop();
				recording.dump(recorded);
				var pinned = RecordingFile.readAllEvents(recorded)
					.stream()
					.filter((event) -> event.getEventType().getName().equals(PINNED))
					.toList();
				pinned.forEach(System.out::println);
				System.out.println(pinned.size() + " pinned");
			}
			finally {
				Files.delete(recorded);
			}
			System.exit(0);
		}

		private static void talk(AioEngine engine) throws Exception {
			Path path = Files.createTempFile("linuxfd", null);
			Files.write(path, new byte[] { 0, 1 });
			try (Aio aio = new Aio(new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(engine)));
					AioFile file = aio.open(path)) {
				List<AioSocket> to = new ArrayList<>();
				List<AioSocket> from = new ArrayList<>();
				connect(aio, to, from);
				CountDownLatch ended = new CountDownLatch(THREADS);
				AtomicLong sum = new AtomicLong();
				for (int i = 0; i < THREADS; i++) {
					int number = i;
					start(() -> {
						for (int round = 0; round < ROUNDS; round++) {
							sum.addAndGet(pass(aio, file, from.get(number), to.get((number + 1) % THREADS),
									number == 0 && round == 0));
						}
					}, ended);
				}
				if (!ended.await(100, TimeUnit.SECONDS)) {
					throw new IllegalStateException(ended.getCount() + " threads hang; sum " + sum);
				}
				System.out.println(THREADS + " threads, sum " + sum);
				to.forEach(AioSocket::close);
				from.forEach(AioSocket::close);
			}
			finally {
				Files.delete(path);
			}
		}

		/** Reads one, and says how much comes when it is handed around. */
		private static long pass(Aio aio, AioFile file, AioSocket from, AioSocket to, boolean first) {
			ByteBuffer one = ByteBuffer.allocate(1);
			if (aio.read(file, one, 1).join() != 1) {
				throw new IllegalStateException("nothing was read");
			}
			if (first) {
				aio.send(to, ByteBuffer.allocate(Long.BYTES)).join();
			}
			ByteBuffer message = ByteBuffer.allocate(Long.BYTES);
			while (message.hasRemaining()) {
				aio.recv(from, message).join();
			}
			message.putLong(0, message.getLong(0) + 1).flip();
			aio.send(to, message).join();
			return one.get(0);
		}

		private static void connect(Aio aio, List<AioSocket> to, List<AioSocket> from) throws Exception {
			try (AioSocket listening = aio.openStreamSocket()) {
				listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				listening.listen(16);
				InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(),
						listening.localAddress().getPort());
				for (int i = 0; i < THREADS; i++) {
					CompletableFuture<AioSocket> accepted = aio.accept(listening);
					AioSocket socket = aio.openStreamSocket();
					aio.connect(socket, address).get(10, TimeUnit.SECONDS);
					to.add(socket);
					from.add(accepted.get(10, TimeUnit.SECONDS));
				}
			}
		}

		/** By reflection: this is compiled for JDK 17. */
		private static Thread start(Runnable task, CountDownLatch ended) throws Exception {
			return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> {
				try {
					task.run();
					ended.countDown();
				}
				catch (Throwable ex) {
					ex.printStackTrace(System.out);
				}
			});
		}

	}

	/**
	 * Parks in the middle of its initialization, that is with a native frame.
	 */
	static final class Pinning {

		static {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
		}

		private Pinning() {
		}

		static void now() {
			System.out.println("pinned");
		}

	}

}
