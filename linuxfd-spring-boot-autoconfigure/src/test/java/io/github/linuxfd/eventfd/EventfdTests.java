package io.github.linuxfd.eventfd;

import java.util.concurrent.atomic.AtomicLong;

import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Eventfd}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
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

	/** By hand, as a native library would. */
	@Test
	void numberWhenLentMeansTheSameUntilItIsGivenBack() {
		Eventfd eventfd = this.factory.open();
		Syscalls nativeCode = Syscalls.system();
		try (NativeMemory value = NativeMemory.allocate(Long.BYTES)) {
			value.bytes().putLong(0, 5);
			FdLoan lent = eventfd.fd().lend();
			assertThat(nativeCode.write(lent.number(), value.address(), Long.BYTES)).isEqualTo(8);
			assertThat(eventfd.readEvent()).isEqualTo(5);
			eventfd.close();
			assertThat(this.faults.count("close")).as("not under native code's feet").isZero();
			assertThat(nativeCode.write(lent.number(), value.address(), Long.BYTES)).isEqualTo(8);
			lent.close();
			assertThat(this.faults.count("close")).isEqualTo(1);
			assertThatIllegalStateException().isThrownBy(lent::number);
			assertThatIllegalStateException().isThrownBy(lent::close);
			assertThatIllegalStateException().isThrownBy(() -> eventfd.fd().lend());
		}
	}

	/** system(3) forks and executes as native code does. */
	@Test
	void duplicateForChildIsInheritedByWhatNativeCodeStarts() {
		LibC libc = LibraryLoader.create(LibC.class).load("c");
		try (Eventfd eventfd = this.factory.open()) {
			OwnedFd duplicate = eventfd.fd().duplicateForChild();
			try (FdLoan original = eventfd.fd().lend(); FdLoan inherited = duplicate.lend()) {
				String nine = "exec bash -c \"printf '\\11\\0\\0\\0\\0\\0\\0\\0' >&%d\" 2>/dev/null";
				assertThat(libc.system(nine.formatted(original.number()))).as("is close-on-exec").isNotZero();
				assertThat(libc.system(nine.formatted(inherited.number()))).isZero();
			}
			assertThat(eventfd.readEvent()).isEqualTo(9);
			duplicate.close();
			eventfd.increment();
			assertThat(eventfd.readEvent()).as("closed independently").isEqualTo(1);
		}
	}

	@Test
	void duplicateOfASharedNumberIsIndependentOfItsOwner() {
		Syscalls library = Syscalls.system();
		int theirs = library.eventfd(3, Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		OwnedFd ours = OwnedFd.duplicateOf(this.faults.syscalls(), theirs, "library's eventfd");
		library.close(theirs);
		try (FdLoan lent = ours.lend(); NativeMemory value = NativeMemory.allocate(Long.BYTES)) {
			assertThat(library.fcntl(lent.number(), 1, 0)).as("F_GETFD").isEqualTo(1);
			assertThat(library.read(lent.number(), value.address(), Long.BYTES)).isEqualTo(8);
			assertThat(value.bytes().getLong(0)).isEqualTo(3);
		}
		ours.close();
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> OwnedFd.duplicateOf(this.faults.syscalls(), 1_000_000, "nothing"))
			.withMessageStartingWith("fcntl(1000000, F_DUPFD_CLOEXEC) failed: EBADF");
	}

	/** What the seam does not have. */
	public interface LibC {

		int system(String command);

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
