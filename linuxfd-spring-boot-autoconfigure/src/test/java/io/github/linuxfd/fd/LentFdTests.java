package io.github.linuxfd.fd;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link LentFd}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class LentFdTests {

	private static final int F_GETFD = 1;

	private static final int F_GETFL = 3;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Syscalls syscalls = this.faults.syscalls();

	@TempDir
	private Path directory;

	private Path file(String name, String content) throws IOException {
		return Files.writeString(this.directory.resolve(name), content);
	}

	private String read(Fd fd, int count) {
		int number = fd.acquire();
		try (NativeMemory memory = NativeMemory.allocate(count)) {
			long result = this.syscalls.read(number, memory.address(), count);
			byte[] bytes = new byte[(int) result];
			memory.bytes().get(0, bytes);
			return new String(bytes);
		}
		finally {
			fd.release();
		}
	}

	@Test
	void fileIsLentItself() throws Exception {
		Path file = file("f", "abcdefgh");
		try (FileChannel channel = FileChannel.open(file);
				FileInputStream in = new FileInputStream(file.toFile());
				RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw");
				FileOutputStream out = new FileOutputStream(this.directory.resolve("g").toFile())) {
			LentFd lent = LentFd.of(channel);
			assertThat(read(lent, 3)).isEqualTo("abc");
			assertThat(channel.position()).isEqualTo(3);
			lent.close();
			assertThat(channel.isOpen()).isTrue();
			assertThat(lent.isOpen()).isFalse();
			assertThatIllegalStateException().isThrownBy(lent::acquire).withMessageEndingWith(" is closed");
			assertThatIllegalStateException().isThrownBy(lent::close).withMessageEndingWith(" is closed already");
			assertThat(in.read()).isEqualTo('a');
			assertThat(read(LentFd.of(in), 2)).isEqualTo("bc");
			random.seek(5);
			assertThat(read(LentFd.of(random), 9)).isEqualTo("fgh");
			LentFd target = LentFd.of(out);
			int number = target.acquire();
			try (NativeMemory memory = NativeMemory.allocate(4)) {
				assertThat(this.syscalls.write(number, memory.address(), 4)).isEqualTo(4);
			}
			finally {
				target.release();
			}
			assertThat(out.getChannel().position()).isEqualTo(4);
		}
		assertThat(this.faults.count("close") + this.faults.count("fcntl")).isZero();
	}

	/** Closing a copy of the descriptor, as any of the file, would have taken it away. */
	@Test
	void lockOnAFileSurvivesItsBeingLent() throws Exception {
		Path file = file("f", "x");
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
				FileLock lock = channel.lock()) {
			assertThat(lock.isValid()).isTrue();
			assertThat(isLocked(file)).isTrue();
			LentFd lent = LentFd.of(channel);
			assertThat(read(lent, 1)).isEqualTo("x");
			lent.close();
			assertThat(isLocked(file)).isTrue();
			// what is being avoided
			int other = this.syscalls.open(NativePaths.encode(file), Syscalls.CLOEXEC);
			assertThat(this.syscalls.close(other)).isZero();
			assertThat(isLocked(file)).isFalse();
		}
	}

	private static boolean isLocked(Path file) throws IOException {
		String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
		return Files.readAllLines(Path.of("/proc/locks"))
			.stream()
			.anyMatch((line) -> line.contains("POSIX") && line.contains(inode));
	}

	@Test
	void fileWhenItsOwnerClosesItIsRefused() throws Exception {
		FileInputStream stream = new FileInputStream(file("f", "x").toFile());
		LentFd lent = LentFd.of(stream);
		assertThat(lent.isOpen()).isTrue();
		stream.close();
		assertThat(lent.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(lent::acquire).withMessageEndingWith(" is closed");
		assertThatIllegalStateException().isThrownBy(() -> LentFd.of(stream)).withMessageEndingWith(" is closed");
		lent.close();
	}

	@Test
	void fileWhenItsOwnerClosesItDuringACallIsClosedAfterIt() throws Exception {
		for (AutoCloseable owner : new AutoCloseable[] { FileChannel.open(file("f", "x")),
				new FileInputStream(file("g", "x").toFile()) }) {
			LentFd lent = (owner instanceof FileChannel channel) ? LentFd.of(channel)
					: LentFd.of((FileInputStream) owner);
			int number = lent.acquire();
			Thread closer = new Thread(() -> {
				try {
					owner.close();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			});
			closer.start();
			await().until(() -> !lent.isOpen());
			await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
			assertThat(this.syscalls.fcntl(number, F_GETFD, 0)).isNotNegative();
			lent.release();
			closer.join();
			assertThatIllegalStateException().isThrownBy(lent::acquire);
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
	void fileIsLentToVirtualThreadsToo() throws Exception {
		try (FileChannel channel = FileChannel.open(file("f", "xy"))) {
			LentFd lent = LentFd.of(channel);
			AtomicReference<String> text = new AtomicReference<>();
			Thread thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
				.invoke(null, (Runnable) () -> text.set(read(lent, 2)));
			thread.join();
			assertThat(text).hasValue("xy");
		}
	}

	@Test
	void fileWhenAcquiredTwiceByOneThreadIsRefused() throws Exception {
		try (FileChannel channel = FileChannel.open(file("f", "x"))) {
			LentFd lent = LentFd.of(channel);
			lent.acquire();
			assertThatIllegalStateException().isThrownBy(lent::acquire).withMessageContaining("in use by this very");
			lent.release();
			assertThat(read(lent, 1)).isEqualTo("x");
		}
	}

	/**
	 * Threads read what is lent while its owner closes it, and a stranger opens another
	 * file at once, which gets the number: none of them may ever reach the stranger's.
	 */
	@Test
	void fileWhenItsOwnerClosesItIsNeverThatOfAStranger() throws Exception {
		Path ours = file("ours", "o".repeat(100));
		Path strange = file("strange", "s".repeat(100));
		AtomicReference<LentFd> current = new AtomicReference<>();
		AtomicBoolean ended = new AtomicBoolean();
		AtomicInteger wrong = new AtomicInteger();
		AtomicInteger reads = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(3);
		FileChannel owner = FileChannel.open(ours);
		current.set(LentFd.of(owner));
		for (int i = 0; i < 3; i++) {
			new Thread(() -> {
				try {
					while (!ended.get()) {
						String text = readIfOpen(Objects.requireNonNull(current.get()));
						reads.addAndGet(text.length());
						wrong.addAndGet(text.contains("s") ? 1 : 0);
					}
				}
				finally {
					done.countDown();
				}
			}).start();
		}
		long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
		while (System.nanoTime() < deadlineNanos || reads.get() == 0) {
			owner.close();
			try (FileInputStream stranger = new FileInputStream(strange.toFile())) {
				assertThat(stranger.read()).isEqualTo('s');
			}
			owner = FileChannel.open(ours);
			current.set(LentFd.of(owner));
		}
		ended.set(true);
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
		owner.close();
		assertThat(wrong).hasValue(0);
		assertThat(reads.get()).isPositive();
	}

	private String readIfOpen(LentFd lent) {
		try {
			return read(lent, 1);
		}
		catch (IllegalStateException ex) {
			return "";
		}
	}

	@Test
	void socketIsLentAsANonBlockingCopy() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			LentFd lent = LentFd.of(pair.near(), this.syscalls);
			int number = lent.acquire();
			assertThat(this.syscalls.fcntl(number, F_GETFD, 0)).isEqualTo(1);
			assertThat(this.syscalls.fcntl(number, F_GETFL, 0) & Syscalls.NONBLOCK).isNotZero();
			try (NativeMemory memory = NativeMemory.allocate(1)) {
				assertThat(Errno.EAGAIN.is(this.syscalls.read(number, memory.address(), 1))).isTrue();
			}
			lent.release();
			// the channel's own methods wait as before
			Thread writer = new Thread(() -> write(pair.far(), "y"));
			writer.start();
			ByteBuffer buffer = ByteBuffer.allocate(1);
			assertThat(pair.near().read(buffer)).isEqualTo(1);
			writer.join();
			lent.close();
			assertThat(pair.near().isOpen()).isTrue();
			assertThat(blocks(pair.near())).isTrue();
			assertThatIllegalStateException().isThrownBy(lent::close).withMessageContaining("is closed already");
			assertThatIllegalStateException().isThrownBy(lent::acquire).withMessageContaining("is closed");
		}
	}

	private static void write(SocketChannel channel, String text) {
		try {
			channel.write(ByteBuffer.wrap(text.getBytes()));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** As the kernel has it; the look itself changes nothing. */
	private static boolean blocks(SocketChannel channel) throws IOException {
		JdkChannels jdk = JdkChannels.instance();
		return (Syscalls.system().fcntl(jdk.socketNumber(channel), F_GETFL, 0) & Syscalls.NONBLOCK) == 0;
	}

	@Test
	void socketWhenLentTwiceIsNonBlockingUntilTheLastIsBack() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			LentFd first = LentFd.of(pair.near(), this.syscalls);
			LentFd second = LentFd.of(pair.near(), this.syscalls);
			first.close();
			assertThat(blocks(pair.near())).isFalse();
			second.close();
			assertThat(blocks(pair.near())).isTrue();
			pair.near().configureBlocking(false);
			LentFd third = LentFd.of(pair.near(), this.syscalls);
			third.close();
			assertThat(blocks(pair.near())).isFalse();
		}
	}

	/** By its own methods, and by a read with a time limit, which ends as it began. */
	@ParameterizedTest
	@ValueSource(strings = { "made blocking", "made blocking again", "read with a time limit" })
	void socketWhenItsOwnerMakesItBlockingMeanwhileIsNonBlockingForEachCall(String change) throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			pair.near().configureBlocking(!change.equals("made blocking"));
			LentFd lent = LentFd.of(pair.near(), Syscalls.system());
			switch (change) {
				case "made blocking" -> pair.near().configureBlocking(true);
				case "made blocking again" -> pair.near().configureBlocking(false).configureBlocking(true);
				default -> {
					pair.near().socket().setSoTimeout(10);
					assertThatExceptionOfType(SocketTimeoutException.class)
						.isThrownBy(() -> pair.near().socket().getInputStream().read());
				}
			}
			assertThat(blocks(pair.near())).as("what the JDK has done").isTrue();
			lent.acquire();
			assertThat(blocks(pair.near())).isFalse();
			lent.release();
			lent.close();
			assertThat(blocks(pair.near())).isTrue();
		}
	}

	@Test
	void socketWhenItsOwnerMakesItNonBlockingMeanwhileStaysSo() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			LentFd lent = LentFd.of(pair.near(), this.syscalls);
			pair.near().configureBlocking(false);
			int calls = this.faults.count("fcntl");
			lent.acquire();
			lent.release();
			assertThat(this.faults.count("fcntl")).as("nobody takes it away").isEqualTo(calls);
			lent.close();
			assertThat(blocks(pair.near())).isFalse();
		}
	}

	/**
	 * From its first use on a virtual thread, a blocking channel is one for the JDK only.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
	void socketWhenUsedByAVirtualThreadMeanwhileStaysNonBlocking() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			LentFd lent = LentFd.of(pair.near(), Syscalls.system());
			Thread virtual = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
				.invoke(null, (Runnable) () -> write(pair.near(), "x"));
			virtual.join();
			lent.close();
			assertThat(pair.near().isBlocking()).isTrue();
			assertThat(blocks(pair.near())).isFalse();
		}
	}

	@Test
	void socketWhenItsOwnerClosesItIsRefused() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			LentFd lent = LentFd.of(pair.near(), this.syscalls);
			pair.near().close();
			assertThat(lent.isOpen()).isFalse();
			assertThatIllegalStateException().isThrownBy(lent::acquire).withMessageContaining("is closed");
			assertThatIllegalStateException().isThrownBy(() -> LentFd.of(pair.near(), this.syscalls))
				.withMessageContaining("is closed");
			lent.close();
			// only now is the peer told
			assertThat(pair.far().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		}
	}

	@Test
	void socketWhenNoDescriptorIsLeftSaysSo() throws Exception {
		try (SocketPair pair = SocketPair.open()) {
			for (int call = 1; call <= 3; call++) {
				this.faults.heal();
				this.faults.fail("fcntl", call, Errno.EMFILE);
				int before = OwnedFd.openCount();
				assertThatExceptionOfType(SyscallSystemException.class)
					.isThrownBy(() -> LentFd.of(pair.near(), this.syscalls))
					.withMessageContaining("fcntl(");
				assertThat(OwnedFd.openCount()).isEqualTo(before);
			}
		}
	}

	/** The same for sockets, whose copies are made while they are being closed. */
	@Test
	void socketWhenItsOwnerClosesItIsNeverThatOfAStranger() throws Exception {
		Path strange = file("strange", "s");
		AtomicBoolean ended = new AtomicBoolean();
		AtomicInteger lent = new AtomicInteger();
		AtomicInteger wrong = new AtomicInteger();
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			AtomicReference<SocketChannel> current = new AtomicReference<>(
					SocketChannel.open(server.getLocalAddress()));
			Thread lender = new Thread(() -> {
				while (!ended.get()) {
					try (LentFd fd = LentFd.of(Objects.requireNonNull(current.get()), Syscalls.system())) {
						// a file can be read, and a silent connection cannot
						wrong.addAndGet(readsSomething(fd) ? 1 : 0);
						lent.incrementAndGet();
					}
					catch (IllegalStateException ex) {
						Thread.onSpinWait();
					}
				}
			});
			lender.start();
			long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
			while (System.nanoTime() < deadlineNanos || lent.get() == 0) {
				SocketChannel accepted = server.accept();
				SocketChannel owner = Objects.requireNonNull(current.get());
				owner.close();
				try (FileInputStream stranger = new FileInputStream(strange.toFile())) {
					assertThat(stranger.available()).isEqualTo(1);
				}
				current.set(SocketChannel.open(server.getLocalAddress()));
				accepted.close();
			}
			ended.set(true);
			lender.join();
			Objects.requireNonNull(current.get()).close();
		}
		assertThat(wrong).hasValue(0);
		assertThat(lent.get()).isPositive();
	}

	private static boolean readsSomething(Fd fd) {
		int number = fd.acquire();
		try (NativeMemory memory = NativeMemory.allocate(1)) {
			return Syscalls.system().read(number, memory.address(), 1) > 0;
		}
		finally {
			fd.release();
		}
	}

	@Test
	void descriptorWhenTheJvmHidesItNamesTheOption() {
		try (ForkedJvm jvm = ForkedJvm.start(Hidden.class)) {
			jvm.awaitLine((line) -> line.contains(
					"Start it with --add-opens java.base/sun.nio.ch=ALL-UNNAMED, " + "or give files by their path"));
			jvm.awaitLine("the socket too");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	/**
	 * Asks for descriptors in a JVM without the option.
	 */
	public static final class Hidden {

		private Hidden() {
		}

		public static void main(String[] arguments) throws Exception {
			try (FileChannel channel = FileChannel.open(Path.of("/dev/null")); SocketPair pair = SocketPair.open()) {
				try {
					LentFd.of(channel);
				}
				catch (InaccessibleFdException ex) {
					System.out.println(ex.getMessage());
				}
				try {
					LentFd.of(pair.near(), Syscalls.system());
				}
				catch (InaccessibleFdException ex) {
					System.out.println("the socket too");
				}
			}
		}

	}

	/**
	 * Two ends of a connection within this machine.
	 *
	 * @param near the one
	 * @param far the other
	 */
	record SocketPair(SocketChannel near, SocketChannel far) implements AutoCloseable {

		static SocketPair open() throws IOException {
			try (ServerSocketChannel server = ServerSocketChannel.open()) {
				server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				SocketChannel near = SocketChannel.open(server.getLocalAddress());
				return new SocketPair(near, server.accept());
			}
		}

		@Override
		public void close() throws IOException {
			this.near.close();
			this.far.close();
		}

	}

}
