package io.github.linuxfd.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;

import io.github.linuxfd.actuate.LinuxFdEndpoint;
import io.github.linuxfd.aio.Aio;
import io.github.linuxfd.aio.AioChannelProvider;
import io.github.linuxfd.aio.AioEngine;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioFile;
import io.github.linuxfd.aio.AioFileTemplate;
import io.github.linuxfd.aio.AioServer;
import io.github.linuxfd.aio.AioSocket;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.listener.AioServerLifecycle;
import io.github.linuxfd.testsupport.AioEcho;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link LinuxFdAioAutoConfiguration}, with meters and the endpoint.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(FdLeakExtension.class)
class LinuxFdAioAutoConfigurationTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Set<String> THREADS = Set.of("linuxfd-uring");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class, LinuxFdAioAutoConfiguration.class,
				LinuxFdMetricsAutoConfiguration.class, LinuxFdActuatorAutoConfiguration.class))
		.withPropertyValues("management.endpoints.web.exposure.include=linuxfd")
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new);

	@Test
	void beansWhenNobodyAsksForThemOpenNothing() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		this.runner.withBean(Syscalls.class, faults::syscalls).run((context) -> {
			assertThat(context).hasSingleBean(Aio.class);
			assertThat(context.getBean(LinuxFdEndpoint.class).linuxfd().aio()).isNull();
			assertThat(context.getBean(MeterRegistry.class).find("linuxfd.aio.in.flight").gauge()).isNull();
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.doesNotContainAnyElementsOf(THREADS);
		});
	}

	@Test
	void fileWhenWrittenByTheTemplateIsCountedAndTheEndpointNamesTheEngine(@TempDir Path directory) {
		this.runner.run((context) -> {
			Path file = directory.resolve("file");
			AioFileTemplate files = context.getBean(AioFileTemplate.class);
			assertThat(files.writeAll(file, "some text")).succeedsWithin(Duration.ofSeconds(10));
			assertThat(files.readAll(file, StandardCharsets.UTF_8)).succeedsWithin(Duration.ofSeconds(10))
				.isEqualTo("some text");

			assertThat(context.getBean(LinuxFdEndpoint.class).linuxfd().aio())
				.isEqualTo(new LinuxFdEndpoint.AioDescriptor(AioEngine.IO_URING, null, 0));
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			assertThat(count(meters, "linuxfd.aio.submissions", "operation", "write")).isEqualTo(1);
			assertThat(count(meters, "linuxfd.aio.completions", "operation", "write", "outcome", "success"))
				.isEqualTo(1);
			assertThat(count(meters, "linuxfd.aio.completions", "operation", "write", "outcome", "error")).isZero();
			assertThat(meters.get("linuxfd.aio.latency")
				.tags("operation", "write")
				.functionTimer()
				.totalTime(TimeUnit.NANOSECONDS)).isPositive();
			assertThat(meters.get("linuxfd.aio.in.flight").gauge().value()).isZero();
			assertThat(meters.get("linuxfd.aio.overflows").functionCounter().count()).isZero();
			assertThat(meters.get("linuxfd.aio.engine").tags("engine", "io_uring").gauge().value()).isEqualTo(1);
			assertThat(meters.get("linuxfd.aio.engine").tags("engine", "epoll").gauge().value()).isZero();
		});
	}

	@ParameterizedTest
	@EnumSource(value = AioEngine.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
	void operationsAreCountedByWhatHasBecomeOfThem(AioEngine engine, @TempDir Path directory) {
		this.runner.withPropertyValues("linuxfd.aio.engine=" + engine).run((context) -> {
			Path path = Files.writeString(directory.resolve("file"), "text");
			Aio aio = context.getBean(Aio.class);
			try (AioFile readOnly = aio.open(path); AioSocket cancelled = aio.openDatagramSocket()) {
				assertThat(aio.read(readOnly, ByteBuffer.allocate(4), 0)).succeedsWithin(LIMIT).isEqualTo(4);
				assertThat(aio.write(readOnly, ByteBuffer.allocate(4), 0)).failsWithin(LIMIT)
					.withThrowableThat()
					.withMessageContaining("EBADF");
				assertThat(aio.recv(cancelled, ByteBuffer.allocate(4)).cancel(false)).isTrue();
				AioSocket closed = aio.openDatagramSocket();
				CompletableFuture<Integer> pending = aio.recv(closed, ByteBuffer.allocate(4));
				closed.close();
				assertThat(pending).failsWithin(LIMIT);
				receiveInVain(context.getBean(AioChannelProvider.class));
			}
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			Awaitility.await().untilAsserted(() -> {
				assertThat(completions(meters, "read")).containsExactly(1, 0, 0, 0);
				assertThat(completions(meters, "write")).containsExactly(0, 1, 0, 0);
				assertThat(completions(meters, "recv")).containsExactly(0, 0, 2, 1);
				assertThat(completions(meters, "connect")).containsExactly(1, 1, 0, 0);
				assertThat(meters.get("linuxfd.aio.in.flight").gauge().value()).isZero();
			});
			assertThat(count(meters, "linuxfd.aio.submissions", "operation", "recv")).isEqualTo(3);
			assertThat(meters.get("linuxfd.aio.engine")
				.tags("engine", engine.name().toLowerCase(Locale.ROOT))
				.gauge()
				.value()).isOne();
		});
	}

	/** By a channel, which has time limits; nothing comes. */
	private static void receiveInVain(AioChannelProvider provider) throws Exception {
		try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				AsynchronousSocketChannel channel = provider.openAsynchronousSocketChannel(null)) {
			channel.connect(silent.getLocalSocketAddress()).get(10, TimeUnit.SECONDS);
			CompletableFuture<Integer> bytes = new CompletableFuture<>();
			channel.read(ByteBuffer.allocate(4), 1, TimeUnit.MILLISECONDS, null, into(bytes));
			assertThat(bytes).failsWithin(LIMIT)
				.withThrowableThat()
				.withCauseInstanceOf(InterruptedByTimeoutException.class);
		}
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			InetSocketAddress nobody = (InetSocketAddress) taken.getLocalSocketAddress();
			taken.close();
			try (AsynchronousSocketChannel channel = provider.openAsynchronousSocketChannel(null)) {
				assertThat(channel.connect(nobody)).failsWithin(LIMIT);
			}
		}
	}

	private static CompletionHandler<Integer, @Nullable Void> into(CompletableFuture<Integer> future) {
		return new CompletionHandler<>() {

			@Override
			public void completed(Integer bytes, @Nullable Void attachment) {
				future.complete(bytes);
			}

			@Override
			public void failed(Throwable failure, @Nullable Void attachment) {
				future.completeExceptionally(failure);
			}

		};
	}

	/** By outcome: success, error, cancelled, timeout. */
	private static List<Integer> completions(MeterRegistry meters, String operation) {
		return Stream.of("success", "error", "cancelled", "timeout")
			.map((outcome) -> (int) count(meters, "linuxfd.aio.completions", "operation", operation, "outcome",
					outcome))
			.toList();
	}

	private static double count(MeterRegistry meters, String name, String... tags) {
		return meters.get(name).tags(tags).functionCounter().count();
	}

	@Test
	void engineWhenIoUringIsRefusedIsAnotherAndSaysWhy() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().failAll("ioUringSetup", Errno.EPERM);
		this.runner.withBean(Syscalls.class, faults::syscalls).run((context) -> {
			assertThat(context.getBean(AioEngines.class).kind()).isEqualTo(AioEngine.LINUX_AIO);
			LinuxFdEndpoint.AioDescriptor shown = context.getBean(LinuxFdEndpoint.class).linuxfd().aio();
			assertThat(shown.engine()).isEqualTo(AioEngine.LINUX_AIO);
			assertThat(shown.reason()).contains("io_uring_setup", "EPERM");
			assertThat(echo(context.getBean(Aio.class))).isTrue();
		});
	}

	private static boolean echo(Aio aio) throws Exception {
		try (AioServer server = echoServer(aio)) {
			server.start();
			return echoes(server, 7);
		}
	}

	@Test
	void engineWhenNamedAndRefusedFailsTheStartWithWhatMendsIt() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem().failAll("ioUringSetup", Errno.EPERM);
		this.runner.withBean(Syscalls.class, faults::syscalls)
			.withPropertyValues("linuxfd.aio.engine=io_uring")
			.withUserConfiguration(Servers.class)
			.run((context) -> {
				FailureAnalysis analysis = new SyscallFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis).isNotNull();
				assertThat(analysis.getDescription() + analysis.getAction()).contains("io_uring");
			});
	}

	@Test
	void serverAmongTheBeansServesAndStopsGracefullyWithTheContext() {
		CompletableFuture<Socket> left = new CompletableFuture<>();
		this.runner.withUserConfiguration(Servers.class)
			.withPropertyValues("linuxfd.aio.shutdown-timeout=20ms")
			.run((context) -> {
				AioServer server = context.getBean(AioServer.class);
				assertThat(server.isRunning()).isTrue();
				assertThat(echoes(server, 42)).isTrue();
				Awaitility.await().until(() -> server.connections() == 0);
				Socket open = new Socket(server.localAddress().getAddress(), server.localAddress().getPort());
				left.complete(open);
				Awaitility.await().until(() -> server.connections() >= 1);
			});
		try (Socket open = left.join()) {
			assertThat(open.getInputStream().read()).as("closed by the server").isEqualTo(-1);
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	private static boolean echoes(AioServer server, int value) throws Exception {
		try (Socket client = new Socket(server.localAddress().getAddress(), server.localAddress().getPort())) {
			client.getOutputStream().write(value);
			return client.getInputStream().read() == value;
		}
	}

	@Test
	void handlersWhenDispatchIsExecutorRunInIt(@TempDir Path directory) throws Exception {
		Path path = Files.writeString(directory.resolve("file"), "text");
		this.runner.withPropertyValues("linuxfd.aio.dispatch=executor").run((context) -> {
			CompletableFuture<String> thread = new CompletableFuture<>();
			Aio aio = context.getBean(Aio.class);
			try (var file = aio.open(path)) {
				aio.read(file, ByteBuffer.allocate(4), 0, null, new CompletionHandler<Integer, @Nullable Void>() {

					@Override
					public void completed(Integer bytes, @Nullable Void attachment) {
						thread.complete(Thread.currentThread().getName());
					}

					@Override
					public void failed(Throwable failure, @Nullable Void attachment) {
						thread.completeExceptionally(failure);
					}

				});
				assertThat(thread).succeedsWithin(Duration.ofSeconds(10)).asString().startsWith("linuxfd-dispatch");
			}
		});
	}

	@Test
	void providerOfChannelsIsABean() {
		this.runner.run((context) -> {
			try (var channel = context.getBean(AioChannelProvider.class).openAsynchronousServerSocketChannel(null)) {
				assertThat(channel.isOpen()).isTrue();
			}
		});
	}

	@ParameterizedTest
	@CsvSource({ "rings=0, rings is 0", "submission-queue-size=40000, submissions is 40000", "threads=0, threads is 0",
			"shutdown-timeout=-1s, cannot be negative", "engine=best, engine" })
	void propertyWhenItCannotBeFailsTheStartWithTheReason(String property, String message) {
		this.runner.withPropertyValues("linuxfd.aio." + property).run((context) -> {
			Throwable failure = context.getStartupFailure();
			assertThat(failure).isNotNull();
			StringBuilder messages = new StringBuilder();
			for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
				messages.append(cause.getMessage()).append('\n');
			}
			assertThat(messages).contains(message);
		});
	}

	/** What it leaves open is noticed after the tests. */
	@Test
	void serverWhenAnotherCannotStartIsClosedWithTheContext() throws Exception {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.runner.withUserConfiguration(Servers.class, SecondServer.class)
				.withPropertyValues("taken=" + taken.getLocalPort())
				.run((context) -> {
					assertThat(context).hasFailed();
					assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("EADDRINUSE");
				});
		}
	}

	@Test
	void serverAmongTheBeansOfAChildServesAndStopsWithThat() {
		this.runner.run((parent) -> {
			AioServer server;
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(parent);
				child.register(Servers.class);
				child.refresh();
				server = child.getBean(AioServer.class);
				assertThat(server.isRunning()).isTrue();
				assertThat(echoes(server, 1)).isTrue();
				child.stop();
				assertThat(server.isRunning()).isFalse();
				child.start();
				assertThat(echoes(server, 2)).isTrue();
				AioServerLifecycle ofTheParent = parent.getBean(AioServerLifecycle.class);
				ofTheParent.stop();
				assertThat(server.isRunning()).as("the engines are about to be closed").isFalse();
				ofTheParent.start();
				assertThat(echoes(server, 3)).isTrue();
				Awaitility.await().until(() -> server.connections() == 0);
				try (Socket open = new Socket(server.localAddress().getAddress(), server.localAddress().getPort())) {
					Awaitility.await().until(() -> server.connections() == 1);
					CompletableFuture<Void> closed = CompletableFuture.runAsync(child::close,
							(run) -> new Thread(run, "close").start());
					Awaitility.await().until(() -> !server.isRunning());
					open.getOutputStream().write(4);
					assertThat(open.getInputStream().read()).as("there is time for those that are open").isEqualTo(4);
					open.shutdownOutput();
					assertThat(closed).succeedsWithin(LIMIT);
				}
			}
			assertThat(server.isRunning()).isFalse();
		});
	}

	@Test
	void serversOfAParentAndOfItsAutoConfiguredChildAreEachStartedOnce() {
		this.runner.withUserConfiguration(Servers.class).run((parent) -> {
			AioServer above = parent.getBean(AioServer.class);
			this.runner.withParent(parent).withUserConfiguration(Servers.class).run((child) -> {
				assertThat(child).hasNotFailed();
				AioServer below = child.getBean(AioServer.class);
				assertThat(below).isNotSameAs(above);
				assertThat(echoes(below, 1)).isTrue();
				assertThat(echoes(above, 2)).isTrue();
			});
			assertThat(above.isRunning()).isTrue();
			assertThat(echoes(above, 3)).isTrue();
		});
	}

	@Test
	void childWhoseServerCannotStartFails() throws Exception {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.runner.run((parent) -> new ApplicationContextRunner().withParent(parent)
				.withUserConfiguration(Servers.class, SecondServer.class)
				.withPropertyValues("taken=" + taken.getLocalPort())
				.run((child) -> {
					assertThat(child).hasFailed();
					assertThat(child.getStartupFailure()).hasMessageContaining("EADDRINUSE");
				}));
		}
	}

	@Test
	void childWhoseServersStartAgainInVainIsStoppedWithItsParent() throws Exception {
		ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		int port = taken.getLocalPort();
		taken.close();
		this.runner.run((parent) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(parent);
				TestPropertyValues.of("taken=" + port).applyTo(child);
				child.register(PropertySourcesPlaceholderConfigurer.class, Servers.class, SecondServer.class);
				child.refresh();
				AioServer first = child.getBean("echoServer", AioServer.class);
				child.stop();
				try (ServerSocket takenAgain = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
					assertThatExceptionOfType(SyscallException.class).isThrownBy(child::start)
						.withMessageContaining("EADDRINUSE");
					assertThat(takenAgain.isBound()).isTrue();
				}
				assertThat(first.isRunning()).isTrue();
				parent.getBean(AioServerLifecycle.class).stop();
				assertThat(first.isRunning()).as("the engines are about to be closed").isFalse();
			}
		});
	}

	@Test
	void serverThatRunsAlreadyStopsWithTheContext() {
		this.runner.withUserConfiguration(RunningServer.class).run((context) -> {
			AioServer server = context.getBean(AioServer.class);
			assertThat(echoes(server, 1)).isTrue();
			context.getBean(AioServerLifecycle.class).stop();
			assertThat(server.isRunning()).isFalse();
		});
	}

	private static AioServer echoServer(Aio aio) {
		return new AioServer(aio, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				(connection) -> AioEcho.serve(aio, connection));
	}

	@Configuration(proxyBeanMethods = false)
	static class RunningServer {

		@Bean(initMethod = "start")
		AioServer echoServer(Aio aio) {
			return LinuxFdAioAutoConfigurationTests.echoServer(aio);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Servers {

		@Bean
		AioServer echoServer(Aio aio) {
			return LinuxFdAioAutoConfigurationTests.echoServer(aio);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondServer {

		@Bean
		AioServer secondServer(Aio aio, @Value("${taken}") int port) {
			return new AioServer(aio, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), AioSocket::close);
		}

	}

}
