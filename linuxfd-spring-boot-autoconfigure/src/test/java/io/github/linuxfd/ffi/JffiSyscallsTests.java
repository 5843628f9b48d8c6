package io.github.linuxfd.ffi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

import jnr.ffi.LibraryLoader;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of {@link JffiSyscalls} against the kernel.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class JffiSyscallsTests {

	private final Syscalls syscalls = Syscalls.system();

	private final Tasks tasks = LibraryLoader.create(Tasks.class).load("c");

	@Test
	void mmapAnonymousGivesZeroedMemoryOfThatProtection() throws Exception {
		long page = this.syscalls.mmapAnonymous(3 * 4096, 3);
		assertThat(page).isPositive();
		assertThat(mapping(page)).contains(" rw-p 00000000 00:00 0");
		try (NativeMemory memory = NativeMemory.allocate(8)) {
			NativeMemory.copy(page + 2 * 4096, memory.address(), 8);
			assertThat(memory.bytes().getLong(0)).isZero();
			memory.bytes().putLong(0, 42);
			NativeMemory.copy(memory.address(), page + 2 * 4096, 8);
		}
		assertThat(this.syscalls.mprotect(page, 4096, 5)).isZero();
		assertThat(mapping(page)).contains(" r-xp ");
		assertThat(this.syscalls.munmap(page, 3 * 4096)).isZero();
	}

	/**
	 * The sixth integer argument must not be garbage: it would be refused now and then.
	 */
	@Test
	void mmapAnonymousWhenCalledAgainAndAgainIsNeverRefused() {
		for (int i = 0; i < 20_000; i++) {
			long page = this.syscalls.mmapAnonymous(4096, 1);
			assertThat(page).isPositive();
			assertThat(page % 4096).isZero();
			assertThat(this.syscalls.munmap(page, 4096)).isZero();
		}
	}

	@Test
	void mmapAnonymousWhenRefusedReturnsTheErrno() {
		assertThat(this.syscalls.mmapAnonymous(0, 3)).isEqualTo(-22);
		assertThat(this.syscalls.mmapAnonymous(Long.MAX_VALUE - 4095, 3)).isEqualTo(-12);
	}

	@Test
	void callsWhenRefusedReturnTheErrno() {
		assertThat(this.syscalls.epollCreate1(1)).isEqualTo(-22);
		assertThat(this.syscalls.epollCtl(-1, 1, -1, 0)).isNegative();
		assertThat(this.syscalls.epollWait(-1, 0, 1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.eventfd(0, 0x4000_0000)).isEqualTo(-22);
		assertThat(this.syscalls.inotifyInit1(1)).isEqualTo(-22);
		assertThat(this.syscalls.inotifyAddWatch(-1, new byte[] { '/', 0 }, 2)).isEqualTo(-9);
		assertThat(this.syscalls.inotifyRmWatch(-1, 1)).isEqualTo(-9);
		assertThat(this.syscalls.timerfdCreate(99, 0)).isEqualTo(-22);
		assertThat(this.syscalls.timerfdSettime(-1, 0, 0, 0)).isEqualTo(-14);
		assertThat(this.syscalls.timerfdGettime(-1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.clockGettime(99, 0)).isEqualTo(-22);
		try (NativeMemory set = NativeMemory.allocate(128)) {
			assertThat(this.syscalls.pthreadSigmask(17, set.address(), 0)).isEqualTo(-22);
		}
		assertThat(this.syscalls.sigaction(65, 0, 0)).isEqualTo(-22);
		assertThat(this.syscalls.read(-1, 0, 1)).isEqualTo(-9);
		assertThat(this.syscalls.write(-1, 0, 1)).isEqualTo(-9);
		assertThat(this.syscalls.poll(0, 1, 0)).isEqualTo(-14);
		assertThat(this.syscalls.open(new byte[] { '/', 'n', 'o', 'n', 'e', 0 }, 0)).isEqualTo(-2);
		assertThat(this.syscalls.fcntl(-1, 1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.close(-1)).isEqualTo(-9);
		assertThat(this.syscalls.pidfdOpen(-1, 0)).isEqualTo(-22);
		assertThat(this.syscalls.pidfdSendSignal(-1, 0, 0, 0)).isEqualTo(-9);
		assertThat(this.syscalls.waitid(99, 0, 0, 4)).isEqualTo(-22);
		assertThat(this.syscalls.ioctl(-1, 0, 0)).isEqualTo(-9);
		assertThat(this.syscalls.mprotect(1, 4096, 1)).isEqualTo(-22);
		assertThat(this.syscalls.munmap(1, 4096)).isEqualTo(-22);
		assertThat(this.syscalls.pipe2(0, 1)).isEqualTo(-22);
		assertThat(this.syscalls.splice(-1, 0, -1, 0, 1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.tee(-1, -1, 1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.vmsplice(-1, 0, 1, 0)).isEqualTo(-9);
		assertThat(this.syscalls.fanotifyInit(0x8000_0000, 0)).isIn(-22, -1);
		assertThat(this.syscalls.fanotifyMark(-1, 1, 2, new byte[] { '/', 0 })).isEqualTo(-9);
		assertThat(this.syscalls.nameToHandleAt(new byte[] { '/', 'n', 'o', 'n', 'e', 0 }, 0, 0, 0)).isEqualTo(-2);
		assertThat(this.syscalls.openByHandleAt(-1, 0, 0)).isNegative();
		assertThat(this.syscalls.statfs(new byte[] { '/', 'n', 'o', 'n', 'e', 0 }, 0)).isEqualTo(-2);
	}

	/**
	 * The sixth integer argument must not be garbage: unknown flags are refused.
	 */
	@Test
	void spliceWhenCalledAgainAndAgainIsNeverRefused() {
		try (NativeMemory memory = NativeMemory.allocate(16)) {
			assertThat(this.syscalls.pipe2(memory.address(), Syscalls.CLOEXEC)).isZero();
			int in = memory.bytes().getInt(0);
			int out = memory.bytes().getInt(4);
			int zero = this.syscalls.open("/dev/zero\0".getBytes(StandardCharsets.US_ASCII), Syscalls.CLOEXEC);
			for (int i = 0; i < 20_000; i++) {
				assertThat(this.syscalls.splice(zero, 0, out, 0, 1, 2)).isEqualTo(1);
				assertThat(this.syscalls.read(in, memory.address() + 8, 1)).isEqualTo(1);
			}
			assertThat(this.syscalls.splice(zero, 0, out, 0, 1, 0x4000_0000)).isEqualTo(-22);
			for (int fd : new int[] { in, out, zero }) {
				assertThat(this.syscalls.close(fd)).isZero();
			}
		}
	}

	/** A mask takes all of its 64 bits, and the path is found behind it. */
	@Test
	void fanotifyMarkTakesEveryArgumentWhereItBelongs() {
		int fd = this.syscalls.fanotifyInit(0x203, 0);
		assertThat(fd).isPositive();
		byte[] tmp = { '/', 't', 'm', 'p', 0 };
		assertThat(this.syscalls.fanotifyMark(fd, 1, 0x4000_0100L, tmp)).isZero();
		assertThat(this.syscalls.fanotifyMark(fd, 1, 1L << 40, tmp)).isEqualTo(-22);
		assertThat(this.syscalls.fanotifyMark(fd, 1, 0x100, new byte[] { '/', 'n', 'o', 'n', 'e', 0 })).isEqualTo(-2);
		assertThat(this.syscalls.close(fd)).isZero();
	}

	@Test
	void getuidIsTheOneOfThisProcess() throws Exception {
		assertThat(this.syscalls.getuid()).isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
	}

	@Test
	void pollWhenInterruptedBySignalsLastsItsTimeAndNotMuchLonger() throws Exception {
		int fd = this.syscalls.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		try (NativeMemory fds = NativeMemory.allocate(Pollfd.BYTES)) {
			fds.bytes().putInt(Pollfd.FD, fd).putShort(Pollfd.EVENTS, (short) 1);
			assertLasts(1000, () -> this.syscalls.poll(fds.address(), 1, 1000));
		}
		this.syscalls.close(fd);
	}

	@Test
	void epollWaitIsExactToFarLessThanAMillisecond() {
		int fd = this.syscalls.epollCreate1(Syscalls.CLOEXEC);
		try (NativeMemory events = NativeMemory.allocate(16)) {
			this.syscalls.epollWait(fd, events.address(), 1, 1);
			Assumptions.assumeThat(((JffiSyscalls) this.syscalls).lacksEpollPwait2)
				.as("epoll_pwait2(2) is missing here")
				.isFalse();
			long bestNanos = Long.MAX_VALUE;
			// the best of many, of which the machine may delay most
			for (int i = 0; i < 50 || (i < 5000 && bestNanos > 900_000); i++) {
				long startNanos = System.nanoTime();
				assertThat(this.syscalls.epollWait(fd, events.address(), 1, 100_000)).isZero();
				bestNanos = Math.min(bestNanos, System.nanoTime() - startNanos);
			}
			// epoll_pwait2(2); without it the shortest wait is a millisecond
			assertThat(bestNanos).isBetween(100_000L, 900_000L);
		}
		this.syscalls.close(fd);
	}

	@Test
	void epollWaitWhenKernelIsOlderIsRoundedUpToMilliseconds() {
		JffiSyscalls older = withoutEpollPwait2();
		int fd = older.epollCreate1(Syscalls.CLOEXEC);
		try (NativeMemory events = NativeMemory.allocate(16)) {
			for (long nanos : new long[] { 1, 999_999, 1_000_000, 1_000_001 }) {
				long startNanos = System.nanoTime();
				assertThat(older.epollWait(fd, events.address(), 1, nanos)).isZero();
				assertThat(System.nanoTime() - startNanos)
					.isGreaterThanOrEqualTo((nanos > 1_000_000) ? 2_000_000 : 1_000_000);
			}
			assertThat(older.epollWait(fd, events.address(), 1, 0)).isZero();
		}
		older.close(fd);
	}

	private static JffiSyscalls withoutEpollPwait2() {
		JffiSyscalls older = new JffiSyscalls();
		older.lacksEpollPwait2 = true;
		return older;
	}

	@Test
	void epollWaitWhenInterruptedBySignalsLastsItsTimeAndNotMuchLonger() throws Exception {
		int fd = this.syscalls.epollCreate1(Syscalls.CLOEXEC);
		try (NativeMemory events = NativeMemory.allocate(16)) {
			assertLasts(1000, () -> this.syscalls.epollWait(fd, events.address(), 1, 1_000_000_000));
			JffiSyscalls older = withoutEpollPwait2();
			assertLasts(1000, () -> older.epollWait(fd, events.address(), 1, 1_000_000_000));
		}
		this.syscalls.close(fd);
	}

	private void assertLasts(int millis, IntSupplier wait) throws Exception {
		AtomicInteger handled = new AtomicInteger();
		sun.misc.Signal winch = new sun.misc.Signal("WINCH");
		sun.misc.SignalHandler before = sun.misc.Signal.handle(winch, (signal) -> handled.incrementAndGet());
		try {
			int sent = 0;
			while (sent == 0) { // this thread may have been held up all the time
				sent = interrupted(millis, wait, winch.getNumber());
			}
			await().until(() -> handled.get() > 0);
		}
		finally {
			sun.misc.Signal.handle(winch, before);
		}
	}

	/** Returns how many signals were sent to the one who waits, as long as it did. */
	private int interrupted(int millis, IntSupplier wait, int signal) throws Exception {
		AtomicInteger tid = new AtomicInteger();
		CountDownLatch started = new CountDownLatch(1);
		AtomicInteger result = new AtomicInteger(-1);
		long[] lastedNanos = new long[1];
		Thread waiter = new Thread(() -> {
			tid.set(this.tasks.gettid());
			started.countDown();
			long startNanos = System.nanoTime();
			result.set(wait.getAsInt());
			lastedNanos[0] = System.nanoTime() - startNanos;
		});
		waiter.start();
		assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
		int sent = 0;
		long startNanos = System.nanoTime();
		while (waiter.isAlive() && System.nanoTime() - startNanos < TimeUnit.SECONDS.toNanos(15)) {
			this.tasks.tgkill((int) ProcessHandle.current().pid(), tid.get(), signal);
			sent++;
			waiter.join(2);
		}
		waiter.join();
		assertThat(result.get()).isZero();
		// who waits for the whole time again after each signal waits until they end
		assertThat(TimeUnit.NANOSECONDS.toMillis(lastedNanos[0])).isBetween((long) millis, 10_000L);
		return sent;
	}

	private static String mapping(long address) throws IOException {
		try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
			return lines.filter((line) -> {
				String[] range = line.split("[- ]");
				return Long.parseUnsignedLong(range[0], 16) <= address
						&& address < Long.parseUnsignedLong(range[1], 16);
			}).findFirst().orElseThrow();
		}
	}

	public interface Tasks {

		int gettid();

		int tgkill(int tgid, int tid, int signal);

	}

}
