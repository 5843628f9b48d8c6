package io.github.linuxfd.aio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AioServer} with connections that cannot be accepted.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class AioServerFaultsTests {

	private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	/**
	 * accept(2) fails with what has happened to the connection, or for want of something.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 12, 23, 24, 64, 71, 92, 95, 100, 101, 103, 105, 110, 112, 113 })
	void serverWhenAnAcceptFailsAcceptsTheNext(int errno) throws Exception {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().fail("accept4", 1, new Errno(errno));
		try (Aio other = new Aio(new AioEngines(faults.syscalls(), AioSettings.DEFAULT.withEngine(AioEngine.EPOLL)));
				AioServer echo = new AioServer(other, ANY, (connection) -> AioEcho.serve(other, connection))) {
			echo.start();
			InetSocketAddress address = echo.localAddress();
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				client.setSoTimeout(20_000);
				client.getOutputStream().write(7);
				assertThat(client.getInputStream().read()).isEqualTo(7);
			}
			assertThat(echo.isRunning()).isTrue();
			assertThat(faults.count("accept4")).isGreaterThan(1);
		}
	}

}
