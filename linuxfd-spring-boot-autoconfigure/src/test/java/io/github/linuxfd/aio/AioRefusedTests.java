package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.sun.nio.file.ExtendedOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.IoUringRefusal;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same application where io_uring is really refused, in each way.
 *
 * @author linuxfd
 */
@Timeout(240)
class AioRefusedTests {

	@Test
	void applicationWorksByIoUringIfNobodyRefusesIt() {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "allowed")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("IO_URING because of nothing", "echoed 42", "read 42");
		}
	}

	@ParameterizedTest
	@CsvSource({ "EPERM, A seccomp filter or security module refuses io_uring",
			"ENOSYS, A seccomp filter hides io_uring" })
	void applicationWorksWithoutIoUringIfAFilterRefusesIt(String errno, String reason) {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, errno)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("echoed 42", "read 42", "asked for: " + errno)
				.anySatisfy((line) -> assertThat(line).startsWith("LINUX_AIO because of io_uring_setup(")
					.contains("failed: " + errno)
					.contains(reason));
			assertThat(jvm.lines()).anySatisfy(
					(line) -> assertThat(line).contains("INFO").contains("Asynchronous I/O by epoll for sockets"));
		}
	}

	/** The whole host is without io_uring as long as one call takes. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void applicationWorksWithoutIoUringIfTheSysctlRefusesIt() throws IOException {
		String before = Files.readString(IoUringRefusal.SYSCTL).strip();
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "sysctl")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("echoed 42", "read 42")
				.anySatisfy((line) -> assertThat(line).startsWith("LINUX_AIO because of io_uring_setup(")
					.contains("failed: EPERM")
					.contains("The sysctl kernel.io_uring_disabled is 2: io_uring is off for all processes.")
					.contains("sysctl -w kernel.io_uring_disabled=0"));
		}
		finally {
			if (!Files.readString(IoUringRefusal.SYSCTL).strip().equals(before)) {
				Files.writeString(IoUringRefusal.SYSCTL, before);
			}
		}
		assertThat(Files.readString(IoUringRefusal.SYSCTL).strip()).isEqualTo(before);
	}

	static class Application {

		public static void main(String[] arguments) throws Exception {
			// what is looked up once is looked up before
			new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL)).close();
			try (AioEngines engines = refused(arguments[0]); Aio aio = new Aio(engines)) {
				System.out.println(engines.kind() + " because of " + engines.reason().orElse("nothing"));
				echo(aio);
				read(aio);
			}
			System.exit(0);
		}

		private static AioEngines refused(String how) throws IOException {
			if (how.equals("sysctl")) {
				return withSysctl();
			}
			if (!how.equals("allowed")) {
				Errno errno = how.equals("EPERM") ? Errno.EPERM : Errno.ENOSYS;
				IoUringRefusal.byFilter(errno);
				try {
					new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.IO_URING)).close();
				}
				catch (io.github.linuxfd.errno.SyscallException ex) {
					System.out.println("asked for: " + ex.errno().name());
				}
			}
			return new AioEngines(Syscalls.system(), AioSettings.DEFAULT);
		}

		private static AioEngines withSysctl() throws IOException {
			try (IoUringRefusal.Restoration soon = IoUringRefusal.bySysctl()) {
				return new AioEngines(Syscalls.system(), AioSettings.DEFAULT);
			}
		}

		private static void echo(Aio aio) throws Exception {
			try (AioSocket listening = aio.openStreamSocket(); AioSocket client = aio.openStreamSocket()) {
				listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				listening.listen(1);
				CompletableFuture<AioSocket> accepted = aio.accept(listening);
				get(aio.connect(client,
						new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.localAddress().getPort())));
				try (AioSocket server = get(accepted)) {
					ByteBuffer buffer = ByteBuffer.allocate(1);
					CompletableFuture<Integer> received = aio.recv(server, buffer);
					get(aio.send(client, ByteBuffer.wrap(new byte[] { 42 })));
					get(received);
					get(aio.send(server, buffer.flip()));
					ByteBuffer answer = ByteBuffer.allocate(1);
					get(aio.recv(client, answer));
					System.out.println("echoed " + answer.get(0));
				}
			}
		}

		private static void read(Aio aio) throws Exception {
			Path path = Files.createTempFile("linuxfd", null);
			try (AioFile file = aio.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
					ExtendedOpenOption.DIRECT)) {
				get(aio.write(file, ByteBuffer.allocate(4096).put(7, (byte) 42), 0));
				ByteBuffer target = ByteBuffer.allocate(4096);
				get(aio.read(file, target, 0));
				System.out.println("read " + target.get(7));
			}
			finally {
				Files.delete(path);
			}
		}

		private static <T> T get(CompletableFuture<T> future) throws Exception {
			return future.get(30, TimeUnit.SECONDS);
		}

	}

}
