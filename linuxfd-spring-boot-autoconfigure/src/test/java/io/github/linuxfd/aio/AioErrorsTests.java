package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.RingFaults;
import io.github.linuxfd.uring.IoUring;
import io.github.linuxfd.uring.IoUringFactory;
import io.github.linuxfd.uring.IoUringSetupFlag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Every error of every call that this package makes, from the seam, or from the
 * completion of a ring, to the exception that the user sees; and those that the kernel
 * can be made to give.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AioErrorsTests {

	/** call | argument | permission | memory | system | internal | retry. */
	private static final String CALLS = """
			socket | EINVAL EAFNOSUPPORT EPROTONOSUPPORT | EACCES EPERM | ENOMEM ENOBUFS | EMFILE ENFILE | |
			bind | EBADF EINVAL ENOTSOCK EADDRNOTAVAIL EAFNOSUPPORT | EACCES EPERM | ENOMEM ENOBUFS | EADDRINUSE | EFAULT |
			listen | EBADF EINVAL ENOTSOCK EOPNOTSUPP | EACCES EPERM | ENOMEM ENOBUFS | EADDRINUSE | |
			getsockname | EBADF EINVAL ENOTSOCK | | ENOMEM ENOBUFS | | EFAULT |
			getpeername | EBADF EINVAL ENOTSOCK | | ENOMEM ENOBUFS | | EFAULT |
			getsockopt | EBADF EINVAL EDOM ENOTSOCK ENOPROTOOPT EOPNOTSUPP | EACCES EPERM | ENOMEM ENOBUFS | | EFAULT |
			setsockopt | EBADF EINVAL EDOM ENOTSOCK ENOPROTOOPT EOPNOTSUPP | EACCES EPERM | ENOMEM ENOBUFS | | EFAULT |
			shutdown | EBADF EINVAL ENOTSOCK ENOTCONN | | | | |
			open | EINVAL ENOENT ENOTDIR EISDIR ELOOP ENAMETOOLONG EEXIST EOVERFLOW | EACCES EPERM EROFS | ENOMEM | EMFILE ENFILE ENODEV ENXIO ENOSPC ETXTBSY EDQUOT | |
			lseek | EBADF ENXIO EOVERFLOW | | | | |
			ftruncate | EBADF EINVAL EFBIG | EPERM EACCES EROFS | | EIO ENOSPC EDQUOT | |
			fsync | EBADF EINVAL | EROFS | ENOMEM | EIO ENOSPC EDQUOT | |
			fdatasync | EBADF EINVAL | EROFS | ENOMEM | EIO ENOSPC EDQUOT | |
			fcntl | EBADF EINVAL | EPERM | ENOMEM | EMFILE ENOLCK | EFAULT |
			io_uring_setup | EINVAL | EPERM EACCES | ENOMEM | EMFILE ENFILE ENOSYS | EFAULT |
			io_uring_enter | EBADF EINVAL EOPNOTSUPP ENXIO | EPERM EACCES | ENOMEM | ENOSYS | EFAULT | EAGAIN EBUSY EINTR
			io_uring_register | EBADF EINVAL EBUSY EEXIST ENXIO EOPNOTSUPP | EPERM EACCES | ENOMEM | EMFILE ENOSYS | EFAULT |
			mmap | EBADF EINVAL | EACCES EPERM | ENOMEM | ENFILE ENODEV | | EAGAIN
			io_setup | EINVAL | | ENOMEM | EAGAIN ENOSYS | EFAULT |
			""";

	/** What is a result and no error at the seam is one in a completion of a ring. */
	private static final String OPERATIONS = """
			accept | EBADF EINVAL ENOTSOCK EOPNOTSUPP | EACCES EPERM | ENOMEM ENOBUFS | EMFILE ENFILE ECANCELED | EFAULT | EAGAIN ECONNABORTED EPROTO ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ETIMEDOUT
			connect | EBADF EINVAL ENOTSOCK EAFNOSUPPORT EPROTOTYPE EALREADY EISCONN EOPNOTSUPP | EACCES EPERM | ENOMEM ENOBUFS | ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ECANCELED | EFAULT | EAGAIN
			recv | EBADF EINVAL ENOTSOCK ENOTCONN | | ENOMEM ENOBUFS | ECONNRESET ECONNREFUSED ETIMEDOUT ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ECANCELED | EFAULT | EAGAIN
			recvmsg | EBADF EINVAL ENOTSOCK ENOTCONN | | ENOMEM ENOBUFS | ECONNRESET ECONNREFUSED ETIMEDOUT ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ECANCELED | EFAULT | EAGAIN
			send | EBADF EINVAL ENOTSOCK ENOTCONN EISCONN EDESTADDRREQ EMSGSIZE EOPNOTSUPP EAFNOSUPPORT | EACCES EPERM | ENOMEM ENOBUFS | EPIPE ECONNRESET ECONNREFUSED ETIMEDOUT ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ECANCELED | EFAULT | EAGAIN
			sendmsg | EBADF EINVAL ENOTSOCK ENOTCONN EISCONN EDESTADDRREQ EMSGSIZE EOPNOTSUPP EAFNOSUPPORT | EACCES EPERM | ENOMEM ENOBUFS | EPIPE ECONNRESET ECONNREFUSED ETIMEDOUT ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ECANCELED | EFAULT | EAGAIN
			read | EBADF EINVAL EISDIR ESPIPE | | ENOMEM | EIO ECANCELED | EFAULT | EAGAIN
			readv | EBADF EINVAL EISDIR ESPIPE | | ENOMEM ENOBUFS | EIO ECONNRESET ECANCELED | EFAULT | EAGAIN
			write | EBADF EINVAL EFBIG ESPIPE | EPERM | ENOMEM | EIO ENOSPC EPIPE EDQUOT ECANCELED | EFAULT | EAGAIN
			writev | EBADF EINVAL EFBIG ESPIPE | EPERM | ENOMEM ENOBUFS | EIO ENOSPC EPIPE EDQUOT ECANCELED | EFAULT | EAGAIN
			fsync | EBADF EINVAL | EROFS | ENOMEM | EIO ENOSPC EDQUOT ECANCELED | |
			""";

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FaultInjectingSyscalls ringFaults = FaultInjectingSyscalls.ofSystem();

	private final RingFaults completions = new RingFaults(this.ringFaults);

	private int descriptors;

	private Aio fallback;

	private Aio ring;

	private Path directory;

	@BeforeAll
	void open(@TempDir Path shared) {
		this.directory = shared;
		this.fallback = new Aio(
				new AioEngines(this.faults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.LINUX_AIO)));
		this.ring = new Aio(
				new AioEngines(this.ringFaults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.IO_URING)));
		this.descriptors = OwnedFd.openCount();
	}

	@AfterEach
	void heal() {
		this.faults.heal();
		this.completions.heal();
		// what an engine closes as soon as it has done with it
		RecordingHandler.eventually().until(() -> OwnedFd.openCount() == this.descriptors);
	}

	@AfterAll
	void close() {
		this.fallback.close();
		this.ring.close();
	}

	static Stream<Arguments> calls() {
		return ErrorTable.cells(CALLS);
	}

	static Stream<Arguments> operations() {
		return ErrorTable.cells(OPERATIONS);
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("calls")
	void callWhenTheKernelRefusesThrowsWhatTheTableSays(String call, Errno errno, Class<? extends Throwable> kind) {
		int descriptors = OwnedFd.openCount();
		SyscallException failure = catchThrowableOfType(SyscallException.class, () -> make(call, errno));
		assertThat(failure).isExactlyInstanceOf(kind)
			.hasMessageStartingWith(call + "(")
			.hasMessageEndingWith(") failed: " + errno);
		assertThat(failure.errno()).isEqualTo(errno);
		assertThat(failure.syscall()).isEqualTo(call);
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	private void make(String call, Errno errno) {
		switch (call) {
			case "socket" -> {
				this.faults.failAll("socket", errno);
				this.fallback.openStreamSocket();
			}
			case "open" -> {
				this.faults.failAll("open", errno);
				this.fallback.open(this.directory.resolve("missing"));
			}
			case "lseek", "ftruncate", "fsync", "fdatasync", "fcntl" -> {
				try (AioFile file = file(this.fallback, true)) {
					this.faults.failAll(call, errno);
					callOfAFile(file, call);
				}
			}
			case "io_uring_setup", "io_uring_enter", "io_uring_register", "mmap" -> callOfARing(call, errno);
			case "io_setup" -> setUpLinuxAio(errno);
			default -> {
				try (AioSocket socket = this.fallback.openStreamSocket()) {
					this.faults.failAll(call, errno);
					callOfASocket(socket, call);
				}
			}
		}
	}

	private static void callOfASocket(AioSocket socket, String call) {
		switch (call) {
			case "bind" -> socket.bind(loopback(0));
			case "listen" -> socket.listen(1);
			case "getsockname" -> socket.localAddress();
			case "getpeername" -> socket.remoteAddress();
			case "getsockopt" -> socket.getOption(StandardSocketOptions.TCP_NODELAY);
			case "setsockopt" -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
			default -> socket.shutdownOutput();
		}
	}

	private static void callOfAFile(AioFile file, String call) {
		switch (call) {
			case "lseek" -> file.size();
			case "ftruncate" -> file.truncate(0);
			case "fcntl" -> file.lock(AioFile.F_RDLCK, 0, 1);
			default -> file.force(call.equals("fsync"));
		}
	}

	private void callOfARing(String call, Errno errno) {
		IoUringFactory factory = new IoUringFactory(this.faults.syscalls());
		if (call.equals("io_uring_setup") || call.equals("mmap")) {
			this.faults.failAll(call.equals("mmap") ? "mmapShared" : "ioUringSetup", errno);
		}
		try (IoUring opened = factory.open(8, 8, Flags.none(IoUringSetupFlag.class))) {
			if (call.equals("io_uring_enter")) {
				this.faults.failAll("ioUringEnter", errno);
				opened.submit();
			}
			else {
				this.faults.failAll("ioUringRegister", errno);
				opened.operations();
			}
		}
	}

	/** Files are left to threads then. */
	private void setUpLinuxAio(Errno errno) {
		this.faults.failAll("ioSetup", errno);
		AioSettings settings = AioSettings.DEFAULT.withEngine(AioEngine.LINUX_AIO);
		try (Fallback without = new Fallback(this.faults.syscalls(), settings, null, new AioStatistics())) {
			assertThat(without.kind()).isEqualTo(AioEngine.EPOLL);
			throw without.refusal().orElseThrow();
		}
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@MethodSource("operations")
	void operationWhenItFailsIsTheSameOnEveryEngine(String call, Errno errno, Class<? extends Throwable> kind)
			throws Exception {
		this.completions.fail(errno);
		check(start(this.ring, call), call, errno, kind);
		if (!errno.equals(Errno.EAGAIN)) {
			List.of("accept4", "connect", "recv", "recvmsg", "send", "sendmsg", "pread", "preadv", "pwrite", "pwritev",
					"fsync")
				.forEach((method) -> this.faults.failAll(method, errno));
			check(start(this.fallback, call), call, errno, kind);
		}
	}

	private static void check(Started started, String call, Errno errno, Class<? extends Throwable> kind)
			throws Exception {
		try (AioHandle handle = started.handle()) {
			Throwable failure = RecordingHandler.awaitFailure(started.future());
			assertThat(failure).isExactlyInstanceOf(kind)
				.hasMessage(call + "(" + handle + started.detail() + ") failed: " + errno);
			assertThat(((SyscallException) failure).errno()).isEqualTo(errno);
			assertThat(((SyscallException) failure).syscall()).isEqualTo(call);
			assertThat(handle.isOpen()).isTrue();
		}
	}

	/** Starts what fails at once by itself, or does no harm. */
	private Started start(Aio aio, String call) {
		ByteBuffer buffer = ByteBuffer.allocate(1);
		List<ByteBuffer> buffers = List.of(buffer, ByteBuffer.allocate(2));
		return switch (call) {
			case "read" -> started(file(aio, true), ", 1 bytes at 0", (file) -> aio.read(file, buffer, 0));
			case "readv" -> started(file(aio, true), "", (file) -> aio.readv(file, buffers, 0));
			case "write" -> started(file(aio, false), ", 1 bytes at 0", (file) -> aio.write(file, buffer, 0));
			case "writev" -> started(file(aio, false), "", (file) -> aio.writev(file, buffers, 0));
			case "fsync" -> started(file(aio, true), "", (file) -> aio.fsync(file, true));
			case "accept" -> started(aio.openStreamSocket(), "", aio::accept);
			case "connect" ->
				started(aio.openStreamSocket(), ", " + loopback(0), (socket) -> aio.connect(socket, loopback(0)));
			case "recv" -> started(aio.openStreamSocket(), ", 1 bytes", (socket) -> aio.recv(socket, buffer));
			case "send" -> started(aio.openStreamSocket(), ", 1 bytes", (socket) -> aio.send(socket, buffer));
			case "recvmsg" -> started(aio.openStreamSocket(), "", (socket) -> aio.recvfrom(socket, buffer));
			default -> started(aio.openStreamSocket(), ", " + loopback(9),
					(socket) -> aio.sendto(socket, buffer, loopback(9)));
		};
	}

	private static <H extends AioHandle> Started started(H handle, String detail,
			Function<H, CompletableFuture<?>> operation) {
		return new Started(handle, detail, operation.apply(handle));
	}

	/** Of one that io_submit(2) refuses. */
	@ParameterizedTest
	@ValueSource(ints = { 9, 14, 22, 38 })
	void submissionWhenRefusedFailsItsOperation(int errno) throws Exception {
		try (AioFile file = this.fallback.open(this.directory.resolve("direct"), StandardOpenOption.WRITE,
				StandardOpenOption.CREATE, ExtendedOpenOption.DIRECT)) {
			this.faults.failAll("ioSubmit", new Errno(errno));
			assertThat(RecordingHandler.awaitFailure(this.fallback.write(file, ByteBuffer.allocate(4096), 0)))
				.isInstanceOfSatisfying(SyscallException.class, (failure) -> {
					assertThat(failure.errno()).isEqualTo(new Errno(errno));
					assertThat(failure.syscall()).isEqualTo("write");
				});
			this.faults.heal();
			assertThat(RecordingHandler.await(this.fallback.write(file, ByteBuffer.allocate(4096), 0))).isEqualTo(4096);
		}
	}

	static Stream<Arguments> provocations() {
		Map<String, String> provocations = Map.ofEntries(Map.entry("accept of a socket that does not listen", "EINVAL"),
				Map.entry("connect again", "EISCONN"), Map.entry("connect to nobody", "ECONNREFUSED"),
				Map.entry("recv of nobody", "ENOTCONN"), Map.entry("recvmsg of nobody", "ENOTCONN"),
				Map.entry("send to nobody", "EPIPE"), Map.entry("send after the end", "EPIPE"),
				Map.entry("send of a datagram to nobody", "EDESTADDRREQ"), Map.entry("sendmsg of too much", "EMSGSIZE"),
				Map.entry("recv after a reset", "ECONNRESET"), Map.entry("bind to what is used", "EADDRINUSE"),
				Map.entry("bind to somebody else", "EADDRNOTAVAIL"), Map.entry("bind again", "EINVAL"),
				Map.entry("listen of a datagram socket", "EOPNOTSUPP"), Map.entry("shutdown of nobody", "ENOTCONN"),
				Map.entry("read of a directory", "EISDIR"), Map.entry("read of what is only written", "EBADF"),
				Map.entry("write to a full device", "ENOSPC"), Map.entry("writev to a full device", "ENOSPC"),
				Map.entry("ftruncate of what is only read", "EINVAL"), Map.entry("open of what is missing", "ENOENT"));
		return Arrays.stream(AioEngine.values())
			.filter((engine) -> engine == AioEngine.IO_URING || engine == AioEngine.LINUX_AIO)
			.flatMap((engine) -> provocations.entrySet()
				.stream()
				.map((entry) -> Arguments.of(engine, entry.getKey(), entry.getValue())));
	}

	@ParameterizedTest(name = "{0}: {1} is {2}")
	@MethodSource("provocations")
	void mistakeIsToldAsTheKernelToldIt(AioEngine engine, String mistake, String errno) throws Exception {
		Aio aio = (engine == AioEngine.IO_URING) ? this.ring : this.fallback;
		Throwable failure;
		try (AioSocket stream = aio.openStreamSocket(); AioSocket datagram = aio.openDatagramSocket()) {
			failure = RecordingHandler.awaitFailure(make(aio, mistake, stream, datagram));
		}
		assertThat(failure).isInstanceOfSatisfying(SyscallException.class, (refusal) -> {
			assertThat(refusal.errno().name()).isEqualTo(errno);
			assertThat(mistake).startsWith(refusal.syscall());
			assertThat(refusal).isNotInstanceOf(SyscallUnknownException.class);
		});
	}

	private CompletableFuture<?> make(Aio aio, String mistake, AioSocket stream, AioSocket datagram) throws Exception {
		ByteBuffer buffer = ByteBuffer.allocate(1);
		return switch (mistake) {
			case "accept of a socket that does not listen" -> aio.accept(stream);
			case "connect again" -> connected(aio, stream, (peer) -> aio.connect(stream, loopback(9)));
			case "connect to nobody" -> aio.connect(stream, unused(aio));
			case "recv of nobody" -> aio.recv(stream, buffer);
			case "recvmsg of nobody" -> aio.recvfrom(stream, buffer);
			case "send to nobody" -> aio.send(stream, buffer);
			case "send after the end" -> connected(aio, stream, (peer) -> {
				stream.shutdownOutput();
				return aio.send(stream, buffer);
			});
			case "send of a datagram to nobody" -> aio.send(datagram, buffer);
			case "sendmsg of too much" -> aio.sendto(datagram, ByteBuffer.allocate(70_000), loopback(9));
			case "recv after a reset" -> connected(aio, stream, (peer) -> {
				peer.setOption(StandardSocketOptions.SO_LINGER, 0);
				peer.close();
				return aio.recv(stream, buffer);
			});
			case "bind to what is used" -> call(() -> {
				stream.bind(loopback(0));
				stream.listen(1);
				try (AioSocket other = aio.openStreamSocket()) {
					other.bind(loopback(stream.localAddress().getPort()));
				}
			});
			case "bind to somebody else" -> call(() -> stream.bind(new InetSocketAddress("192.0.2.1", 0)));
			case "bind again" -> call(() -> {
				stream.bind(loopback(0));
				stream.bind(loopback(0));
			});
			case "listen of a datagram socket" -> call(() -> datagram.listen(1));
			case "shutdown of nobody" -> call(stream::shutdownOutput);
			case "read of a directory" -> with(aio.open(this.directory), (file) -> aio.read(file, buffer, 0));
			case "read of what is only written" -> with(file(aio, true), (file) -> aio.read(file, buffer, 0));
			case "write to a full device" ->
				with(aio.open(Path.of("/dev/full"), StandardOpenOption.WRITE), (file) -> aio.write(file, buffer, 0));
			case "writev to a full device" -> with(aio.open(Path.of("/dev/full"), StandardOpenOption.WRITE),
					(file) -> aio.writev(file, List.of(buffer), 0));
			case "ftruncate of what is only read" -> call(() -> {
				try (AioFile file = file(aio, false)) {
					file.truncate(0);
				}
			});
			default -> call(() -> aio.open(this.directory.resolve("missing")));
		};
	}

	private static CompletableFuture<?> connected(Aio aio, AioSocket stream,
			Function<AioSocket, CompletableFuture<?>> mistake) throws Exception {
		try (AioSocket listening = aio.openStreamSocket()) {
			listening.bind(loopback(0));
			listening.listen(1);
			CompletableFuture<AioSocket> accepted = aio.accept(listening);
			RecordingHandler.await(aio.connect(stream, loopback(listening.localAddress().getPort())));
			AioSocket peer = RecordingHandler.await(accepted);
			try {
				CompletableFuture<?> made = mistake.apply(peer);
				RecordingHandler.eventually().until(made::isDone);
				return made;
			}
			finally {
				if (peer.isOpen()) {
					peer.close();
				}
			}
		}
	}

	private static CompletableFuture<?> with(AioFile file, Function<AioFile, CompletableFuture<?>> mistake) {
		try (file) {
			CompletableFuture<?> made = mistake.apply(file);
			RecordingHandler.eventually().until(made::isDone);
			return made;
		}
	}

	private static CompletableFuture<?> call(Runnable mistake) {
		SyscallException failure = catchThrowableOfType(SyscallException.class, mistake::run);
		return (failure != null) ? CompletableFuture.failedFuture(failure) : CompletableFuture.completedFuture("none");
	}

	/** The address of a socket that has gone. */
	private static InetSocketAddress unused(Aio aio) {
		try (AioSocket closed = aio.openStreamSocket()) {
			closed.bind(loopback(0));
			return loopback(closed.localAddress().getPort());
		}
	}

	private AioFile file(Aio aio, boolean write) {
		aio.open(this.directory.resolve("file"), StandardOpenOption.WRITE, StandardOpenOption.CREATE).close();
		return aio.open(this.directory.resolve("file"), write ? StandardOpenOption.WRITE : StandardOpenOption.READ);
	}

	private static InetSocketAddress loopback(int port) {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
	}

	/**
	 * An operation, and what its message says behind the handle.
	 *
	 * @param handle the file or socket
	 * @param detail the other arguments
	 * @param future the operation's
	 */
	private record Started(AioHandle handle, String detail, CompletableFuture<?> future) {

	}

}
