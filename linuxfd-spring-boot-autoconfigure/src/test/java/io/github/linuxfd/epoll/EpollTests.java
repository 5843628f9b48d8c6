package io.github.linuxfd.epoll;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.LentFd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.pipe.Pipe;
import io.github.linuxfd.pipe.PipeFactory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import io.github.linuxfd.testsupport.Task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Epoll}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class EpollTests {

	private static final Flags<EpollFlag> IN = Flags.of(EpollFlag.IN);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Epoll epoll = new EpollFactory(this.faults.syscalls()).open();

	private final Eventfd eventfd = new EventfdFactory(this.faults.syscalls()).open();

	@TempDir
	private Path directory;

	@AfterEach
	void close() {
		this.eventfd.close();
		this.epoll.close();
	}

	@Test
	void awaitWhenReadyReturnsTokenAndEvents() {
		this.epoll.add(this.eventfd.fd(), IN, 0x1122334455667788L);
		assertThat(this.epoll.await(Duration.ZERO)).isZero();
		this.eventfd.increment(1);
		assertThat(this.epoll.await()).isEqualTo(1);
		assertThat(this.epoll.token(0)).isEqualTo(0x1122334455667788L);
		assertThat(this.epoll.events(0)).isEqualTo(1);
	}

	@Test
	void awaitWhenManyAreReadyReturnsEachWithItsToken() {
		Eventfd[] eventfds = new Eventfd[70];
		for (int i = 0; i < eventfds.length; i++) {
			eventfds[i] = new EventfdFactory(this.faults.syscalls()).open();
			eventfds[i].increment(1);
			this.epoll.add(eventfds[i].fd(), Flags.of(EpollFlag.IN, EpollFlag.ET), -i - 2);
		}
		long sum = 0;
		int first = this.epoll.await();
		assertThat(first).isEqualTo(64);
		for (int i = 0; i < first; i++) {
			sum += this.epoll.token(i);
		}
		int second = this.epoll.await();
		assertThat(second).isEqualTo(6);
		for (int i = 0; i < second; i++) {
			sum += this.epoll.token(i);
		}
		assertThat(sum).isEqualTo(-70 * 71 / 2 - 70);
		for (Eventfd other : eventfds) {
			other.close();
		}
	}

	@Test
	void awaitNeverReturnsEarly() {
		for (int micros : new int[] { 1, 999, 1000, 1001, 20_500 }) {
			long startNanos = System.nanoTime();
			assertThat(this.epoll.await(Duration.ofNanos(micros * 1000L))).isZero();
			assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(micros * 1000L);
		}
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void awaitWhenTimeIsOverAlreadyReturnsAtOnce() {
		// the kernel takes a negative time as "for ever"; so that the test can end
		this.faults.answer("epollWait", 1, 3, (wait) -> 0);
		long[] asked = new long[1];
		Syscalls recording = recordTimeout(asked);
		Epoll other = new EpollFactory(recording).open();
		for (Duration timeout : new Duration[] { Duration.ofMillis(-5), Duration.ofSeconds(-1),
				Duration.ofSeconds(Long.MIN_VALUE) }) {
			asked[0] = -1;
			assertThat(other.await(timeout)).isZero();
			assertThat(asked[0]).as("%s", timeout).isZero();
		}
		other.close();
	}

	@Test
	void awaitWhenTimeoutIsAsLongAsCanBeWaitsForIt() {
		long[] asked = new long[1];
		Epoll other = new EpollFactory(recordTimeout(asked)).open();
		for (Duration timeout : new Duration[] { Duration.ofDays(100), Duration.ofNanos(Long.MAX_VALUE),
				Duration.ofSeconds(Long.MAX_VALUE, 999_999_999) }) {
			asked[0] = -1;
			assertThat(other.await(timeout)).isZero();
			assertThat(asked[0]).as("%s", timeout)
				.isEqualTo((timeout.getSeconds() < 1L << 33) ? timeout.toNanos() : Long.MAX_VALUE);
		}
		other.close();
	}

	private Syscalls recordTimeout(long[] asked) {
		Syscalls real = this.faults.syscalls();
		return (Syscalls) Proxy.newProxyInstance(Syscalls.class.getClassLoader(), new Class<?>[] { Syscalls.class },
				(self, method, arguments) -> {
					if (method.getName().equals("epollWait")) {
						asked[0] = (long) arguments[3];
						return 0;
					}
					return method.invoke(real, arguments);
				});
	}

	@Test
	void controlWhenRefusedIsOfItsKind() {
		this.epoll.add(this.eventfd.fd(), IN, 1);
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.epoll.add(this.eventfd.fd(), IN, 2))
			.withMessageEndingWith(", IN) failed: EEXIST (File exists)");
		this.epoll.delete(this.eventfd.fd());
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> this.epoll.delete(this.eventfd.fd()))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOENT));
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.epoll.modify(this.eventfd.fd(), IN, 2))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ENOENT));
		Syscalls syscalls = this.faults.syscalls();
		OwnedFd regular = OwnedFd.adopt(syscalls, syscalls.open(NativePaths.encode(this.directory), Syscalls.CLOEXEC),
				"open", "");
		assertThatExceptionOfType(SyscallPermissionException.class).isThrownBy(() -> this.epoll.add(regular, IN, 1));
		regular.close();
		assertThatIllegalStateException().isThrownBy(() -> this.epoll.add(regular, IN, 1));
	}

	@Test
	void modifyChangesInterestAndToken() {
		this.eventfd.increment(1);
		this.epoll.add(this.eventfd.fd(), Flags.none(EpollFlag.class), 1);
		assertThat(this.epoll.await(Duration.ZERO)).isZero();
		this.epoll.modify(this.eventfd.fd(), Flags.of(EpollFlag.IN, EpollFlag.OUT), 2);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		assertThat(this.epoll.token(0)).isEqualTo(2);
		assertThat(Flags.ofBits(EpollFlag.class, this.epoll.events(0))).hasToString("IN|OUT");
	}

	/** Whether they are asked for or not. */
	@Test
	void otherSideWhenItIsClosedIsReported() {
		PipeFactory pipes = new PipeFactory(this.faults.syscalls());
		try (Pipe withoutWriter = pipes.open(); Pipe withoutReader = pipes.open()) {
			this.epoll.add(withoutWriter.readEnd(), IN, 1);
			withoutWriter.writeEnd().close();
			assertThat(this.epoll.await(Duration.ofSeconds(10))).isEqualTo(1);
			assertThat(Flags.ofBits(EpollFlag.class, this.epoll.events(0))).hasToString("HUP");
			this.epoll.delete(withoutWriter.readEnd());
			this.epoll.add(withoutReader.writeEnd(), Flags.of(EpollFlag.OUT), 2);
			withoutReader.readEnd().close();
			assertThat(this.epoll.await(Duration.ofSeconds(10))).isEqualTo(1);
			assertThat(Flags.ofBits(EpollFlag.class, this.epoll.events(0))).hasToString("OUT|ERR");
			this.epoll.delete(withoutReader.writeEnd());
		}
	}

	@Test
	void urgentDataAndTheEndOfTheInputAreReported() throws Exception {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			try (SocketChannel near = SocketChannel.open(server.getLocalAddress());
					SocketChannel far = server.accept();
					OwnedFd socket = duplicate(near)) {
				this.epoll.add(socket, Flags.of(EpollFlag.PRI, EpollFlag.RDHUP), 1);
				far.socket().sendUrgentData('!');
				assertThat(this.epoll.await(Duration.ofSeconds(10))).isEqualTo(1);
				assertThat(Flags.ofBits(EpollFlag.class, this.epoll.events(0))).hasToString("PRI");
				this.epoll.modify(socket, Flags.of(EpollFlag.RDHUP), 1);
				assertThat(this.epoll.await(Duration.ZERO)).isZero();
				far.shutdownOutput();
				assertThat(this.epoll.await(Duration.ofSeconds(10))).isEqualTo(1);
				assertThat(Flags.ofBits(EpollFlag.class, this.epoll.events(0))).hasToString("RDHUP");
				this.epoll.delete(socket);
			}
		}
	}

	private OwnedFd duplicate(SocketChannel channel) {
		Syscalls syscalls = this.faults.syscalls();
		try (LentFd lent = LentFd.of(channel, syscalls)) {
			OwnedFd copy = OwnedFd.duplicateOf(syscalls, lent.acquire(), "socket");
			lent.release();
			return copy;
		}
	}

	@Test
	void edgeIsReportedOncePerChange() {
		this.epoll.add(this.eventfd.fd(), Flags.of(EpollFlag.IN, EpollFlag.ET), 1);
		this.eventfd.increment(1);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		assertThat(this.epoll.await(Duration.ZERO)).as("no change").isZero();
		this.eventfd.increment(1);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		this.epoll.modify(this.eventfd.fd(), IN, 1);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		assertThat(this.epoll.await(Duration.ZERO)).as("level: still ready").isEqualTo(1);
	}

	@Test
	void oneshotIsReportedOnceUntilItIsArmedAgain() {
		Flags<EpollFlag> once = Flags.of(EpollFlag.IN, EpollFlag.ONESHOT);
		this.epoll.add(this.eventfd.fd(), once, 1);
		this.eventfd.increment(1);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		this.eventfd.increment(1);
		assertThat(this.epoll.await(Duration.ZERO)).isZero();
		this.epoll.modify(this.eventfd.fd(), once, 2);
		assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
		assertThat(this.epoll.token(0)).isEqualTo(2);
	}

	/** Of eight who are asleep one at least is woken, and not all. */
	@Test
	void exclusiveDoesNotWakeAllWhoWait() throws Exception {
		Flags<EpollFlag> exclusive = Flags.of(EpollFlag.IN, EpollFlag.EXCLUSIVE);
		int waiters = 8;
		AtomicInteger woken = new AtomicInteger();
		List<Thread> threads = new ArrayList<>();
		List<Epoll> epolls = new ArrayList<>();
		for (int i = 0; i < waiters; i++) {
			Epoll own = new EpollFactory(Syscalls.system()).open();
			epolls.add(own);
			own.add(this.eventfd.fd(), exclusive, i);
			Thread thread = new Thread(() -> {
				own.await();
				woken.incrementAndGet();
			}, "exclusive-" + i);
			threads.add(thread);
			thread.start();
		}
		for (int i = 0; i < waiters; i++) {
			Awaitility.await().until(Task.named("exclusive-" + i)::isWaitingInEpoll);
		}
		this.eventfd.increment(1);
		Awaitility.await().until(() -> woken.get() > 0);
		assertThat(threads.stream().filter(Thread::isAlive)).as("still asleep").isNotEmpty();
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> epolls.get(0).modify(this.eventfd.fd(), exclusive, 1))
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EINVAL));
		Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> {
			this.eventfd.increment(1);
			return woken.get() == waiters;
		});
		for (Thread thread : threads) {
			thread.join();
		}
		epolls.forEach(Epoll::close);
	}

	@Test
	void epollInAnEpollIsReadyWhenSomethingInItIs() {
		try (Epoll outer = new EpollFactory(this.faults.syscalls()).open()) {
			outer.add(this.epoll.fd(), IN, 7);
			this.epoll.add(this.eventfd.fd(), IN, 8);
			assertThat(outer.await(Duration.ZERO)).isZero();
			this.eventfd.increment(1);
			assertThat(outer.await(Duration.ofSeconds(10))).isEqualTo(1);
			assertThat(outer.token(0)).isEqualTo(7);
			assertThat(this.epoll.await(Duration.ZERO)).isEqualTo(1);
			assertThat(this.epoll.token(0)).isEqualTo(8);
			assertThatExceptionOfType(SyscallArgumentException.class).as("a circle")
				.isThrownBy(() -> this.epoll.add(outer.fd(), IN, 9))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.ELOOP));
		}
	}

	@Test
	void closeWhileAnotherThreadWaitsIsDeferred() throws Exception {
		Epoll other = new EpollFactory(this.faults.syscalls()).open();
		long memory = NativeMemory.allocated();
		other.add(this.eventfd.fd(), IN, 1);
		Thread waiter = new Thread(other::await);
		waiter.start();
		while (this.faults.count("epollWait") == 0) {
			Thread.onSpinWait();
		}
		other.close();
		assertThat(this.faults.count("close")).isZero();
		assertThat(NativeMemory.allocated()).as("the kernel may still write to it").isEqualTo(memory);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(other::await);
		this.eventfd.increment(1);
		waiter.join();
		assertThat(this.faults.count("close")).isEqualTo(1);
	}

	@Test
	void openWhenNoDescriptorIsLeftFails() {
		this.faults.fail("epollCreate1", 1, Errno.ENFILE);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> new EpollFactory(this.faults.syscalls()).open())
			.withMessage("epoll_create1(CLOEXEC) failed: ENFILE (Too many open files in system)");
	}

	@Test
	void awaitWhenItFailsSaysWhy() {
		this.faults.fail("epollWait", 1, Errno.EINVAL);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(this.epoll::await)
			.withMessageStartingWith("epoll_wait(epoll_create1 descriptor ");
	}

}
