package io.github.linuxfd.listener;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.SilentFileSystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link FanotifyListener @FanotifyListener} on a file system that hangs in the kernel,
 * in JVMs of their own and in a mount namespace that ends with them.
 *
 * @author linuxfd
 */
@Timeout(240)
class FanotifyHangIntegrationTests {

	private static final Executor THREADS = (task) -> new Thread(task).start();

	private static final Duration LIMIT = Duration.ofSeconds(6);

	private static final String REFUSED = "Operation not permitted";

	@TempDir
	private Path directory;

	/** Where a handler, or what comes after it, calls the file system. */
	@ParameterizedTest
	@ValueSource(strings = { "path", "close" })
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenListenerHangsInTheKernelIsReleasedAndNobodyElseIsHeldUp(String method) {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount"), Hanging.class, this.directory.toString(),
				method)) {
			String line = jvm.awaitLine((each) -> each.equals("passed") || each.startsWith("SKIPPED"));
			assumeThat(line).isEqualTo("passed");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	/** The worker hangs with one event, and another one waits behind it. */
	static final class Hanging {

		public static void main(String[] args) throws Exception {
			Path silent = Files.createDirectory(Path.of(args[0]).resolve("silent"));
			Path healthy = Files.createDirectory(Path.of(args[0]).resolve("healthy"));
			Files.writeString(healthy.resolve("good"), "text");
			Files.writeString(healthy.resolve("bad"), "text");
			try (ForkedJvm fileSystem = ForkedJvm.start(SilentFileSystem.class, silent.toString())) {
				String line = fileSystem
					.awaitLine((each) -> each.equals(SilentFileSystem.MOUNTED) || each.startsWith("SKIPPED"));
				if (!line.equals(SilentFileSystem.MOUNTED)) {
					System.out.println(line);
					return;
				}
				run(silent, healthy, args[1], fileSystem);
			}
			System.out.println("passed");
		}

		private static void run(Path silent, Path healthy, String method, ForkedJvm fileSystem) throws Exception {
			int before = OwnedFd.openCount();
			List<Cat> cats = new ArrayList<>();
			for (Path file : List.of(silent.resolve("first"), silent.resolve("second"), healthy.resolve("good"),
					healthy.resolve("bad"))) {
				cats.add(new Cat(file));
			}
			Asked asked = new Asked(method.equals("path"));
			CompletableFuture<String> first = new CompletableFuture<>();
			AtomicLong closingNanos = new AtomicLong();
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
				.withPropertyValues("test.silent=" + silent, "test.healthy=" + healthy,
						"linuxfd.fanotify.timeout=" + LIMIT, "linuxfd.fanotify.timeout-response=deny",
						"linuxfd.dispatch.shutdown-timeout=100ms")
				.withBean(Asked.class, () -> asked)
				.run((context) -> {
					assertThat(context).hasNotFailed();
					FanotifyListenerContainer container = (FanotifyListenerContainer) context
						.getBean(LinuxFdListenerEndpointRegistry.class)
						.container("silent")
						.orElseThrow();
					long startNanos = System.nanoTime();
					cats.get(0).open().thenAccept(first::complete);
					assertThat(asked.called.await(20, TimeUnit.SECONDS)).isTrue();
					CompletableFuture<String> second = cats.get(1).open();
					await().until(() -> container.queueSize() == 1);
					assertThat(silent.resolve(SilentFileSystem.SILENCE)).doesNotExist();
					asked.go.countDown();
					assertThat(second.get(20, TimeUnit.SECONDS)).contains(REFUSED);
					assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(LIMIT.toNanos());
					if (method.equals("path")) {
						assertThat(first.get(20, TimeUnit.SECONDS)).contains(REFUSED);
					}
					await("still in the kernel").until(() -> isHanging(method));
					assertThat(cats.get(2).open().get(20, TimeUnit.SECONDS)).isEqualTo("text");
					assertThat(cats.get(3).open().get(20, TimeUnit.SECONDS)).contains(REFUSED);
					closingNanos.set(System.nanoTime());
				});
			assertThat(Duration.ofNanos(System.nanoTime() - closingNanos.get())).isLessThan(Duration.ofSeconds(20));
			assertThat(isHanging(method)).as("the application is closed, and it still is").isTrue();
			fileSystem.close();
			assertThat(first.get(20, TimeUnit.SECONDS)).isNotEmpty();
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before));
			await().until(() -> !isHanging(method));
		}

		/** Whether a thread is in a system call on behalf of the event's method. */
		private static boolean isHanging(String method) {
			return Thread.getAllStackTraces()
				.values()
				.stream()
				.anyMatch((stack) -> stack.length > 0 && stack[0].isNativeMethod()
						&& Arrays.stream(stack)
							.anyMatch((frame) -> frame.getClassName().equals(FanotifyEvent.class.getName())
									&& frame.getMethodName().equals(method)));
		}

	}

	/**
	 * Opens a file when it is told to. Started before anything hangs: a process that is
	 * started later closes its copies of the files of events, and hangs as well.
	 */
	private static final class Cat {

		private final Process process;

		Cat(Path file) throws IOException {
			this.process = new ProcessBuilder("sh", "-c", "read go; exec cat \"$1\"", "sh", file.toString())
				.redirectErrorStream(true)
				.start();
		}

		CompletableFuture<String> open() {
			return CompletableFuture.supplyAsync(() -> {
				try {
					this.process.getOutputStream().write('\n');
					this.process.getOutputStream().flush();
					return new String(this.process.getInputStream().readAllBytes());
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}, THREADS);
		}

	}

	static class Asked {

		final CountDownLatch called = new CountDownLatch(1);

		final CountDownLatch go = new CountDownLatch(1);

		private final boolean resolving;

		Asked(boolean resolving) {
			this.resolving = resolving;
		}

		@FanotifyListener(id = "silent", path = "${test.silent}", mark = FanotifyMark.MOUNT,
				events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) throws InterruptedException {
			this.called.countDown();
			this.go.await();
			return !this.resolving || event.path().isPresent();
		}

		@FanotifyListener(id = "healthy", path = "${test.healthy}", mark = FanotifyMark.INODE,
				events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpenThere(FanotifyEvent event) {
			return event.path().filter((path) -> path.endsWith("good")).isPresent();
		}

	}

}
