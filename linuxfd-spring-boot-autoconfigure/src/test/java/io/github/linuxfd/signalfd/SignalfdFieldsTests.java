package io.github.linuxfd.signalfd;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Siginfo;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the kernel makes of a {@code siginfo_t} of each kind, field by field. A process
 * may send itself any of them, and a thread that blocks the signal reads it back.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class SignalfdFieldsTests {

	private static final int SI_TIMER = -2;

	private static final int SI_SIGIO = -5;

	private static final int CLD_KILLED = 2;

	private static final int TRAP_BRKPT = 1;

	private static final int BUS_MCEERR_AO = 5;

	private static final int SYS_SECCOMP = 1;

	private static final int AUDIT_ARCH_X86_64 = 0xc000003e;

	/** Where the union of {@code siginfo_t} starts on 64-bit systems. */
	private static final int FIELDS = 16;

	private static final Syscalls SYSCALLS = Syscalls.system();

	@Test
	void childsEndHasStatusAndTimes() throws Exception {
		SignalEvent event = sendAndRead("CHLD", CLD_KILLED,
				(fields) -> fields.putInt(Siginfo.PID, 4711)
					.putInt(Siginfo.UID, 815)
					.putInt(Siginfo.STATUS, 9)
					.putLong(FIELDS + 16, 123_456_789_012L)
					.putLong(FIELDS + 24, 987_654_321_098L));
		assertThat(event.code()).isEqualTo(CLD_KILLED);
		assertThat(event.pid()).isEqualTo(4711);
		assertThat(event.uid()).isEqualTo(815);
		assertThat(event.status()).isEqualTo(9);
		assertThat(event.userTime()).isEqualTo(123_456_789_012L);
		assertThat(event.systemTime()).isEqualTo(987_654_321_098L);
	}

	@Test
	void timersExpirationHasTimerIdOverrunAndValue() throws Exception {
		SignalEvent event = sendAndRead("RTMIN+8", SI_TIMER,
				(fields) -> fields.putInt(FIELDS, 42)
					.putInt(FIELDS + 4, 17)
					.putLong(FIELDS + 8, 0x1122_3344_5566_7788L));
		assertThat(event.code()).isEqualTo(SI_TIMER);
		assertThat(event.timerId()).isEqualTo(42);
		assertThat(event.overrun()).isEqualTo(17);
		assertThat(event.pointerValue()).isEqualTo(0x1122_3344_5566_7788L);
		assertThat(event.intValue()).isEqualTo(0x5566_7788);
		assertThat(event.sender()).isNull();
	}

	@Test
	void readinessHasBandAndDescriptor() throws Exception {
		SignalEvent event = sendAndRead("IO", SI_SIGIO,
				(fields) -> fields.putLong(FIELDS, 0x41).putInt(FIELDS + 8, 77));
		assertThat(event.code()).isEqualTo(SI_SIGIO);
		assertThat(event.band()).isEqualTo(0x41);
		assertThat(event.fd()).isEqualTo(77);
	}

	@Test
	void faultHasItsAddress() throws Exception {
		SignalEvent event = sendAndRead("TRAP", TRAP_BRKPT, (fields) -> fields.putLong(FIELDS, 0x7fff_1234_5678L));
		assertThat(event.code()).isEqualTo(TRAP_BRKPT);
		assertThat(event.address()).isEqualTo(0x7fff_1234_5678L);
		assertThat(event.trapNumber()).as("told on other architectures only").isZero();
	}

	@Test
	void faultOfMemoryHasItsAddressAndHowMuchOfItCounts() throws Exception {
		SignalEvent event = sendAndRead("BUS", BUS_MCEERR_AO,
				(fields) -> fields.putLong(FIELDS, 0x7fff_1234_5000L).putShort(FIELDS + 8, (short) 12));
		assertThat(event.code()).isEqualTo(BUS_MCEERR_AO);
		assertThat(event.address()).isEqualTo(0x7fff_1234_5000L);
		assertThat(event.addressLsb()).isEqualTo(12);
	}

	@Test
	void refusedCallHasItsNumberAddressAndArchitecture() throws Exception {
		SignalEvent event = sendAndRead("SYS", SYS_SECCOMP,
				(fields) -> fields.putLong(FIELDS, 0x7fff_8765_4321L)
					.putInt(FIELDS + 8, 900)
					.putInt(FIELDS + 12, AUDIT_ARCH_X86_64));
		assertThat(event.code()).isEqualTo(SYS_SECCOMP);
		assertThat(event.callAddress()).isEqualTo(0x7fff_8765_4321L);
		assertThat(event.syscall()).isEqualTo(900);
		assertThat(event.architecture()).isEqualTo(AUDIT_ARCH_X86_64);
	}

	@Test
	void queuedSignalHasSenderAndValue() throws Exception {
		SignalEvent event = sendAndRead("RTMIN+8", -1,
				(fields) -> fields.putInt(4, 5)
					.putInt(Siginfo.PID, (int) ProcessHandle.current().pid())
					.putInt(Siginfo.UID, 12)
					.putLong(Siginfo.VALUE, -3));
		assertThat(event.errno()).isEqualTo(5);
		assertThat(event.pid()).isEqualTo((int) ProcessHandle.current().pid());
		assertThat(event.uid()).isEqualTo(12);
		assertThat(event.intValue()).isEqualTo(-3);
		assertThat(event.pointerValue()).isEqualTo(-3);
	}

	private static SignalEvent sendAndRead(String name, int code, Consumer<ByteBuffer> fields) throws Exception {
		Signal signal = Signal.of(name);
		return onItsOwnThread(() -> {
			new Signals(SYSCALLS).block(Set.of(signal));
			try (Signalfd signalfd = new SignalfdFactory(SYSCALLS).open(Set.of(signal));
					NativeMemory info = NativeMemory.allocate(Siginfo.BYTES)) {
				info.bytes().putInt(Siginfo.SIGNO, signal.number()).putInt(Siginfo.CODE, code);
				fields.accept(info.bytes());
				int pid = (int) ProcessHandle.current().pid();
				int tid = Integer
					.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
				SyscallException.check("rt_tgsigqueueinfo",
						SYSCALLS.rtTgsigqueueinfo(pid, tid, signal.number(), info.address()), name);
				SignalEvent event = signalfd.pollEvent(Duration.ofSeconds(10));
				assertThat(event).isNotNull();
				assertThat(event.signal()).isEqualTo(signal);
				return event;
			}
		});
	}

	private static <T> T onItsOwnThread(Callable<T> action) throws Exception {
		FutureTask<T> task = new FutureTask<>(action);
		Thread thread = new Thread(task);
		thread.start();
		thread.join();
		return task.get();
	}

}
