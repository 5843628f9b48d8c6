package io.github.linuxfd.fd;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link OwnedFd}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class OwnedFdTests {

	private static final int F_DUPFD_CLOEXEC = 1030;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Syscalls syscalls = this.faults.syscalls();

	private OwnedFd eventfd() {
		return OwnedFd.adopt(this.syscalls, this.syscalls.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK), "eventfd",
				"0");
	}

	@Test
	void adoptWhenCallFailedThrowsAndOwnsNothing() {
		int before = OwnedFd.openCount();
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> OwnedFd.adopt(this.syscalls, -24, "eventfd", "0"));
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	@Test
	void closeWhenCalledTwiceIsRefusedAndClosesOnce() {
		OwnedFd fd = eventfd();
		fd.close();
		assertThatIllegalStateException().isThrownBy(fd::close).withMessageContaining("is closed already");
		assertThat(this.faults.count("close")).isEqualTo(1);
		assertThat(fd.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(fd::acquire);
	}

	@Test
	void closeWhileCallsAreInFlightWaitsForTheLast() {
		OwnedFd fd = eventfd();
		AtomicInteger ended = new AtomicInteger();
		fd.afterClose(ended::incrementAndGet);
		fd.acquire();
		fd.acquire();
		fd.close();
		assertThat(fd.isOpen()).isFalse();
		assertThatIllegalStateException().isThrownBy(fd::acquire);
		assertThatIllegalStateException().isThrownBy(fd::close);
		fd.release();
		assertThat(this.faults.count("close")).isZero();
		assertThat(ended).hasValue(0);
		fd.release();
		assertThat(this.faults.count("close")).isEqualTo(1);
		assertThat(ended).hasValue(1);
	}

	@Test
	void closeWhenSomebodyElseClosedTheNumberIsLoud() {
		OwnedFd fd = eventfd();
		AtomicInteger ended = new AtomicInteger();
		fd.afterClose(ended::incrementAndGet);
		// really close it, but say what a stolen number would say
		this.faults.failAfterwards("close", Errno.EBADF);
		assertThatExceptionOfType(AssertionError.class).isThrownBy(fd::close)
			.withMessageContaining("was closed by somebody else");
		assertThat(ended).hasValue(1);
	}

	@Test
	void closeWhenTheKernelReportsAnotherErrorIsQuiet() {
		OwnedFd fd = eventfd();
		this.faults.failAfterwards("close", Errno.EIO);
		fd.close();
		assertThat(this.faults.count("close")).isEqualTo(1);
	}

	@Test
	void equalityIsIdentity() {
		try (OwnedFd original = eventfd()) {
			OwnedFd first = highDuplicate(original);
			int number = first.acquire();
			first.release();
			first.close();
			OwnedFd second = highDuplicate(original);
			assertThat(second.acquire()).isEqualTo(number);
			second.release();
			assertThat(second).isNotEqualTo(first).hasToString("eventfd descriptor " + number);
			second.close();
		}
	}

	/** Under a number that nobody else in this JVM is given meanwhile. */
	private OwnedFd highDuplicate(OwnedFd original) {
		int number = original.acquire();
		try {
			return OwnedFd.adopt(this.syscalls, this.syscalls.fcntl(number, F_DUPFD_CLOEXEC, 1000), "eventfd", "0");
		}
		finally {
			original.release();
		}
	}

	/**
	 * Eight threads use a number while the owner closes it and a stranger opens another
	 * one at once: none of them may ever reach the stranger's.
	 */
	@Test
	void numberIsNotReusedUnderARunningCall() throws Exception {
		Syscalls direct = Syscalls.system();
		AtomicReference<OwnedFd> current = new AtomicReference<>(closeCounting(direct));
		AtomicBoolean ended = new AtomicBoolean();
		AtomicInteger wrong = new AtomicInteger();
		AtomicInteger calls = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(8);
		for (int i = 0; i < 8; i++) {
			new Thread(() -> {
				try (NativeMemory memory = NativeMemory.allocate(8)) {
					while (!ended.get()) {
						OwnedFd fd = Objects.requireNonNull(current.get());
						int number;
						try {
							number = fd.acquire();
						}
						catch (IllegalStateException ex) {
							Thread.onSpinWait();
							continue;
						}
						try {
							// our descriptors give EAGAIN, a stranger's gives 8
							if (!Errno.EAGAIN.is(direct.read(number, memory.address(), 8))) {
								wrong.incrementAndGet();
							}
							calls.incrementAndGet();
						}
						finally {
							fd.release();
						}
					}
				}
				finally {
					done.countDown();
				}
			}).start();
		}
		int rounds = 0;
		long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
		while (System.nanoTime() < deadlineNanos || calls.get() == 0) {
			OwnedFd fd = Objects.requireNonNull(current.get());
			fd.close();
			int stranger = direct.eventfd(1, Syscalls.CLOEXEC | Syscalls.NONBLOCK);
			Thread.onSpinWait();
			direct.close(stranger);
			current.set(closeCounting(direct));
			rounds++;
		}
		ended.set(true);
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
		Objects.requireNonNull(current.get()).close();
		assertThat(wrong).hasValue(0);
		assertThat(calls.get()).isPositive();
		assertThat(rounds).isPositive();
	}

	private static OwnedFd closeCounting(Syscalls syscalls) {
		return OwnedFd.adopt(syscalls, syscalls.eventfd(0, Syscalls.CLOEXEC | Syscalls.NONBLOCK), "eventfd", "0");
	}

	@Test
	void closeWhenCalledByManyThreadsClosesOnce() throws Exception {
		for (int round = 0; round < 200; round++) {
			OwnedFd fd = eventfd();
			AtomicInteger closed = new AtomicInteger();
			AtomicInteger refused = new AtomicInteger();
			CountDownLatch go = new CountDownLatch(1);
			Thread[] threads = new Thread[4];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					try {
						go.await();
						fd.close();
						closed.incrementAndGet();
					}
					catch (IllegalStateException ex) {
						refused.incrementAndGet();
					}
					catch (InterruptedException ex) {
						Thread.currentThread().interrupt();
					}
				});
				threads[i].start();
			}
			go.countDown();
			for (Thread thread : threads) {
				thread.join();
			}
			assertThat(closed).hasValue(1);
			assertThat(refused).hasValue(3);
		}
		assertThat(this.faults.count("close")).isEqualTo(200);
	}

}
