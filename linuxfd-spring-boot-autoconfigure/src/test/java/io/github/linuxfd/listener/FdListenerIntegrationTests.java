package io.github.linuxfd.listener;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.FdListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdFactory;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link FdListener @FdListener} on named pipes, child processes and files of
 * {@code /proc}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class FdListenerIntegrationTests {

	private static final Syscalls SYSCALLS = Syscalls.system();

	private static final int O_WRONLY = 1;

	private static final int O_RDWR = 2;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LinuxFdAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class));

	@TempDir
	private Path directory;

	private Path fifo;

	@BeforeEach
	void makeFifo() {
		this.fifo = this.directory.resolve("fifo");
		Shell.run(List.of("mkfifo", this.fifo.toString())).orFail();
	}

	private ApplicationContextRunner with(int flags, Class<?> listener) {
		return this.runner.withUserConfiguration(listener)
			.withBean("pipe", OwnedFd.class, () -> open(this.fifo, flags));
	}

	private static OwnedFd open(Path path, int flags) {
		return OwnedFd.adopt(SYSCALLS,
				SYSCALLS.open(NativePaths.encode(path), flags | Syscalls.CLOEXEC | Syscalls.NONBLOCK), "open",
				path.toString());
	}

	/** What is there, or empty at the end of file or if there is nothing. */
	private static String read(OwnedFd fd) {
		try (FdLoan lent = fd.lend(); NativeMemory memory = NativeMemory.allocate(4096)) {
			long count = SYSCALLS.read(lent.number(), memory.address(), 4096);
			byte[] bytes = new byte[(int) Math.max(0, count)];
			memory.bytes().get(0, bytes);
			return new String(bytes, StandardCharsets.US_ASCII);
		}
	}

	private void write(String text) throws IOException {
		// not to wait for a reader, and not to be the last writer
		try (RandomAccessFile writer = new RandomAccessFile(this.fifo.toFile(), "rw")) {
			writer.write(text.getBytes(StandardCharsets.US_ASCII));
		}
	}

	@Test
	void listenerIsCalledWhenThereIsSomethingToRead() {
		with(O_RDWR, Reading.class).run((context) -> {
			Reading bean = context.getBean(Reading.class);
			write("one");
			await().until(() -> bean.texts.size() == 1);
			write("two");
			await().until(() -> bean.texts.size() == 2);
			assertThat(bean.texts).containsExactly("one", "two");
			assertThat(bean.events).allSatisfy((event) -> {
				assertThat(event.isReadable()).isTrue();
				assertThat(event.isHangUp()).isFalse();
				assertThat(event.fd()).isSameAs(context.getBean("pipe"));
			});
			assertThat(bean.threads).allMatch((name) -> name.startsWith("linuxfd-dispatch-"));
		});
	}

	/** Level-triggered: the pipe stays readable, and nobody looks until it is read. */
	@Test
	void loopWhileTheHandlerRunsDoesNotSpin() {
		with(O_RDWR, Slow.class).run((context) -> {
			Slow bean = context.getBean(Slow.class);
			EventLoop loop = context.getBean(EventLoop.class);
			write("one");
			assertThat(bean.entered.await(10, TimeUnit.SECONDS)).isTrue();
			loop.call(() -> {
			});
			long before = loop.wakeups();
			await().during(Duration.ofMillis(50)).until(() -> loop.wakeups() <= before + 1);
			assertThat(bean.calls).hasValue(1);
			bean.leave.countDown();
			await().until(() -> bean.texts.size() == 1);
			assertThat(bean.texts).as("still there at the second call").containsExactly("one");
		});
	}

	@Test
	void listenerWhenEdgeTriggeredIsCalledForEachChange() {
		with(O_RDWR, Edge.class).run((context) -> {
			Edge bean = context.getBean(Edge.class);
			for (int i = 1; i <= 3; i++) {
				int count = i;
				write("x");
				await().until(() -> bean.events.size() == count);
			}
			await().during(Duration.ofMillis(30)).until(() -> bean.events.size() == 3);
		});
	}

	@Test
	void hangUpIsTheLastEventAndSaysSo() throws Exception {
		OwnedFd reader = open(this.fifo, 0);
		OutputStream writer = Files.newOutputStream(this.fifo);
		this.runner.withUserConfiguration(Reading.class)
			.withBean("pipe", OwnedFd.class, () -> reader)
			.run((context) -> {
				Reading bean = context.getBean(Reading.class);
				EventLoop loop = context.getBean(EventLoop.class);
				int sources = loop.sourceCount();
				writer.write("last words".getBytes(StandardCharsets.US_ASCII));
				writer.close();
				await().until(() -> bean.failures.size() == 1);
				assertThat(String.join("", bean.texts)).isEqualTo("last words");
				assertThat(bean.events.get(bean.events.size() - 1).isHangUp()).isTrue();
				assertThat(bean.failures.get(0).reason()).isEqualTo("its peer has hung up");
				await().until(() -> loop.sourceCount() == sources - 1);
				assertThat(reader.isOpen()).as("it is the bean's").isTrue();
				assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers()).singleElement()
					.satisfies((container) -> assertThat(container.isRunning()).isFalse());
			});
		assertThat(reader.isOpen()).as("closed as a bean").isFalse();
	}

	@Test
	void writableDescriptorIsReported() {
		with(O_RDWR, Writing.class).run((context) -> {
			Writing bean = context.getBean(Writing.class);
			await().until(() -> bean.failures.size() == 1);
			assertThat(bean.events).singleElement().satisfies((event) -> {
				assertThat(event.isWritable()).isTrue();
				assertThat(event.isReadable()).isFalse();
			});
			assertThat(bean.failures.get(0).reason()).as("the handler had enough").contains("was closed");
		});
	}

	/** The other end is gone: EPOLLERR, which nothing clears. */
	@Test
	void errorThatStaysEndsTheListener() throws Exception {
		OwnedFd reader = open(this.fifo, 0);
		OwnedFd writer = open(this.fifo, O_WRONLY);
		this.runner.withUserConfiguration(Erroneous.class)
			.withBean("pipe", OwnedFd.class, () -> writer)
			.run((context) -> {
				Erroneous bean = context.getBean(Erroneous.class);
				assertThat(bean.events).isEmpty();
				reader.close();
				await().until(() -> bean.failures.size() == 1);
				assertThat(bean.events).hasSize(2).allMatch(FdEvent::isError);
				assertThat(bean.failures.get(0).reason()).contains("does not go away");
			});
	}

	@Test
	void pidfdIsAsGoodAsAnyDescriptor() throws Exception {
		Process child = new ProcessBuilder("sh", "-c", "read x").start();
		this.runner.withUserConfiguration(Exit.class)
			.withBean("child", Pidfd.class, () -> new PidfdFactory(SYSCALLS).open(child))
			.run((context) -> {
				Exit bean = context.getBean(Exit.class);
				child.getOutputStream().close();
				assertThat(bean.called.await(10, TimeUnit.SECONDS)).isTrue();
			});
		assertThat(child.waitFor()).isNotNegative();
	}

	/** The kernel says so by EPOLLPRI and EPOLLERR, and by nothing else. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void fileOfProcReportsItsChangesAsPriority() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount", "--propagation", "private"),
				Mounting.class, this.directory.toString())) {
			jvm.awaitLine("mounted 3 PRI|ERR");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	/** Whoever looks first is told, and a queue for one event has no room meanwhile. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void fileOfProcThatChangesWhileTheHandlerRunsIsReportedAfterIt() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount", "--propagation", "private"),
				MountingMeanwhile.class, this.directory.toString())) {
			jvm.awaitLine("2 events");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	/** Opened by another library, and by no call of this one. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void netlinkSocketBringsTheKernelsMessages() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--net"), Netlink.class)) {
			jvm.awaitLine("new link lo is up");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	void contextWhenTheDeclarationIsWrongFails() {
		with(O_RDWR, WrongEvents.class).run((context) -> assertThat(context.getStartupFailure())
			.hasStackTraceContaining("@FdListener on method 'WrongEvents.ready'")
			.hasStackTraceContaining("IN|PRI|OUT|RDHUP"));
		with(O_RDWR, MixedEvents.class).run((context) -> assertThat(context.getStartupFailure())
			.hasStackTraceContaining("its events are IN|PRI, but PRI is told once for each change"));
		with(O_RDWR, NoName.class)
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("names no bean"));
		this.runner.withUserConfiguration(Reading.class)
			.withBean("pipe", String.class, () -> "no descriptor")
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("Reading.ready")
				.hasStackTraceContaining("Pollable"));
	}

	/** A regular file is always ready, and epoll refuses it. */
	@Test
	void contextWhenTheFileCannotBeWaitedForFails() throws Exception {
		Path regular = Files.createFile(this.directory.resolve("regular"));
		this.runner.withUserConfiguration(Reading.class)
			.withBean("pipe", OwnedFd.class, () -> open(regular, 0))
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("epoll_ctl")
				.hasStackTraceContaining("EPERM"));
	}

	static class Recording {

		final List<FdEvent> events = new CopyOnWriteArrayList<>();

		final List<EventSourceFailedEvent> failures = new CopyOnWriteArrayList<>();

		@EventListener
		void failed(EventSourceFailedEvent event) {
			this.failures.add(event);
		}

	}

	static class Reading extends Recording {

		final List<String> texts = new CopyOnWriteArrayList<>();

		final List<String> threads = new CopyOnWriteArrayList<>();

		@FdListener("pipe")
		void ready(FdEvent event) {
			this.threads.add(Thread.currentThread().getName());
			this.events.add(event);
			String text = read(event.fd());
			if (!text.isEmpty()) {
				this.texts.add(text);
			}
		}

	}

	static class Slow {

		final CountDownLatch entered = new CountDownLatch(1);

		final CountDownLatch leave = new CountDownLatch(1);

		final AtomicInteger calls = new AtomicInteger();

		final List<String> texts = new CopyOnWriteArrayList<>();

		@FdListener("pipe")
		void ready(FdEvent event) throws InterruptedException {
			int call = this.calls.incrementAndGet();
			this.entered.countDown();
			this.leave.await();
			if (call == 2) {
				this.texts.add(read(event.fd()));
			}
		}

	}

	static class Edge extends Recording {

		@FdListener(fd = "pipe", edge = true)
		void ready(FdEvent event) {
			this.events.add(event);
		}

	}

	static class Writing extends Recording {

		@FdListener(fd = "pipe", events = EpollFlag.OUT)
		void ready(FdEvent event) {
			this.events.add(event);
			event.fd().close();
		}

	}

	static class Erroneous extends Recording {

		@FdListener(fd = "pipe", events = EpollFlag.IN)
		void ready(FdEvent event) {
			this.events.add(event);
		}

	}

	static class Exit {

		final CountDownLatch called = new CountDownLatch(1);

		@FdListener(fd = "child", edge = true)
		void ended() {
			this.called.countDown();
		}

	}

	static class WrongEvents {

		@FdListener(fd = "pipe", events = EpollFlag.ONESHOT)
		void ready() {
		}

	}

	static class MixedEvents {

		@FdListener(fd = "pipe", events = { EpollFlag.IN, EpollFlag.PRI })
		void ready() {
		}

	}

	static class NoName {

		@FdListener
		void ready() {
		}

	}

	/** In a mount namespace of its own. */
	@Configuration(proxyBeanMethods = false)
	static class Mounting {

		private final List<FdEvent> events = new CopyOnWriteArrayList<>();

		@Bean
		OwnedFd mounts() {
			return open(Path.of("/proc/self/mounts"), 0);
		}

		@FdListener(fd = "mounts", events = EpollFlag.PRI)
		void changed(FdEvent event) {
			this.events.add(event);
		}

		public static void main(String[] arguments) {
			try (var context = new AnnotationConfigApplicationContext(Mounting.class, LinuxFdAutoConfiguration.class)) {
				Mounting bean = context.getBean(Mounting.class);
				List<String> flags = new ArrayList<>();
				for (int i = 1; i <= 3; i++) {
					int count = i;
					Shell.run(List.of("mount", "-t", "tmpfs", "none", arguments[0])).orFail();
					await().until(() -> bean.events.size() == count);
					flags.add(bean.events.get(i - 1).flags().toString());
				}
				System.out
					.println("mounted " + flags.size() + " " + String.join(",", flags.stream().distinct().toList()));
			}
		}

	}

	/** In a mount namespace of its own. */
	@Configuration(proxyBeanMethods = false)
	static class MountingMeanwhile {

		private final Semaphore called = new Semaphore(0);

		private final Semaphore end = new Semaphore(0);

		@Bean
		OwnedFd mounts() {
			return open(Path.of("/proc/self/mounts"), 0);
		}

		@FdListener(fd = "mounts", events = EpollFlag.PRI)
		void changed() throws InterruptedException {
			this.called.release();
			this.end.acquire();
		}

		public static void main(String[] arguments) throws InterruptedException {
			System.setProperty("linuxfd.dispatch.queue-capacity", "1");
			try (var context = new AnnotationConfigApplicationContext(MountingMeanwhile.class,
					LinuxFdAutoConfiguration.class)) {
				MountingMeanwhile bean = context.getBean(MountingMeanwhile.class);
				Shell.run(List.of("mount", "-t", "tmpfs", "none", arguments[0])).orFail();
				boolean first = bean.called.tryAcquire(20, TimeUnit.SECONDS);
				Shell.run(List.of("mount", "-t", "tmpfs", "none", arguments[0])).orFail();
				bean.end.release(2);
				boolean second = bean.called.tryAcquire(20, TimeUnit.SECONDS);
				System.out.println(((first ? 1 : 0) + (second ? 1 : 0)) + " events");
			}
		}

	}

	/** In a network namespace of its own, where even {@code lo} is down. */
	@Configuration(proxyBeanMethods = false)
	static class Netlink {

		private static final short AF_NETLINK = 16;

		private static final int SOCK_RAW = 3;

		private static final int SOCK_CLOEXEC_NONBLOCK = 02004000;

		private static final int NETLINK_ROUTE = 0;

		private static final int RTMGRP_LINK = 1;

		private static final int RTM_NEWLINK = 16;

		private static final long SIOCSIFFLAGS = 0x8914;

		private static final short IFF_UP = 1;

		/** The header, {@code nlmsghdr}, and in what follows it {@code ifi_flags}. */
		private static final int TYPE = 4;

		private static final int FLAGS = 16 + 8;

		private static final Sockets SOCKETS = LibraryLoader.create(Sockets.class).load("c");

		private final List<String> messages = new CopyOnWriteArrayList<>();

		@Bean
		OwnedFd netlink() {
			int number = SOCKETS.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NETLINK_ROUTE);
			OwnedFd fd = OwnedFd.adopt(SYSCALLS, number, "socket", "AF_NETLINK");
			try (NativeMemory address = NativeMemory.allocate(12)) {
				address.bytes().putShort(0, AF_NETLINK).putInt(4, 0).putInt(8, RTMGRP_LINK);
				assertThat(SOCKETS.bind(number, address.address(), 12)).isZero();
			}
			return fd;
		}

		@FdListener("netlink")
		void changed(FdEvent event) {
			this.messages.add(read(event.fd()));
		}

		private static void setUp(OwnedFd socket, String link) {
			try (FdLoan lent = socket.lend(); NativeMemory request = NativeMemory.allocate(40)) {
				request.bytes().put(0, new byte[40]);
				request.bytes().put(0, link.getBytes(StandardCharsets.US_ASCII)).putShort(16, IFF_UP);
				assertThat(SOCKETS.ioctl(lent.number(), SIOCSIFFLAGS, request.address())).isZero();
			}
		}

		private static boolean saysUp(String message) {
			return message.charAt(TYPE) == RTM_NEWLINK && (message.charAt(FLAGS) & IFF_UP) != 0
					&& message.contains("lo\0");
		}

		public static void main(String[] arguments) {
			try (var context = new AnnotationConfigApplicationContext(Netlink.class, LinuxFdAutoConfiguration.class)) {
				Netlink bean = context.getBean(Netlink.class);
				assertThat(bean.messages).isEmpty();
				setUp(context.getBean(OwnedFd.class), "lo");
				await().until(() -> bean.messages.stream().anyMatch(Netlink::saysUp));
				System.out.println("new link lo is up");
			}
		}

	}

	/**
	 * Of the C library.
	 */
	public interface Sockets {

		int socket(int domain, int type, int protocol);

		int bind(int fd, long address, int size);

		int ioctl(int fd, long request, long argument);

	}

}
