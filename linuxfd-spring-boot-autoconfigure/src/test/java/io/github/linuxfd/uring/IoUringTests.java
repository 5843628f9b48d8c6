package io.github.linuxfd.uring;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.SockaddrIn;
import io.github.linuxfd.ffi.Layouts.Timespec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link IoUring}, its queues and {@link ProvidedBuffers}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class IoUringTests {

	private static final int POLLIN = 1;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final IoUringFactory factory = new IoUringFactory(this.faults.syscalls());

	private final IoUring ring = this.factory.open(8, 16, Flags.none(IoUringSetupFlag.class));

	private final List<Result> results = new ArrayList<>();

	@TempDir
	Path directory;

	@AfterEach
	void closeRing() {
		if (this.ring.fd().isOpen()) {
			this.ring.close();
		}
	}

	@Test
	void openSaysWhatTheKernelCan() {
		assertThat(this.ring.features().contains(IoUringFeature.NODROP)).isTrue();
		assertThat(this.ring.operations()).contains(IoUringOperation.NOP, IoUringOperation.READ, IoUringOperation.RECV);
		assertThat(this.ring.submissions().size()).isEqualTo(8);
		assertThat(this.ring.completions().size()).isEqualTo(16);
	}

	@Test
	void entriesWhenSubmittedTogetherAllComplete() {
		for (int i = 1; i <= 3; i++) {
			this.ring.submissions().next().nop().userData(i);
		}

		assertThat(this.ring.submitAndWait(3)).isEqualTo(3);
		assertThat(this.ring.submissions().isEmpty()).isTrue();

		assertThat(take()).containsExactlyInAnyOrder(new Result(1, 0), new Result(2, 0), new Result(3, 0));
	}

	@Test
	void fileWhenWrittenIsReadBackAtItsOffsets() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		try (OwnedFd fd = open(file, 2); FdLoan loan = fd.lend(); NativeMemory memory = memory("linuxfd!")) {
			NativeMemory vectors = NativeMemory.allocate(32);
			this.ring.submissions().next().write(loan.number(), memory.address(), 8, 4096).userData(1);
			await(new Result(1, 8));
			vectors.bytes().putLong(0, memory.address() + 4).putLong(8, 4).putLong(16, memory.address()).putLong(24, 4);
			this.ring.submissions().next().writev(loan.number(), vectors.address(), 2, 0).userData(2).link();
			this.ring.submissions().next().fsync(loan.number(), true).userData(3);
			await(new Result(2, 8), new Result(3, 0));
			this.ring.submissions().next().readv(loan.number(), vectors.address(), 2, 4096).userData(4).link();
			this.ring.submissions().next().read(loan.number(), memory.address(), 4, 0).userData(5);
			await(new Result(4, 8), new Result(5, 4));
			assertThat(text(memory, 4)).as("of the read at 0").isEqualTo("xfd!");
			vectors.close();
		}
		assertThat(Files.size(file)).isEqualTo(4104);
		assertThat(Files.readString(file)).startsWith("xfd!linu").endsWith("linuxfd!");
	}

	@Test
	void entryWhenItFailsCarriesTheErrno() {
		this.ring.submissions().next().read(-1, 0, 1, 0).userData(7);

		await(new Result(7, -Errno.EBADF.number()));
	}

	@Test
	void linkWhenTheFirstFailsDoesNotStartTheNext() {
		this.ring.submissions().next().read(-1, 0, 1, 0).userData(1).link();
		this.ring.submissions().next().nop().userData(2);

		await(new Result(1, -Errno.EBADF.number()), new Result(2, -Errno.ECANCELED.number()));
	}

	@Test
	void linkTimeoutWhenTheTimeIsOverCancels() {
		try (Eventfd never = eventfd(); FdLoan loan = never.fd().lend(); NativeMemory time = milliseconds(5)) {
			this.ring.submissions().next().poll(loan.number(), POLLIN).userData(1).link();
			this.ring.submissions().next().linkTimeout(time.address()).userData(2);

			await(new Result(1, -Errno.ECANCELED.number()), new Result(2, -Errno.ETIME.number()));
		}
	}

	@Test
	void linkTimeoutWhenInTimeIsCancelled() {
		try (NativeMemory time = milliseconds(60_000)) {
			this.ring.submissions().next().nop().userData(1).link();
			this.ring.submissions().next().linkTimeout(time.address()).userData(2);

			await(new Result(1, 0), new Result(2, -Errno.ECANCELED.number()));
		}
	}

	@Test
	void timeoutCompletesWhenItsTimeIsOver() {
		try (NativeMemory time = milliseconds(20)) {
			long start = System.nanoTime();
			this.ring.submissions().next().timeout(time.address(), false).userData(1);

			await(new Result(1, -Errno.ETIME.number()));
			assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000L);
		}
	}

	@Test
	void cancelByTokenEndsThatEntryAlone() {
		try (Eventfd first = eventfd();
				Eventfd second = eventfd();
				FdLoan one = first.fd().lend();
				FdLoan two = second.fd().lend()) {
			this.ring.submissions().next().poll(one.number(), POLLIN).userData(1);
			this.ring.submissions().next().poll(two.number(), POLLIN).userData(2);
			this.ring.submissions().next().cancel(1).userData(3);
			await(new Result(1, -Errno.ECANCELED.number()), new Result(3, 0));
			this.ring.submissions().next().cancel(1).userData(4);
			await(new Result(4, -Errno.ENOENT.number()));

			second.increment();
			await(new Result(2, POLLIN));
		}
	}

	@Test
	void cancelByDescriptorEndsAllOfIt() {
		try (Eventfd eventfd = eventfd();
				Eventfd other = eventfd();
				FdLoan loan = eventfd.fd().lend();
				FdLoan stays = other.fd().lend()) {
			this.ring.submissions().next().poll(loan.number(), POLLIN).userData(1);
			this.ring.submissions().next().pollMultishot(loan.number(), POLLIN).userData(2);
			this.ring.submissions().next().poll(stays.number(), POLLIN).userData(3);
			this.ring.submissions().next().cancelAllOf(loan.number()).userData(4);
			int cancelled = -Errno.ECANCELED.number();
			await(new Result(1, cancelled), new Result(2, cancelled), new Result(4, 2));

			this.ring.submissions().next().cancelAll().userData(5);
			await(new Result(3, cancelled), new Result(5, 1));
		}
	}

	@Test
	void pollMultishotReportsEachChange() {
		try (Eventfd eventfd = eventfd(); FdLoan loan = eventfd.fd().lend()) {
			this.ring.submissions().next().pollMultishot(loan.number(), POLLIN).userData(1);
			this.ring.submit();
			for (int i = 0; i < 3; i++) {
				eventfd.increment();
				this.ring.submitAndWait(1);
				List<Integer> flags = new ArrayList<>();
				this.ring.forEachCompletion((userData, result, flag) -> flags.add(flag));
				assertThat(flags).singleElement().satisfies((flag) -> assertThat(Completion.hasMore(flag)).isTrue());
			}
			this.ring.submissions().next().cancel(1).userData(2).skipSuccess();
			await(new Result(1, -Errno.ECANCELED.number()));
		}
	}

	@Test
	void acceptMultishotAcceptsOneAfterTheOther() throws IOException {
		Syscalls syscalls = Syscalls.system();
		try (NativeMemory address = NativeMemory.allocate(64);
				OwnedFd listening = OwnedFd.adopt(syscalls, syscalls.socket(2, 1 | Syscalls.CLOEXEC, 0), "socket", "");
				FdLoan loan = listening.lend()) {
			address.bytes().putShort(SockaddrIn.FAMILY, (short) 2).put(SockaddrIn.ADDR, new byte[] { 127, 0, 0, 1 });
			SyscallException.check("bind", syscalls.bind(loan.number(), address.address(), SockaddrIn.BYTES), "");
			SyscallException.check("listen", syscalls.listen(loan.number(), 16), "");
			address.bytes().putInt(32, SockaddrIn.BYTES);
			syscalls.getsockname(loan.number(), address.address(), address.address() + 32);
			int port = (address.bytes().get(2) & 0xff) << 8 | address.bytes().get(3) & 0xff;
			this.ring.submissions().next().acceptMultishot(loan.number(), Syscalls.CLOEXEC).userData(1);
			this.ring.submit();
			for (int i = 0; i < 3; i++) {
				try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
					this.ring.submitAndWait(1);
					List<Integer> accepted = new ArrayList<>();
					this.ring.forEachCompletion((userData, result, flags) -> {
						assertThat(Completion.hasMore(flags)).isTrue();
						accepted.add(result);
					});
					assertThat(accepted).singleElement().satisfies((number) -> assertThat(number).isPositive());
					assertThat(client.isConnected()).isTrue();
					this.ring.submissions().next().close(accepted.get(0)).userData(2);
					await(new Result(2, 0));
				}
			}
			this.ring.submissions().next().cancelAllOf(loan.number()).userData(3);
			await(new Result(1, -Errno.ECANCELED.number()), new Result(3, 1));
		}
	}

	@Test
	void receiveMultishotTakesProvidedBuffersUntilThereAreNone() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				Connection connection = new Connection();
				ProvidedBuffers buffers = this.ring.provideBuffers(3, 2, 16)) {
			connection.connect(this.ring, server.getLocalPort());
			try (Socket peer = server.accept()) {
				OutputStream output = peer.getOutputStream();
				this.ring.submissions().next().recvMultishot(connection.number(), buffers.group()).userData(1);
				this.ring.submit();
				for (String message : List.of("one", "two", "three", "four", "five")) {
					output.write(message.getBytes(StandardCharsets.US_ASCII));
					this.ring.submitAndWait(1);
					this.ring.forEachCompletion((userData, result, flags) -> {
						assertThat(Completion.hasMore(flags)).isTrue();
						assertThat(Completion.hasBuffer(flags)).isTrue();
						int buffer = Completion.buffer(flags);
						assertThat(StandardCharsets.US_ASCII.decode(buffers.bytes(buffer, result)).toString())
							.isEqualTo(message);
						buffers.giveBack(buffer);
					});
				}
				output.write(new byte[40]);
				List<Result> all = new ArrayList<>();
				while (all.stream().noneMatch((result) -> result.value() < 0)) {
					this.ring.submitAndWait(1);
					all.addAll(take());
				}
				assertThat(all).as("the buffers were not given back")
					.containsExactly(new Result(1, 16), new Result(1, 16), new Result(1, -Errno.ENOBUFS.number()));
			}
		}
	}

	@Test
	void providedBuffersWhenThereIsNoSuchOrTheyAreClosedAreRefused() {
		ProvidedBuffers buffers = this.ring.provideBuffers(3, 4, 64);
		for (int buffer : new int[] { -1, 4 }) {
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> buffers.giveBack(buffer));
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> buffers.bytes(buffer, 1));
		}
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> buffers.bytes(3, 65));
		assertThat(buffers.bytes(3, 64).capacity()).isEqualTo(64);
		buffers.close();
		assertThatIllegalStateException().isThrownBy(() -> buffers.giveBack(0));
		assertThatIllegalStateException().isThrownBy(() -> buffers.bytes(0, 1));
	}

	@Test
	void providedBuffersWhenNotAPowerOfTwoAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.ring.provideBuffers(1, 3, 16))
			.withMessageContaining("power of two");
	}

	@Test
	void registeredFilesAndBuffersAreNamedByIndex() throws IOException {
		Path file = Files.writeString(this.directory.resolve("file"), "0123456789");
		try (OwnedFd fd = open(file, 2);
				NativeMemory first = NativeMemory.allocate(4096);
				NativeMemory second = memory("abc")) {
			this.ring.registerFiles(List.of(fd));
			this.ring.registerBuffers(List.of(first, second));
			this.ring.submissions().next().readFixed(0, first.address() + 8, 4, 3, 0).fixedFile().userData(1);
			await(new Result(1, 4));
			assertThat(first.bytes().getInt(8)).isEqualTo(memoryInt("3456"));
			this.ring.submissions().next().writeFixed(0, second.address(), 3, 0, 1).fixedFile().userData(2);
			await(new Result(2, 3));
			this.ring.submissions().next().readFixed(0, second.address(), 4, 0, 0).fixedFile().userData(3);
			await(new Result(3, -Errno.EFAULT.number()));
			this.ring.unregisterBuffers();
			this.ring.unregisterFiles();
			assertThatExceptionOfType(SyscallException.class).isThrownBy(this.ring::unregisterFiles)
				.satisfies((failure) -> assertThat(failure.errno()).isEqualTo(Errno.ENXIO));
		}
		assertThat(Files.readString(file)).isEqualTo("abc3456789");
	}

	/**
	 * It takes a time limit or a wait in between, or the kernel would do each at once.
	 */
	@Test
	void completionsWhenTheyOverflowAreAllThereInOrder() {
		for (int batch = 0; batch < 8; batch++) {
			for (int i = 0; i < 8; i++) {
				this.ring.submissions().next().nop().userData(batch * 8 + i);
			}
			this.ring.submit();
		}

		assertThat(this.ring
			.forEachCompletion((userData, result, flags) -> this.results.add(new Result(userData, result))))
			.isEqualTo(64);
		assertThat(this.results).extracting(Result::userData)
			.containsExactlyElementsOf(LongStream.range(0, 64).boxed().toList());
		assertThat(this.ring.overflows()).isPositive();
	}

	@Test
	void nextWhenTheQueueIsFullIsRefusedUntilSubmitted() {
		IntStream.range(0, 8).forEach((i) -> this.ring.submissions().next().nop().userData(i));

		assertThat(this.ring.submissions().free()).isZero();
		assertThatIllegalStateException().isThrownBy(() -> this.ring.submissions().next())
			.withMessageContaining("8 entries is full");
		this.ring.submit();
		assertThat(this.ring.submissions().free()).isEqualTo(8);
	}

	@Test
	void receiverWhenItThrowsSeesNothingTwice() {
		IntStream.range(0, 3).forEach((i) -> this.ring.submissions().next().nop().userData(i));
		this.ring.submitAndWait(3);

		assertThatIllegalStateException().isThrownBy(() -> this.ring.forEachCompletion((userData, result, flags) -> {
			throw new IllegalStateException("at " + userData);
		})).withMessage("at 0");
		assertThat(take()).extracting(Result::userData).containsExactly(1L, 2L);
	}

	@Test
	void singleIssuerRefusesAnotherThread() {
		try (IoUring own = this.factory.open(8, 16,
				Flags.of(IoUringSetupFlag.SINGLE_ISSUER, IoUringSetupFlag.DEFER_TASKRUN))) {
			own.submissions().next().nop();
			own.submitAndWait(1);
			CompletableFuture<Integer> other = CompletableFuture.supplyAsync(own::submit,
					(task) -> new Thread(task).start());

			assertThat(other).failsWithin(java.time.Duration.ofSeconds(20))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(SyscallException.class)
				.withMessageContaining("EEXIST");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "EPERM", "ENOSYS", "ENOMEM", "EMFILE" })
	void openWhenRefusedNamesTheCallAndLeaksNothing(String errno) throws Exception {
		Errno refusal = (Errno) Errno.class.getField(errno).get(null);
		this.faults.fail("ioUringSetup", 1, refusal);

		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.factory.open(8, 16, Flags.of(IoUringSetupFlag.CLAMP)))
			.withMessageStartingWith("io_uring_setup(8, CLAMP) failed: " + errno);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void openWhenMappingFailsLeaksNothing(int call) {
		this.faults.fail("mmapShared", call, Errno.ENOMEM);

		assertThatExceptionOfType(SyscallException.class)
			.isThrownBy(() -> this.factory.open(8, 16, Flags.none(IoUringSetupFlag.class)))
			.withMessageContaining("ENOMEM");
	}

	@Test
	void closeWhenClosedIsRefused() {
		this.ring.close();

		assertThatIllegalStateException().isThrownBy(this.ring::close);
		assertThatIllegalStateException().isThrownBy(this.ring::submit);
	}

	private void await(Result... expected) {
		List<Result> come = new ArrayList<>();
		while (come.size() < expected.length) {
			this.ring.submitAndWait(1);
			come.addAll(take());
		}
		assertThat(come).containsExactlyInAnyOrder(expected);
	}

	private List<Result> take() {
		List<Result> taken = new ArrayList<>();
		this.ring.forEachCompletion((userData, result, flags) -> taken.add(new Result(userData, result)));
		return taken;
	}

	private Eventfd eventfd() {
		return new EventfdFactory(Syscalls.system()).open();
	}

	private static OwnedFd open(Path file, int flags) {
		Syscalls syscalls = Syscalls.system();
		return OwnedFd.adopt(syscalls, syscalls.open((file + "\0").getBytes(StandardCharsets.UTF_8), flags), "open",
				file.toString());
	}

	private static NativeMemory memory(String text) {
		NativeMemory memory = NativeMemory.allocate(4096);
		memory.bytes().put(0, text.getBytes(StandardCharsets.US_ASCII));
		return memory;
	}

	private static int memoryInt(String text) {
		try (NativeMemory memory = memory(text)) {
			return memory.bytes().getInt(0);
		}
	}

	private static String text(NativeMemory memory, int length) {
		return StandardCharsets.US_ASCII.decode(memory.bytes().slice(0, length)).toString();
	}

	private static NativeMemory milliseconds(long millis) {
		NativeMemory time = NativeMemory.allocate(Timespec.BYTES);
		time.bytes().putLong(Timespec.SEC, millis / 1000).putLong(Timespec.NSEC, millis % 1000 * 1_000_000);
		return time;
	}

	private record Result(long userData, int value) {

	}

	/** A socket that the ring itself connects. */
	private static final class Connection implements AutoCloseable {

		private final Syscalls syscalls = Syscalls.system();

		private final OwnedFd fd = OwnedFd.adopt(this.syscalls, this.syscalls.socket(2, 1 | Syscalls.CLOEXEC, 0),
				"socket", "");

		private final FdLoan loan = this.fd.lend();

		int number() {
			return this.loan.number();
		}

		void connect(IoUring ring, int port) {
			try (NativeMemory address = NativeMemory.allocate(SockaddrIn.BYTES)) {
				InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
				address.bytes()
					.putShort(SockaddrIn.FAMILY, (short) 2)
					.put(SockaddrIn.PORT, (byte) (port >> 8))
					.put(SockaddrIn.PORT + 1, (byte) port)
					.put(SockaddrIn.ADDR, loopback.getAddress().getAddress());
				ring.submissions().next().connect(number(), address.address(), SockaddrIn.BYTES).userData(99);
				ring.submitAndWait(1);
				ring.forEachCompletion((userData, result, flags) -> assertThat(result).isZero());
			}
		}

		@Override
		public void close() {
			this.loan.close();
			this.fd.close();
		}

	}

}
