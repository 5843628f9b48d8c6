package io.github.linuxfd.eventfd;

import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link Eventfd}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(30)
class EventfdTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final EventfdFactory factory = new EventfdFactory(this.faults.syscalls());

	@Test
	void openIsCloseOnExecAndNonBlocking() {
		try (Eventfd eventfd = this.factory.open()) {
			int number = eventfd.fd().acquire();
			try {
				assertThat(this.faults.syscalls().fcntl(number, 1, 0)).as("F_GETFD").isEqualTo(1);
				assertThat(this.faults.syscalls().fcntl(number, 3, 0) & Syscalls.NONBLOCK).as("F_GETFL").isNotZero();
			}
			finally {
				eventfd.fd().release();
			}
		}
	}

	@Test
	void openWithInitialValueStartsThereUnsigned() {
		try (Eventfd eventfd = this.factory.open(-1, Flags.none(EventfdFlag.class))) {
			assertThat(eventfd.pollEvent()).isEqualTo(0xffff_ffffL);
		}
	}

	@Test
	void readTakesTheSum() {
		try (Eventfd eventfd = this.factory.open()) {
			assertThat(eventfd.increment(3)).isTrue();
			assertThat(eventfd.increment(4)).isTrue();
			assertThat(eventfd.pollEvent()).isEqualTo(7);
			assertThat(eventfd.pollEvent()).isNull();
		}
	}

	@Test
	void readWhenSemaphoreTakesOne() {
		try (Eventfd eventfd = this.factory.open(2, Flags.of(EventfdFlag.SEMAPHORE))) {
			assertThat(eventfd.pollEvent()).isEqualTo(1);
			assertThat(eventfd.pollEvent()).isEqualTo(1);
			assertThat(eventfd.pollEvent()).isNull();
		}
	}

	@Test
	void incrementByZeroAddsNothing() {
		try (Eventfd eventfd = this.factory.open()) {
			assertThat(eventfd.increment(0)).isTrue();
			assertThat(eventfd.pollEvent()).isNull();
		}
	}

	@Test
	void incrementWhenCounterWouldOverflowIsFalse() {
		try (Eventfd eventfd = this.factory.open()) {
			assertThat(eventfd.increment(-2)).isTrue();
			assertThat(eventfd.increment(1)).isFalse();
			assertThat(Long.toUnsignedString(eventfd.readEvent())).isEqualTo("18446744073709551614");
			assertThat(eventfd.increment(1)).isTrue();
		}
	}

	@Test
	void incrementByMoreThanThereCanBeIsRefused() {
		try (Eventfd eventfd = this.factory.open()) {
			assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> eventfd.increment(-1))
				.withMessageContaining("18446744073709551615")
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EINVAL));
		}
	}

	@Test
	void openWhenNoDescriptorIsLeftNamesTheArguments() {
		this.faults.fail("eventfd", 1, Errno.EMFILE);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> this.factory.open(-1, Flags.of(EventfdFlag.SEMAPHORE)))
			.withMessage("eventfd(4294967295, SEMAPHORE) failed: EMFILE (Too many open files)");
	}

	@Test
	void incrementsOfManyThreadsAreAllCounted() throws Exception {
		try (Eventfd eventfd = this.factory.open()) {
			Thread[] threads = new Thread[4];
			for (int i = 0; i < threads.length; i++) {
				threads[i] = new Thread(() -> {
					for (int n = 0; n < 5000; n++) {
						eventfd.increment(1);
					}
				});
				threads[i].start();
			}
			AtomicLong sum = new AtomicLong();
			while (sum.get() < 20_000) {
				sum.addAndGet(eventfd.readEvent());
			}
			assertThat(sum).hasValue(20_000);
			assertThat(eventfd.pollEvent()).isNull();
			for (Thread thread : threads) {
				thread.join();
			}
		}
	}

}
