package io.github.linuxfd.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.actuate.LinuxFdEndpoint;
import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioFileTemplate;
import io.github.linuxfd.aio.AioServer;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.IoUringRefusal;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same Spring application where io_uring is really refused, in each way.
 *
 * @author linuxfd
 */
@Timeout(120)
class LinuxFdAioRefusedIntegrationTests {

	@Test
	void applicationRunsByIoUringIfNobodyRefusesIt() {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "allowed")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("echoed 42", "read some text", "IO_URING because of null",
					"the meter says io_uring");
		}
	}

	@ParameterizedTest
	@CsvSource({ "EPERM, A seccomp filter or security module refuses io_uring",
			"ENOSYS, A seccomp filter hides io_uring" })
	void applicationRunsOnTheFallbackIfAFilterRefusesIoUring(String errno, String reason) {
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, errno)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertFallback(jvm, errno, reason);
		}
	}

	/** The whole host is without io_uring as long as the bean is made. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void applicationRunsOnTheFallbackIfTheSysctlRefusesIoUring() throws IOException {
		String before = Files.readString(IoUringRefusal.SYSCTL).strip();
		try (ForkedJvm jvm = ForkedJvm.start(Application.class, "sysctl")) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertFallback(jvm, "EPERM",
					"The sysctl kernel.io_uring_disabled is 2: io_uring is off for all processes.");
		}
		finally {
			if (!Files.readString(IoUringRefusal.SYSCTL).strip().equals(before)) {
				Files.writeString(IoUringRefusal.SYSCTL, before);
			}
		}
		assertThat(Files.readString(IoUringRefusal.SYSCTL).strip()).isEqualTo(before);
	}

	private static void assertFallback(ForkedJvm jvm, String errno, String reason) {
		assertThat(jvm.lines()).contains("echoed 42", "read some text", "the meter says linux_aio")
			.anySatisfy((line) -> assertThat(line).startsWith("LINUX_AIO because of io_uring_setup(")
				.contains("failed: " + errno)
				.contains(reason))
			.anySatisfy((line) -> assertThat(line).contains("INFO")
				.contains("Asynchronous I/O by epoll for sockets")
				.contains(reason));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		AioServer echoServer(Aio aio) {
			return new AioServer(aio, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
					(connection) -> AioEcho.serve(aio, connection));
		}

		public static void main(String[] arguments) throws Exception {
			SpringApplication application = new SpringApplication(Application.class);
			switch (arguments[0]) {
				case "EPERM" -> IoUringRefusal.byFilter(Errno.EPERM);
				case "ENOSYS" -> IoUringRefusal.byFilter(Errno.ENOSYS);
				case "sysctl" -> application.addInitializers(
						(context) -> context.getBeanFactory().addBeanPostProcessor(new RefusalOfEngines()));
			}
			try (ConfigurableApplicationContext context = application
				.run("--management.endpoints.web.exposure.include=linuxfd")) {
				echo(context.getBean(AioServer.class));
				read(context.getBean(AioFileTemplate.class));
				LinuxFdEndpoint.AioDescriptor aio = context.getBean(LinuxFdEndpoint.class).linuxfd().aio();
				System.out.println(aio.engine() + " because of " + aio.reason());
				context.getBean(MeterRegistry.class)
					.get("linuxfd.aio.engine")
					.gauges()
					.stream()
					.filter((gauge) -> gauge.value() == 1)
					.forEach((gauge) -> System.out.println("the meter says " + gauge.getId().getTag("engine")));
			}
			System.exit(0);
		}

		private static void echo(AioServer server) throws IOException {
			InetSocketAddress address = server.localAddress();
			try (Socket client = new Socket(address.getAddress(), address.getPort())) {
				client.setSoTimeout(30_000);
				client.getOutputStream().write(42);
				System.out.println("echoed " + client.getInputStream().read());
			}
		}

		private static void read(AioFileTemplate files) throws Exception {
			Path file = Files.writeString(Files.createTempFile("linuxfd", null), "some text");
			try {
				System.out.println("read " + files.readAll(file, StandardCharsets.UTF_8).get(30, TimeUnit.SECONDS));
			}
			finally {
				Files.delete(file);
			}
		}

	}

	/** For no longer than it takes to make the bean. */
	private static final class RefusalOfEngines implements InstantiationAwareBeanPostProcessor {

		private IoUringRefusal.Restoration restoration;

		@Override
		public Object postProcessBeforeInstantiation(Class<?> type, String name) {
			if (type == AioEngines.class) {
				try {
					this.restoration = IoUringRefusal.bySysctl();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}
			return null;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (bean instanceof AioEngines) {
				try {
					this.restoration.close();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}
			return bean;
		}

	}

}
