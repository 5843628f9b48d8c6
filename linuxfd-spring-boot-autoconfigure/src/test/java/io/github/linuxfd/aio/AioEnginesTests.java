package io.github.linuxfd.aio;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Layouts.IoUringCqe;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests of {@link AioEngines}: which engine is chosen, and why.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
class AioEnginesTests {

	private static final int SECONDS = 30;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	@TempDir
	private Path directory;

	private AioEngines open(AioEngine engine) {
		return new AioEngines(this.faults.syscalls(), AioSettings.DEFAULT.withEngine(engine));
	}

	@Test
	void autoIsIoUringWhereItMayBeUsed() {
		try (AioEngines engines = open(AioEngine.AUTO)) {
			assertThat(engines.kind()).isEqualTo(AioEngine.IO_URING);
			assertThat(engines.reason()).isEmpty();
			assertThat(engines).hasToString("io_uring, 1 ring");
		}
	}

	@ParameterizedTest
	@CsvSource({ "1,seccomp", "38,CONFIG_IO_URING", "12,RLIMIT_MEMLOCK", "22,EINVAL", "13,seccomp" })
	void autoWhenIoUringIsRefusedIsTheFallbackWithTheReason(int errno, String reason) throws Exception {
		this.faults.failAll("ioUringSetup", new Errno(errno));
		try (AioEngines engines = open(AioEngine.AUTO)) {
			assertThat(engines.kind()).isEqualTo(AioEngine.LINUX_AIO);
			assertThat(engines.refusal()).hasValueSatisfying((refusal) -> {
				assertThat(refusal.syscall()).isEqualTo("io_uring_setup");
				assertThat(refusal.errno()).isEqualTo(new Errno(errno));
			});
			assertThat(engines.reason()).hasValueSatisfying((text) -> assertThat(text).contains(reason));
			assertThat(engines.toString())
				.startsWith("epoll for sockets, Linux AIO for files opened with O_DIRECT, up to 8 threads for other "
						+ "files; not better, because io_uring_setup(")
				.contains(reason);
			echo(new Aio(engines));
		}
	}

	/** A filter may let the ring be opened. */
	@ParameterizedTest
	@ValueSource(strings = { "ioUringEnter", "mmapShared" })
	void autoWhenARingIsOfNoUseIsTheFallback(String method) throws Exception {
		this.faults.failAll(method, Errno.EPERM);
		try (AioEngines engines = open(AioEngine.AUTO)) {
			assertThat(engines.kind()).isEqualTo(AioEngine.LINUX_AIO);
			assertThat(engines.refusal()).isPresent();
			echo(new Aio(engines));
		}
	}

	/** The first completion of the first ring is made one of an older kernel. */
	@Test
	void autoWhenTheKernelCannotCancelByDescriptorIsTheFallback() {
		AtomicLong ring = new AtomicLong();
		this.faults.answer("mmapShared", 1, 1, (real) -> {
			ring.set(real.call());
			return ring.get();
		});
		this.faults.answer("ioUringEnter", 1, 1, (real) -> {
			long submitted = real.call();
			ByteBuffer page = NativeMemory.view(ring.get(), 4096);
			int entry = 0;
			while (page.getLong(entry + IoUringCqe.USER_DATA) != -2) {
				entry += IoUringCqe.BYTES;
			}
			page.putInt(entry + IoUringCqe.RES, -Errno.EINVAL.number());
			return submitted;
		});
		try (AioEngines engines = open(AioEngine.AUTO)) {
			assertThat(engines.kind()).isEqualTo(AioEngine.LINUX_AIO);
			assertThat(engines.reason()).hasValueSatisfying(
					(text) -> assertThat(text).contains("IORING_ASYNC_CANCEL_FD").contains("is too old"));
		}
	}

	/** Handlers start again what has failed, as long as that is accepted. */
	@Test
	void ringWhenItFailsEndsEveryOperationOnce() throws Exception {
		AtomicInteger started = new AtomicInteger();
		AtomicInteger ended = new AtomicInteger();
		AioEngines engines = open(AioEngine.IO_URING);
		try (Aio aio = new Aio(engines)) {
			List<AioSocket> sockets = new ArrayList<>();
			for (int i = 0; i < 100; i++) {
				AioSocket socket = aio.openDatagramSocket();
				sockets.add(socket);
				recvAgain(aio, socket, started, ended);
			}
			RecordingHandler.eventually().until(() -> engines.statistics().inFlight() == 100);
			this.faults.failAll("ioUringEnter", Errno.EINVAL);
			assertThatThrownBy(() -> {
				for (int i = 0; i < 1_000_000; i++) {
					aio.cancel(sockets.get(0)); // wakes it
					recvAgain(aio, sockets.get(0), started, ended);
				}
			}).isInstanceOf(IllegalStateException.class);
			sockets.forEach(AioSocket::close);
			RecordingHandler.eventually()
				.untilAsserted(() -> assertThat(ended).hasValue(started.get()).hasValueGreaterThan(100));
			assertThat(engines.statistics().inFlight()).isZero();
		}
	}

	/** Its operations end although the ring is closed by then. */
	@Test
	void ringWhenItFailsLetsHandlersCloseTheirSockets() throws Exception {
		AioEngines engines = open(AioEngine.IO_URING);
		try (Aio aio = new Aio(engines)) {
			AioSocket socket = aio.openDatagramSocket();
			List<RecordingHandler<Integer>> handlers = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				RecordingHandler<Integer> handler = new RecordingHandler<>();
				handlers.add(handler);
				aio.recv(socket, ByteBuffer.allocateDirect(1), null, new CompletionHandler<Integer, Object>() {
					@Override
					public void completed(Integer result, Object attachment) {
						handler.completed(result, attachment);
					}

					@Override
					public void failed(Throwable failure, Object attachment) {
						if (socket.isOpen()) {
							socket.close();
						}
						handler.failed(failure, attachment);
					}
				});
			}
			RecordingHandler.eventually().until(() -> engines.statistics().inFlight() == 3);
			this.faults.failAll("ioUringEnter", Errno.EINVAL);
			aio.cancel(socket); // wakes it
			for (RecordingHandler<Integer> handler : handlers) {
				assertThat(handler.awaitFailure()).isNotNull();
			}
			assertThat(socket.whenClosed().get(SECONDS, TimeUnit.SECONDS)).isNull();
		}
	}

	/** Pins nothing, so that nothing is lost if the kernel is not asked any more. */
	private static void recvAgain(Aio aio, AioSocket socket, AtomicInteger started, AtomicInteger ended) {
		ByteBuffer buffer = ByteBuffer.allocateDirect(1);
		aio.recv(socket, buffer, null, new CompletionHandler<Integer, Object>() {
			@Override
			public void completed(Integer result, Object attachment) {
				ended.incrementAndGet();
			}

			@Override
			public void failed(Throwable failure, Object attachment) {
				ended.incrementAndGet();
				recvAgain(aio, socket, started, ended);
			}
		});
		started.incrementAndGet();
	}

	/** As the kernel does that has no memory for the last entry. */
	@Test
	void timeLimitWhenTornFromItsOperationFailsIt() throws Exception {
		AtomicBoolean tearing = new AtomicBoolean();
		Syscalls torn = (Syscalls) Proxy.newProxyInstance(Syscalls.class.getClassLoader(),
				new Class<?>[] { Syscalls.class }, (self, method, arguments) -> {
					if (method.getName().equals("ioUringEnter") && (int) arguments[1] == 2
							&& tearing.compareAndSet(true, false)) {
						arguments[1] = 1;
						arguments[2] = 0;
					}
					return method.invoke(Syscalls.system(), arguments);
				});
		try (AioEngines engines = new AioEngines(torn, AioSettings.DEFAULT.withEngine(AioEngine.IO_URING));
				Aio aio = new Aio(engines);
				AioSocket socket = aio.openDatagramSocket()) {
			RecordingHandler<Integer> handler = new RecordingHandler<>();
			ByteOperation operation = new ByteOperation(socket, OperationKind.RECV, ByteBuffer.allocate(1), 0, null,
					handler);
			operation.timeoutNanos = TimeUnit.SECONDS.toNanos(SECONDS);
			// then what the ring asks for itself has been taken
			aio.recv(socket, ByteBuffer.allocate(0)).get(SECONDS, TimeUnit.SECONDS);
			tearing.set(true);
			operation.start();
			assertThat(handler.awaitFailure()).isInstanceOf(SyscallException.class)
				.hasMessageContaining("the time limit of recv(");
			assertThat(tearing).isFalse();
		}
	}

	@Test
	void autoWhenTheLastOfSeveralRingsIsRefusedKeepsNone() {
		this.faults.fail("ioUringSetup", 3, Errno.ENOMEM);
		try (AioEngines engines = new AioEngines(this.faults.syscalls(),
				new AioSettings(AioEngine.AUTO, 3, 8, 8, 2, null))) {
			assertThat(engines.kind()).isEqualTo(AioEngine.LINUX_AIO);
		}
	}

	@Test
	void autoWhenNoDescriptorIsLeftFails() {
		this.faults.failAll("ioUringSetup", Errno.EMFILE);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> open(AioEngine.AUTO));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 38, 12, 22 })
	void ioUringWhenAskedForAndRefusedFails(int errno) {
		this.faults.failAll("ioUringSetup", new Errno(errno));
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> open(AioEngine.IO_URING))
			.satisfies((refusal) -> assertThat(refusal.errno()).isEqualTo(new Errno(errno)));
	}

	@Test
	void linuxAioWhenUsedUpIsLeftToThreadsWithTheReason() throws Exception {
		this.faults.failAll("ioSetup", Errno.EAGAIN);
		Files.write(this.directory.resolve("file"), new byte[4096]);
		try (AioEngines engines = open(AioEngine.LINUX_AIO)) {
			assertThat(engines.kind()).isEqualTo(AioEngine.EPOLL);
			assertThat(engines.refusal()).isEmpty();
			assertThat(engines.reason()).hasValueSatisfying(
					(text) -> assertThat(text).contains("io_setup").contains("sysctl -w fs.aio-max-nr="));
			readDirect(new Aio(engines));
			assertThat(this.faults.count("pread")).isEqualTo(1);
		}
	}

	@Test
	void linuxAioReadsWhatIsOpenedDirect() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[4096]);
		try (AioEngines engines = open(AioEngine.LINUX_AIO)) {
			readDirect(new Aio(engines));
			assertThat(this.faults.count("pread")).isZero();
			assertThat(this.faults.count("ioSubmit")).isEqualTo(1);
			assertThat(this.faults.count("ioGetevents")).isPositive();
		}
	}

	@Test
	void linuxAioWhenTheContextIsFullLeavesTheRestToThreads() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[4096]);
		this.faults.failAll("ioSubmit", Errno.EAGAIN);
		try (AioEngines engines = open(AioEngine.LINUX_AIO)) {
			readDirect(new Aio(engines));
			assertThat(this.faults.count("pread")).isEqualTo(1);
		}
	}

	@Test
	void linuxAioWhenItCannotSyncLeavesThatToThreads() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[4096]);
		this.faults.failAll("ioSubmit", Errno.EINVAL);
		try (AioEngines engines = open(AioEngine.LINUX_AIO); Aio aio = new Aio(engines)) {
			try (AioFile file = aio.open(this.directory.resolve("file"), ExtendedOpenOption.DIRECT)) {
				aio.fsync(file, true).get(SECONDS, TimeUnit.SECONDS);
				assertThat(this.faults.count("fsync")).isEqualTo(1);
				CompletableFuture<Integer> read = aio.read(file, ByteBuffer.allocate(4096), 0);
				assertThatThrownBy(() -> read.get(SECONDS, TimeUnit.SECONDS)).cause().hasMessageContaining("EINVAL");
			}
		}
	}

	@Test
	void epollLeavesAllFilesToThreads() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[4096]);
		try (AioEngines engines = open(AioEngine.EPOLL)) {
			assertThat(engines).hasToString("epoll for sockets, up to 8 threads for files");
			readDirect(new Aio(engines));
			assertThat(this.faults.count("ioSetup")).isZero();
			assertThat(this.faults.count("ioUringSetup")).isZero();
		}
	}

	@Test
	void socketWhenEpollDoesNotTakeItFailsItsOperations() throws Exception {
		try (AioEngines engines = open(AioEngine.EPOLL);
				Aio aio = new Aio(engines);
				AioSocket socket = aio.openDatagramSocket()) {
			this.faults.failAll("epollCtl", Errno.ENOSPC);
			CompletableFuture<AioDatagram> failed = aio.recvfrom(socket, ByteBuffer.allocate(1));
			assertThatThrownBy(() -> failed.get(SECONDS, TimeUnit.SECONDS)).cause().hasMessageContaining("ENOSPC");
			this.faults.heal();
			CompletableFuture<AioDatagram> waiting = aio.recvfrom(socket, ByteBuffer.allocate(1));
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			aio.sendto(socket, ByteBuffer.wrap(new byte[1]), socket.localAddress());
			assertThat(waiting.get(SECONDS, TimeUnit.SECONDS).bytes()).isEqualTo(1);
		}
	}

	@Test
	void handlersOfTheFallbackRunOnNeitherTheLoopNorTheFileThreads() throws Exception {
		Files.write(this.directory.resolve("file"), new byte[1]);
		try (EventLoop loop = loop()) {
			AioEngines engines = new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL),
					loop);
			try (Aio aio = new Aio(engines); AioFile file = aio.open(this.directory.resolve("file"))) {
				assertThat(echo(aio)).matches("linuxfd-aio-\\d+");
				CompletableFuture<String> thread = new CompletableFuture<>();
				aio.read(file, ByteBuffer.allocate(1), 0, null, nameInto(thread));
				assertThat(thread.get(SECONDS, TimeUnit.SECONDS)).matches("linuxfd-aio-\\d+");
			}
			assertThat(loop.isOpen()).isTrue();
			assertThat(loop.sourceCount()).isZero();
		}
	}

	/** As one does that cannot start a thread, maybe although it has taken the task. */
	@ParameterizedTest
	@CsvSource({ "IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true" })
	void executorWhenItThrowsLosesNoHandlerAndEndsNoEngine(AioEngine engine, boolean taken) throws Exception {
		AtomicInteger refused = new AtomicInteger();
		Executor executor = (task) -> {
			if (taken) {
				ForkJoinPool.commonPool().execute(task);
			}
			refused.incrementAndGet();
			throw new OutOfMemoryError("on purpose: no thread");
		};
		Files.write(this.directory.resolve("file"), new byte[1]);
		try (AioEngines engines = new AioEngines(Syscalls.system(), new AioSettings(engine, 1, 8, 8, 1, executor));
				Aio aio = new Aio(engines);
				AioFile file = aio.open(this.directory.resolve("file"))) {
			for (int i = 1; i <= 3; i++) {
				RecordingHandler<Integer> handler = new RecordingHandler<>();
				aio.read(file, ByteBuffer.allocate(1), 0, null, handler);
				assertThat(handler.await()).isEqualTo(1);
				int expected = i;
				RecordingHandler.eventually().until(() -> refused.get() == expected);
				ForkJoinPool.commonPool().awaitQuiescence(SECONDS, TimeUnit.SECONDS);
				assertThat(handler.invocations()).isEqualTo(1);
			}
		}
	}

	@Test
	void loopThatEndsFirstEndsWhatWaits() throws Exception {
		EventLoop loop = loop();
		AioEngines engines = new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.LINUX_AIO),
				loop);
		try (Aio aio = new Aio(engines); AioSocket socket = aio.openDatagramSocket()) {
			CompletableFuture<AioDatagram> waiting = aio.recvfrom(socket, ByteBuffer.allocate(1));
			loop.close();
			assertThatThrownBy(() -> waiting.get(SECONDS, TimeUnit.SECONDS)).cause()
				.isInstanceOfSatisfying(SyscallException.class,
						(failure) -> assertThat(failure.errno()).isEqualTo(Errno.ECANCELED));
			assertThatIllegalStateException().isThrownBy(() -> aio.recvfrom(socket, ByteBuffer.allocate(1)));
		}
	}

	private EventLoop loop() {
		return new EventLoop(new EpollFactory(Syscalls.system()), new EventfdFactory(Syscalls.system()),
				"linuxfd-loop");
	}

	private void readDirect(Aio aio) throws Exception {
		try (AioFile file = aio.open(this.directory.resolve("file"), ExtendedOpenOption.DIRECT)) {
			assertThat(aio.read(file, ByteBuffer.allocate(4096), 0).get(SECONDS, TimeUnit.SECONDS)).isEqualTo(4096);
		}
	}

	/** Returns the name of the thread of a handler. */
	private static String echo(Aio aio) throws Exception {
		try (AioSocket listening = aio.openStreamSocket(); AioSocket client = aio.openStreamSocket()) {
			listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			listening.listen(1);
			CompletableFuture<AioSocket> accepted = aio.accept(listening);
			aio.connect(client,
					new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.localAddress().getPort()))
				.get(SECONDS, TimeUnit.SECONDS);
			try (AioSocket server = accepted.get(SECONDS, TimeUnit.SECONDS)) {
				CompletableFuture<String> thread = new CompletableFuture<>();
				aio.recv(server, ByteBuffer.allocate(1), null, nameInto(thread));
				aio.send(client, ByteBuffer.wrap(new byte[1])).get(SECONDS, TimeUnit.SECONDS);
				return thread.get(SECONDS, TimeUnit.SECONDS);
			}
		}
	}

	private static CompletionHandler<Integer, Object> nameInto(CompletableFuture<String> thread) {
		return new CompletionHandler<>() {
			@Override
			public void completed(Integer result, Object attachment) {
				thread.complete(Thread.currentThread().getName());
			}

			@Override
			public void failed(Throwable failure, Object attachment) {
				thread.completeExceptionally(failure);
			}
		};
	}

}
