package io.github.linuxfd.fd;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.epoll.Epoll;
import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.mount.Mounts;
import io.github.linuxfd.mount.OpenTreeFlag;
import io.github.linuxfd.namespace.CloneFlag;
import io.github.linuxfd.namespace.Namespaces;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.pipe.Transfer;
import io.github.linuxfd.pipe.TransferEnd;
import io.github.linuxfd.pipe.Transfers;
import io.github.linuxfd.psi.MemoryEvents;
import io.github.linuxfd.psi.MemoryEventsFactory;
import io.github.linuxfd.psi.PressureLevel;
import io.github.linuxfd.psi.PressureTriggerFactory;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.OpenFiles;
import io.github.linuxfd.testsupport.ResidentMemory;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThatCode;

/**
 * Every handle, opened and closed again and again, and closed under those who use it.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class HandleStressTests {

	private static final Syscalls SYSCALLS = Syscalls.system();

	private static final int F_GETFD = 1;

	private static final int F_GETFL = 3;

	private static final int FD_CLOEXEC = 1;

	private static final int CYCLES = 10_000;

	/** Every process has it, and not every one a control group with a memory limit. */
	private static final Path COUNTERS = Path.of("/proc/self/io");

	/** Numbers that a stranger has got, and calls that were made meanwhile. */
	private static final int ENOUGH = 100;

	/** More than a page for each cycle would be ten times that. */
	private static final long MAX_GROWTH_KIB = 4 * 1024;

	/** Descriptors that the JVM may open meanwhile. */
	private static final int MAX_STRANGERS = 16;

	private static final Transfers TRANSFERS = new Transfers(SYSCALLS, new PipeFactory(SYSCALLS),
			new Splicer(SYSCALLS));

	/** In a JVM of its own, whose heap is resident from the start. */
	@ParameterizedTest
	@MethodSource("cycled")
	void handleWhenOpenedAndClosedTenThousandTimesLeavesNothing(Enum<?> handle) {
		if (handle instanceof Handle readable) {
			readable.assumeAvailable();
		}
		try (ForkedJvm jvm = ForkedJvm
			.startBy(List.of("env", "JAVA_TOOL_OPTIONS=-Xms48m -Xmx48m -XX:+AlwaysPreTouch -XX:+UseSerialGC"
					+ " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"), Cycling.class, handle.name())) {
			String result = jvm.awaitLine((line) -> line.startsWith("grown"));
			assertThat(jvm.awaitExit()).as(result).isZero();
		}
	}

	static Stream<Enum<?>> cycled() {
		return Stream.concat(Arrays.stream(Handle.values()), Arrays.stream(Unread.values()));
	}

	/**
	 * Readers go on as the handle is closed, and a stranger gets its number at once: an
	 * eventfd whose value would be gone if one of them read it.
	 */
	@ParameterizedTest
	@EnumSource
	void numberWhenReusedIsNeverReadByThoseWhoHadTheHandle(Handle handle) throws Exception {
		handle.assumeAvailable();
		long startNanos = System.nanoTime();
		AtomicReference<AutoCloseable> current = new AtomicReference<>(handle.open());
		AtomicReference<Throwable> wrong = new AtomicReference<>();
		AtomicBoolean ended = new AtomicBoolean();
		AtomicInteger uses = new AtomicInteger();
		Thread[] readers = new Thread[3];
		for (int i = 0; i < readers.length; i++) {
			readers[i] = new Thread(() -> {
				while (!ended.get()) {
					AutoCloseable opened = current.get();
					try {
						handle.use(opened);
						uses.incrementAndGet();
					}
					catch (IllegalStateException ex) {
						Thread.onSpinWait(); // closed just now
					}
					catch (Throwable ex) {
						wrong.set(ex);
					}
				}
			});
			readers[i].start();
		}
		int reused = 0;
		Set<Integer> numbers = new HashSet<>();
		while ((reused < ENOUGH || uses.get() < ENOUGH)
				&& System.nanoTime() - startNanos < Duration.ofSeconds(60).toNanos()) {
			AutoCloseable opened = current.get();
			int number = handle.fd(opened).acquire();
			handle.fd(opened).release();
			numbers.add(number);
			opened.close();
			int[] strangers = new int[6];
			for (int i = 0; i < strangers.length; i++) {
				strangers[i] = SYSCALLS.eventfd(1, Syscalls.CLOEXEC | Syscalls.NONBLOCK);
				reused += numbers.contains(strangers[i]) ? 1 : 0;
			}
			Thread.yield();
			for (int stranger : strangers) {
				assertThat(take(stranger)).as("the stranger's own value").isEqualTo(8);
				SYSCALLS.close(stranger);
			}
			current.set(handle.open());
			Thread.yield();
		}
		ended.set(true);
		for (Thread reader : readers) {
			reader.join();
		}
		current.get().close();
		assertThat(wrong.get()).isNull();
		assertThat(uses.get()).as("calls of the readers").isGreaterThanOrEqualTo(ENOUGH);
		assertThat(reused).as("numbers that a stranger got").isGreaterThanOrEqualTo(ENOUGH);
	}

	private static long take(int number) {
		try (NativeMemory value = NativeMemory.allocate(Long.BYTES)) {
			return SYSCALLS.read(number, value.address(), Long.BYTES);
		}
	}

	/** A child that is forked elsewhere in the process gets none of them. */
	@ParameterizedTest
	@EnumSource
	void handleIsCloseOnExecAndNeverWaitsForARead(Handle handle) throws Exception {
		handle.assumeAvailable();
		try (AutoCloseable opened = handle.open(); FdLoan loan = handle.fd(opened).lend()) {
			assertThat(SYSCALLS.fcntl(loan.number(), F_GETFD, 0)).isEqualTo(FD_CLOEXEC);
			if (opened instanceof EventDescriptor<?>) {
				assertThat(SYSCALLS.fcntl(loan.number(), F_GETFL, 0) & Syscalls.NONBLOCK).isNotZero();
			}
		}
	}

	/**
	 * Two handles are equal only if they are one: a number that comes again is another.
	 */
	@ParameterizedTest
	@EnumSource
	void handlesAreEqualOnlyIfTheyHoldTheSameOpenDescriptor(Handle handle) throws Exception {
		handle.assumeAvailable();
		AutoCloseable first = handle.open();
		assertThat(handle.fd(first)).isSameAs(handle.fd(first));
		first.close();
		assertThatIllegalStateException().isThrownBy(first::close);
		AutoCloseable second = handle.open();
		assertThat(second).isNotEqualTo(first);
		second.close();
	}

	enum Handle {

		INOTIFY(() -> new InotifyFactory(SYSCALLS).open(), Handle::read),

		EVENTFD(() -> new EventfdFactory(SYSCALLS).open(), Handle::read),

		TIMERFD(() -> new TimerfdFactory(SYSCALLS).open(), Handle::read),

		SIGNALFD(() -> new SignalfdFactory(SYSCALLS).open(Set.of(Signal.of("RTMIN+9"))), Handle::read),

		EPOLL(() -> new EpollFactory(SYSCALLS).open(), (opened) -> ((Epoll) opened).await(Duration.ZERO)),

		PIDFD(() -> new PidfdFactory(SYSCALLS).open(ProcessHandle.current().pid()),
				(opened) -> ((Pidfd) opened).await(Duration.ZERO)),

		/** Without a capability there is this kind of group. */
		FANOTIFY(() -> new FanotifyFactory(SYSCALLS).open(), Handle::read),

		MEMORY_EVENTS(() -> new MemoryEventsFactory(SYSCALLS).open(COUNTERS), Handle::count),

		PRESSURE(() -> new PressureTriggerFactory(SYSCALLS).open(PressureTriggerFactory.MEMORY, PressureLevel.SOME,
				Duration.ofMillis(150), Duration.ofSeconds(2)), Handle::poll);

		private final Supplier<AutoCloseable> opening;

		private final Consumer<AutoCloseable> use;

		Handle(Supplier<AutoCloseable> opening, Consumer<AutoCloseable> use) {
			this.opening = opening;
			this.use = use;
		}

		private static void read(AutoCloseable opened) {
			((EventDescriptor<?>) opened).pollEvent();
			((EventDescriptor<?>) opened).await(Duration.ZERO);
		}

		private static void count(AutoCloseable opened) {
			synchronized (opened) { // one thread at a time
				((MemoryEvents) opened).risen();
			}
		}

		private static void poll(AutoCloseable opened) {
			try (FdLoan loan = ((Pollable) opened).fd().lend();
					NativeMemory pollfd = NativeMemory.allocate(Pollfd.BYTES)) {
				pollfd.bytes().putInt(Pollfd.FD, loan.number());
				assertThat(SYSCALLS.poll(pollfd.address(), 1, 0)).isNotNegative();
			}
		}

		/** For the close of each trigger the kernel waits, for many of them at once. */
		int threads() {
			return (this == PRESSURE) ? 50 : 1;
		}

		void assumeAvailable() {
			if (this == PRESSURE) {
				assumeThatCode(() -> open().close()).as("SKIPPED: no trigger can be set here")
					.doesNotThrowAnyException();
			}
		}

		AutoCloseable open() {
			return this.opening.get();
		}

		void use(AutoCloseable opened) {
			this.use.accept(opened);
		}

		OwnedFd fd(AutoCloseable opened) {
			return ((Pollable) opened).fd();
		}

	}

	/** What has no events to be read. */
	enum Unread {

		PIPE(() -> new PipeFactory(SYSCALLS).open()),

		TRANSFER(() -> {
			Transfer transfer = TRANSFERS.open(TransferEnd.reading(Path.of("/dev/zero")),
					TransferEnd.writing(Path.of("/dev/null")));
			transfer.limit(1).run(Duration.ofSeconds(10));
			return transfer;
		}),

		/** By sendfile(2), to a peer that takes it at once. */
		SENDING_TRANSFER(() -> {
			Transfer transfer = TRANSFERS.open(TransferEnd.reading(Path.of(System.getProperty("java.home"), "release")),
					TransferEnd.of(Connection.NEAR));
			transfer.limit(1).run(Duration.ofSeconds(10));
			Connection.takeOne();
			return transfer;
		}),

		COPYING_TEE(() -> {
			Transfer transfer = TRANSFERS.openTee(TransferEnd.reading(Path.of("/proc/version")),
					TransferEnd.writing(Path.of("/dev/null")), TransferEnd.appending(Path.of("/dev/null")));
			transfer.run(Duration.ofSeconds(10));
			return transfer;
		}),

		NAMESPACE(() -> new Namespaces(SYSCALLS).open(ProcessHandle.current().pid(), CloneFlag.NEWUTS)),

		MOUNT(() -> new Mounts(SYSCALLS).openTree(Path.of("/"), Flags.none(OpenTreeFlag.class)));

		private final Supplier<AutoCloseable> opening;

		Unread(Supplier<AutoCloseable> opening) {
			this.opening = opening;
		}

	}

	/** Whoever sends first opens it, for all. */
	private static final class Connection {

		static final SocketChannel NEAR;

		private static final SocketChannel FAR;

		static {
			try (ServerSocketChannel server = ServerSocketChannel.open()) {
				server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				NEAR = SocketChannel.open(server.getLocalAddress());
				FAR = server.accept();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		private Connection() {
		}

		static void takeOne() {
			try {
				assertThat(FAR.read(ByteBuffer.allocate(1))).isEqualTo(1);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

	static final class Cycling {

		private Cycling() {
		}

		public static void main(String[] arguments) throws Exception {
			Enum<?> named = cycled().filter((any) -> any.name().equals(arguments[0])).findFirst().orElseThrow();
			Supplier<AutoCloseable> handle = used(named);
			int threads = (named instanceof Handle readable) ? readable.threads() : 1;
			cycle(handle, CYCLES / 2, threads);
			// the JVM opens files of its own now and then
			OpenFiles before = OpenFiles.now();
			int descriptors = descriptors();
			long nativeBytes = NativeMemory.allocated();
			long grownKib = ResidentMemory.grownKib(MAX_GROWTH_KIB, () -> cycle(handle, CYCLES, threads));
			OpenFiles after = OpenFiles.now();
			int grownDescriptors = descriptors() - descriptors;
			long grownBytes = NativeMemory.allocated() - nativeBytes;
			System.out.println("grown from " + before + " to " + after + ", by " + grownDescriptors + " descriptors, "
					+ grownBytes + " bytes of native memory, " + grownKib + " KiB resident");
			boolean nothing = after.equals(before) && OwnedFd.openCount() == 0 && grownBytes == 0
					&& grownDescriptors < MAX_STRANGERS;
			System.exit((nothing && grownKib < MAX_GROWTH_KIB) ? 0 : 1);
		}

		private static Supplier<AutoCloseable> used(Enum<?> any) {
			if (any instanceof Unread unread) {
				return unread.opening;
			}
			Handle handle = (Handle) any;
			return () -> {
				AutoCloseable opened = handle.open();
				handle.use(opened);
				return opened;
			};
		}

		private static void cycle(Supplier<AutoCloseable> handle, int count, int threads) throws Exception {
			List<CompletableFuture<Void>> shares = Stream
				.generate(() -> CompletableFuture.runAsync(() -> cycle(handle, count / threads),
						(task) -> new Thread(task).start()))
				.limit(threads)
				.toList();
			CompletableFuture.allOf(shares.toArray(CompletableFuture[]::new)).get();
		}

		private static void cycle(Supplier<AutoCloseable> handle, int count) {
			for (int i = 0; i < count; i++) {
				try {
					handle.get().close();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			}
		}

		private static int descriptors() {
			return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
		}

	}

}
