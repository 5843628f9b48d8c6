package io.github.linuxfd.aio;

import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AioServer} in a process that really has no descriptor left.
 *
 * @author linuxfd
 */
@Timeout(240)
class AioServerShortageTests {

	private static final int LIMIT = 512;

	/** How long nothing can be accepted. */
	private static final Duration SHORTAGE = Duration.ofSeconds(1);

	@ParameterizedTest
	@EnumSource(value = AioEngine.class, names = { "IO_URING", "EPOLL" })
	void serverWithoutDescriptorsWaitsAndGoesOnWhenThereAreSome(AioEngine engine) throws IOException {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("prlimit", "--nofile=" + LIMIT), Server.class, engine.name())) {
			int port = Integer.parseInt(jvm.awaitLine((line) -> line.startsWith("port ")).substring(5));
			try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
				client.setSoTimeout(60_000);
				client.getOutputStream().write(7);
				assertThat(client.getInputStream().read()).as("%s", jvm.lines()).isEqualTo(7);
			}
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("over, with none left open")
				.filteredOn((line) -> line.contains("waits: ") && line.contains("accept") && line.contains("EMFILE"))
				.as("told once")
				.hasSize(1);
			assertThat(jvm.lines()).filteredOn((line) -> line.endsWith(" accepts again"))
				.as("after the rehearsal, too")
				.hasSize(2);
			Matcher attempts = Pattern.compile("(\\d+) attempts in (\\d+) ms")
				.matcher(jvm.awaitLine((line) -> line.contains(" attempts in ")));
			assertThat(attempts.matches()).isTrue();
			assertThat(Long.parseLong(attempts.group(1))).as("one after 100 ms, and not all the time")
				.isBetween(1L, Long.parseLong(attempts.group(2)) / 100 + 5);
		}
	}

	static final class Server {

		private static final List<FileInputStream> TAKEN = new ArrayList<>();

		public static void main(String[] arguments) throws Exception {
			loadWhatWillBeNeeded();
			try (Aio aio = new Aio(
					new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(AioEngine.valueOf(arguments[0]))));
					AioServer server = echo(aio)) {
				server.start();
				talk(server);
				Awaitility.await().until(() -> server.connections() == 0);
				AioStatistics statistics = aio.engines().statistics();
				Awaitility.await().until(() -> statistics.inFlight() == 1);
				takeAll();
				System.out.println("port " + server.localAddress().getPort());
				// by the connection of the other process
				while (statistics.completed(OperationKind.ACCEPT, AioOutcome.ERROR) == 0) {
					Thread.onSpinWait();
				}
				long start = System.nanoTime();
				long before = statistics.started(OperationKind.ACCEPT);
				while (System.nanoTime() - start < SHORTAGE.toNanos()
						|| statistics.started(OperationKind.ACCEPT) == before) {
					Thread.onSpinWait();
				}
				long attempts = statistics.started(OperationKind.ACCEPT) - before;
				long millis = (System.nanoTime() - start) / 1_000_000;
				for (FileInputStream taken : TAKEN) {
					taken.close();
				}
				System.out.println(attempts + " attempts in " + millis + " ms");
				Awaitility.await().until(() -> statistics.completed(OperationKind.ACCEPT, AioOutcome.SUCCESS) == 2);
				Awaitility.await().until(() -> server.connections() == 0);
				System.out.println("over, with none left open");
			}
			System.exit(0);
		}

		/** To load a class takes a descriptor. */
		private static void loadWhatWillBeNeeded() throws Exception {
			FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().fail("accept4", 1, Errno.ENFILE);
			try (Aio aio = new Aio(new AioEngines(faults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL)));
					AioServer server = echo(aio)) {
				server.start();
				talk(server);
			}
		}

		private static AioServer echo(Aio aio) {
			return new AioServer(aio, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
					(connection) -> AioEcho.serve(aio, connection));
		}

		private static void talk(AioServer server) throws IOException {
			InetSocketAddress address = server.localAddress();
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				client.getOutputStream().write(1);
				assertThat(client.getInputStream().read()).isOne();
			}
		}

		private static void takeAll() {
			try {
				while (TAKEN.size() <= LIMIT) {
					TAKEN.add(new FileInputStream("/dev/null"));
				}
			}
			catch (IOException ex) {
				System.out.println("none left: " + ex.getMessage());
			}
		}

	}

}
