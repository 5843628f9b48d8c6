package io.github.linuxfd.eventloop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fanotify.Fanotify;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.pidfd.ExitStatus;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdEvent;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.Grandchild;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Every handle that is read as events, through the asynchronous level.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class AsyncEventsTests {

	private static final Syscalls SYSCALLS = Syscalls.system();

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private EventLoop loop;

	private AsyncEvents async;

	@TempDir
	private Path directory;

	@BeforeEach
	void start() {
		this.loop = new EventLoop(new EpollFactory(SYSCALLS), new EventfdFactory(SYSCALLS), "linuxfd-loop");
		this.async = new AsyncEvents(this.loop, this.executor, 16);
	}

	@AfterEach
	void close() {
		this.loop.close();
		this.executor.shutdownNow();
	}

	@ParameterizedTest
	@EnumSource
	void queueBringsTheEventsOfEachHandle(Handle handle) throws Exception {
		EventDescriptor<?> descriptor = handle.open(this.loop, this.directory);
		try (AsyncEventQueue<?> queue = this.async.queue(descriptor)) {
			handle.fire(descriptor, this.loop, this.directory.resolve("a"));
			assertThat(queue.take()).isNotNull();
			handle.fire(descriptor, this.loop, this.directory.resolve("b"));
			assertThat(queue.poll(Duration.ofSeconds(10))).isNotNull();
			handle.fire(descriptor, this.loop, this.directory.resolve("c"));
			assertThat(queue.next().toCompletableFuture().get(10, TimeUnit.SECONDS)).isNotNull();
			assertThat(queue.poll()).isNull();
		}
		assertThat(descriptor.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(descriptor::close);
	}

	@ParameterizedTest
	@EnumSource
	void publisherBringsTheEventsOfEachHandle(Handle handle) throws Exception {
		EventDescriptor<?> descriptor = handle.open(this.loop, this.directory);
		AsyncEventPublisher<?> publisher = this.async.publisher(descriptor);
		AtomicLong seen = new AtomicLong();
		Flux<?> flux = JdkFlowAdapter.flowPublisherToFlux(publisher).doOnNext((event) -> seen.incrementAndGet());
		var list = flux.collectList().toFuture();
		for (int i = 1; i <= 3; i++) {
			int count = i;
			handle.fire(descriptor, this.loop, this.directory.resolve("f" + i));
			await().pollInterval(Duration.ofMillis(1)).until(() -> seen.get() == count);
		}
		publisher.close();
		assertThat((List<?>) list.get(10, TimeUnit.SECONDS)).hasSize(3);
		assertThat(descriptor.isOpen()).isFalse();
	}

	/** It stays readable, and is closed after the one event. */
	@Test
	void queueBringsTheEndOfAProcessOnceAndEnds() throws Exception {
		Process child = new ProcessBuilder("sh", "-c", "read x; exit 7").start();
		Pidfd pidfd = new PidfdFactory(SYSCALLS).open(child);
		try (AsyncEventQueue<PidfdEvent> queue = this.async.queue(pidfd)) {
			assertThat(queue.poll()).isNull();
			CompletableFuture<PidfdEvent> asked = queue.next().toCompletableFuture();
			child.getOutputStream().close();
			assertExit(asked.get(10, TimeUnit.SECONDS), child);
			assertThatIllegalStateException().isThrownBy(queue::take).withMessageContaining("is closed");
			await().until(() -> !pidfd.isOpen());
			assertThat(this.loop.sourceCount()).isZero();
		}
	}

	@Test
	void queueBringsTheEndOfAProcessThatHasEndedBefore() throws Exception {
		Process child = new ProcessBuilder("sh", "-c", "read x; exit 7").start();
		Pidfd pidfd = new PidfdFactory(SYSCALLS).open(child);
		child.getOutputStream().close();
		assertThat(pidfd.await(Duration.ofSeconds(10))).isTrue();
		try (AsyncEventQueue<PidfdEvent> queue = this.async.queue(pidfd)) {
			assertExit(queue.take(), child);
		}
	}

	/** The loop asks again after pauses, the second time in vain too. */
	@Test
	void queueBringsTheStatusOfAProcessWhoseParentWaitsLater() throws Exception {
		try (Grandchild grandchild = Grandchild.start()) {
			FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
			Pidfd pidfd = new PidfdFactory(faults.syscalls()).open(grandchild.pid());
			assumeThat(pidfd.isExitStatusPending()).as("the kernel tells the status of strangers").isTrue();
			grandchild.stopParent();
			try (AsyncEventQueue<PidfdEvent> queue = this.async.queue(pidfd)) {
				long wakeups = this.loop.wakeups();
				// the loop must not give up before the parent has waited
				int third = faults.count("waitid") + 3;
				faults.answer("waitid", third, third, (call) -> {
					grandchild.continueParent();
					grandchild.awaitGone();
					return call.call();
				});
				grandchild.kill();
				assertThat(queue.take()).isEqualTo(
						new PidfdEvent(grandchild.pid(), Optional.of(ExitStatus.killed(Signal.of("KILL"), false))));
				assertThat(this.loop.wakeups() - wakeups).isLessThan(20);
			}
		}
	}

	@Test
	void queueBringsTheEndOfAProcessWhoseParentDoesNotWaitWithoutStatus() throws Exception {
		try (Grandchild grandchild = Grandchild.start()) {
			grandchild.stopParent();
			try (AsyncEventQueue<PidfdEvent> queue = this.async
				.queue(new PidfdFactory(SYSCALLS).open(grandchild.pid()))) {
				long wakeups = this.loop.wakeups();
				grandchild.kill();
				assertThat(queue.take()).isEqualTo(new PidfdEvent(grandchild.pid(), Optional.empty()));
				assertThat(this.loop.wakeups() - wakeups).isLessThan(20);
			}
		}
	}

	@Test
	void publisherBringsTheEndOfAProcessAndCompletes() throws Exception {
		Process child = new ProcessBuilder("sh", "-c", "read x; exit 7").start();
		Pidfd pidfd = new PidfdFactory(SYSCALLS).open(child);
		var events = JdkFlowAdapter.flowPublisherToFlux(this.async.publisher(pidfd)).collectList().toFuture();
		child.getOutputStream().close();
		List<PidfdEvent> all = events.get(10, TimeUnit.SECONDS);
		assertThat(all).hasSize(1);
		assertExit(all.get(0), child);
		await().until(() -> !pidfd.isOpen());
	}

	private static void assertExit(PidfdEvent event, Process child) throws InterruptedException {
		assertThat(event.pid()).isEqualTo(child.pid());
		// before Linux 6.15 the kernel does not tell once the JVM has waited
		event.status().ifPresent((status) -> assertThat(status).isEqualTo(ExitStatus.exited(7)));
		String[] version = System.getProperty("os.version").split("[.-]");
		if (Integer.parseInt(version[0]) * 100 + Integer.parseInt(version[1]) >= 615) {
			assertThat(event.status()).isPresent();
		}
		assertThat(child.waitFor()).isEqualTo(7);
	}

	enum Handle {

		INOTIFY {

			@Override
			EventDescriptor<?> open(EventLoop loop, Path directory) {
				Inotify inotify = new InotifyFactory(SYSCALLS).open();
				inotify.addWatch(directory, Flags.of(InotifyEventFlag.CREATE));
				return inotify;
			}

			@Override
			void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) throws IOException {
				Files.createFile(file);
			}

		},

		/** Of the kind that any user may have, Linux 5.13. */
		FANOTIFY {

			@Override
			EventDescriptor<?> open(EventLoop loop, Path directory) {
				Fanotify group = new FanotifyFactory(SYSCALLS).open();
				group.addMark(FanotifyMark.INODE, directory, Flags.of(FanotifyEventFlag.CREATE));
				return group;
			}

			@Override
			void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) throws IOException {
				Files.createFile(file);
			}

		},

		TIMERFD {

			@Override
			EventDescriptor<?> open(EventLoop loop, Path directory) {
				return new TimerfdFactory(SYSCALLS).open();
			}

			@Override
			void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) {
				((Timerfd) descriptor).setTime(TimerSetting.once(Duration.ofMillis(1)));
			}

		},

		EVENTFD {

			@Override
			EventDescriptor<?> open(EventLoop loop, Path directory) {
				return new EventfdFactory(SYSCALLS).open();
			}

			@Override
			void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) {
				((Eventfd) descriptor).increment(1);
			}

		},

		/** Pending for the loop's thread alone, which blocks the signal and reads. */
		SIGNALFD {

			private final Signal signal = Signal.of("RTMIN+7");

			@Override
			EventDescriptor<?> open(EventLoop loop, Path directory) {
				loop.call(() -> new Signals(SYSCALLS).block(Set.of(this.signal)));
				return new SignalfdFactory(SYSCALLS).open(Set.of(this.signal));
			}

			@Override
			void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) {
				AtomicLong tid = new AtomicLong();
				loop.call(() -> tid.set(tid()));
				new Signals(SYSCALLS).tgkill(ProcessHandle.current().pid(), tid.get(), this.signal);
			}

			private long tid() {
				try (Stream<String> status = Files.lines(Path.of("/proc/thread-self/status"))) {
					return status.filter((line) -> line.startsWith("Pid:"))
						.mapToLong((line) -> Long.parseLong(line.substring("Pid:".length()).strip()))
						.findFirst()
						.orElseThrow();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}

		};

		abstract EventDescriptor<?> open(EventLoop loop, Path directory);

		abstract void fire(EventDescriptor<?> descriptor, EventLoop loop, Path file) throws Exception;

	}

}
