package io.github.linuxfd.timerfd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.time.Instant;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.errno.SyscallException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Timerfd}. A timer may always be late; it must never be early.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class TimerfdTests {

	private static final Duration HOUR = Duration.ofHours(1);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final TimerfdFactory factory = new TimerfdFactory(this.faults.syscalls());

	@ParameterizedTest
	@EnumSource(names = { "REALTIME", "MONOTONIC", "BOOTTIME" })
	void timerOfEachClockIsNeverEarly(TimerfdClock clock) {
		try (Timerfd timer = this.factory.open(clock)) {
			assertThat(timer.clock()).isEqualTo(clock);
			neverEarly(timer);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "REALTIME_ALARM", "BOOTTIME_ALARM" })
	@EnabledIfCapability("CAP_WAKE_ALARM")
	void timerOfEachAlarmClockIsNeverEarly(TimerfdClock clock) {
		try (Timerfd timer = this.factory.open(clock)) {
			neverEarly(timer);
		}
	}

	/** As the kernel has it. */
	private static List<String> fdinfo(Timerfd timer) {
		int number = timer.fd().acquire();
		try {
			return Files.readAllLines(Path.of("/proc/self/fdinfo/" + number));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			timer.fd().release();
		}
	}

	private static void neverEarly(Timerfd timer) {
		int id = switch (timer.clock()) {
			case REALTIME -> 0;
			case MONOTONIC -> 1;
			case BOOTTIME -> 7;
			case REALTIME_ALARM -> 8;
			case BOOTTIME_ALARM -> 9;
		};
		assertThat(fdinfo(timer)).contains("clockid: " + id);
		for (int micros : new int[] { 1, 100, 3_000, 20_000 }) {
			long startNanos = System.nanoTime();
			timer.setTime(TimerSetting.once(Duration.ofNanos(micros * 1000L)));
			TimerEvent event = timer.readEvent();
			assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(micros * 1000L);
			assertThat(event.expirations()).isEqualTo(1);
			assertThat(event.missed()).isZero();
			assertThat(event.isClockChange()).isFalse();
			assertThat(event.lateness()).isGreaterThanOrEqualTo(Duration.ZERO).isLessThan(Duration.ofSeconds(20));
		}
	}

	@Test
	void timerWithIntervalComesAgainAndAgainAtItsTimes() {
		try (Timerfd timer = this.factory.open()) {
			long armedNanos = timer.now();
			timer.setTime(TimerSetting.every(Duration.ofMillis(5)).after(Duration.ofMillis(12)));
			long expirations = 0;
			long previousDue = 0;
			while (expirations < 10) {
				TimerEvent event = timer.readEvent();
				expirations += event.expirations();
				assertThat(event.dueNanos()).isGreaterThan(previousDue);
				previousDue = event.dueNanos();
				assertThat(event.dueNanos())
					.isGreaterThanOrEqualTo(armedNanos + 12_000_000 + (expirations - 1) * 5_000_000);
				assertThat(event.readNanos()).isGreaterThanOrEqualTo(event.dueNanos());
			}
		}
	}

	@Test
	void expirationsWhileNobodyReadsAreCounted() {
		try (Timerfd timer = this.factory.open()) {
			long beforeNanos = timer.now();
			timer.setTime(TimerSetting.every(Duration.ofMillis(1)));
			long armedNanos = timer.now();
			while (timer.now() - armedNanos < 25_000_000) {
				Thread.onSpinWait();
			}
			// the first one by an interrupt, and then the kernel counts to the instant
			TimerEvent event = timer.readEvent();
			assertThat(event.expirations()).isBetween(25L, (timer.now() - beforeNanos) / 1_000_000);
			assertThat(event.missed()).isEqualTo(event.expirations() - 1);
			assertThat(event.lateness()).isGreaterThanOrEqualTo(Duration.ZERO);
			assertThat(event.dueNanos() - beforeNanos).isGreaterThanOrEqualTo(event.expirations() * 1_000_000);
		}
	}

	@Test
	void setTimeReturnsTheSettingBefore() {
		try (Timerfd timer = this.factory.open()) {
			assertThat(timer.getTime()).isEqualTo(TimerSetting.DISARMED);
			assertThat(timer.setTime(TimerSetting.every(HOUR).after(HOUR.multipliedBy(2))))
				.isEqualTo(TimerSetting.DISARMED);
			assertThat(timer.getTime().isArmed()).isTrue();
			TimerSetting before = timer.setTime(TimerSetting.once(HOUR));
			assertThat(before.interval()).isEqualTo(HOUR);
			assertThat(before.value()).isBetween(HOUR.multipliedBy(2).minusSeconds(30), HOUR.multipliedBy(2));
			assertThat(timer.getTime().interval()).isZero();
			assertThat(timer.disarm().value()).isBetween(HOUR.minusSeconds(30), HOUR);
			assertThat(timer.getTime()).isEqualTo(TimerSetting.DISARMED);
		}
	}

	@Test
	void setTimeAtReturnsTheSettingBefore() {
		try (Timerfd timer = this.factory.open(TimerfdClock.REALTIME)) {
			assertThat(timer.setTimeAt(timer.now() + HOUR.toNanos(), HOUR)).isEqualTo(TimerSetting.DISARMED);
			TimerSetting before = timer.setTimeAt(Instant.now().plus(HOUR));
			assertThat(before.interval()).isEqualTo(HOUR);
			assertThat(before.value()).isBetween(HOUR.minusSeconds(30), HOUR);
		}
	}

	/** Nobody may set the machine's clock for a test. */
	@Test
	void setTimeAtInstantAsksToBeToldWhenTheClockIsSet() {
		try (Timerfd timer = this.factory.open(TimerfdClock.REALTIME)) {
			timer.setTimeAt(Instant.now().plus(HOUR));
			assertThat(fdinfo(timer)).contains("settime flags: 03");
			timer.setTimeAt(timer.now() + HOUR.toNanos(), Duration.ZERO);
			assertThat(fdinfo(timer)).contains("settime flags: 01");
			timer.setTime(TimerSetting.once(HOUR));
			assertThat(fdinfo(timer)).contains("settime flags: 00");
		}
	}

	@Test
	void disarmForgetsWhatWasNotRead() {
		try (Timerfd timer = this.factory.open()) {
			timer.setTime(TimerSetting.once(Duration.ofNanos(1)));
			assertThat(timer.await(Duration.ofSeconds(10))).isTrue();
			timer.disarm();
			assertThat(timer.pollEvent()).isNull();
			timer.setTime(new TimerSetting(Duration.ZERO, Duration.ofNanos(1)));
			assertThat(timer.getTime().isArmed()).as("a value of zero disarms").isFalse();
		}
	}

	@Test
	void setTimeAtExpiresAtThatTime() {
		try (Timerfd timer = this.factory.open()) {
			long atNanos = timer.now() + 15_000_000;
			timer.setTimeAt(atNanos, Duration.ZERO);
			TimerEvent event = timer.readEvent();
			assertThat(event.dueNanos()).isEqualTo(atNanos);
			assertThat(event.readNanos()).isGreaterThanOrEqualTo(atNanos);
			assertThat(timer.now()).isGreaterThanOrEqualTo(event.readNanos());
			assertThat(timer.getTime()).isEqualTo(TimerSetting.DISARMED);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "REALTIME", "MONOTONIC", "BOOTTIME" })
	void setTimeAtWhenTimeHasPassedExpiresAtOnce(TimerfdClock clock) {
		try (Timerfd timer = this.factory.open(clock)) {
			for (long atNanos : new long[] { timer.now() - 1, 1, 0, -1, Long.MIN_VALUE }) {
				timer.setTimeAt(atNanos, Duration.ZERO);
				assertThat(timer.pollEvent(Duration.ofSeconds(10))).as("at %s", atNanos)
					.isNotNull()
					.extracting(TimerEvent::expirations)
					.isEqualTo(1L);
			}
		}
	}

	@Test
	void setTimeAtWithIntervalKeepsThePhase() {
		try (Timerfd timer = this.factory.open()) {
			long phaseNanos = timer.now() - 50_500_000;
			timer.setTimeAt(phaseNanos, Duration.ofMillis(10));
			TimerEvent first = timer.readEvent();
			assertThat(first.expirations()).isGreaterThanOrEqualTo(6);
			for (TimerEvent event : new TimerEvent[] { first, timer.readEvent() }) {
				assertThat((event.dueNanos() - phaseNanos) % 10_000_000).isZero();
				assertThat(event.lateness()).isGreaterThanOrEqualTo(Duration.ZERO);
			}
		}
	}

	@Test
	void setTimeAtInstantIsForTheWallClocks() {
		try (Timerfd timer = this.factory.open()) {
			assertThatIllegalStateException().isThrownBy(() -> timer.setTimeAt(Instant.now()))
				.withMessageContaining("MONOTONIC");
		}
		try (Timerfd timer = this.factory.open(TimerfdClock.REALTIME)) {
			Instant at = Instant.now().plusMillis(15);
			timer.setTimeAt(at);
			assertThat(timer.readEvent().due()).isEqualTo(at);
			assertThat(Instant.now()).isAfterOrEqualTo(at);
			timer.setTimeAt(Instant.EPOCH.minusSeconds(1));
			assertThat(timer.pollEvent(Duration.ofSeconds(10))).as("long passed").isNotNull();
		}
	}

	@Test
	void readWhenTheClockWasSetIsAClockChange() {
		try (Timerfd timer = this.factory.open(TimerfdClock.REALTIME)) {
			timer.setTimeAt(Instant.now().plusSeconds(3600));
			this.faults.fail("read", 1, Errno.ECANCELED);
			TimerEvent event = Objects.requireNonNull(timer.pollEvent());
			assertThat(event.isClockChange()).isTrue();
			assertThat(event.expirations()).isZero();
			assertThat(event.missed()).isZero();
			assertThat(timer.pollEvent()).isNull();
		}
	}

	/**
	 * timerfd_create(2), notes: a timer whose clock was set, and that has not been read
	 * since, is armed again by timerfd_settime(2), which says {@code ECANCELED} all the
	 * same.
	 */
	@Test
	void setTimeAtWhenTheClockWasSetMeanwhileArms() {
		try (Timerfd timer = this.factory.open(TimerfdClock.REALTIME)) {
			timer.setTimeAt(Instant.now().plusSeconds(3600));
			this.faults.failAfterwards("timerfdSettime", Errno.ECANCELED);
			Instant at = Instant.now().plusMillis(10);
			timer.setTimeAt(at);
			assertThat(timer.readEvent().due()).isEqualTo(at);
		}
	}

	@Test
	void setTimeWhenRefusedLeavesTheTimerAsItWas() {
		try (Timerfd timer = this.factory.open()) {
			long atNanos = timer.now() + 20_000_000;
			timer.setTimeAt(atNanos, Duration.ofMillis(10));
			this.faults.fail("timerfdSettime", 1, Errno.EINVAL);
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> timer.setTime(TimerSetting.every(HOUR)))
				.withMessageStartingWith("timerfd_settime(Timerfd[timerfd_create descriptor ");
			TimerEvent event = timer.readEvent();
			assertThat(event.dueNanos()).isEqualTo(atNanos + (event.expirations() - 1) * 10_000_000);
			assertThat(event.lateness()).isGreaterThanOrEqualTo(Duration.ZERO);
		}
	}

	@Test
	void setTimeWhenTheTimeIsFarAwayArmsOrIsRefusedBeforeTheCall() {
		try (Timerfd timer = this.factory.open()) {
			timer.setTime(TimerSetting.once(Duration.ofDays(36_500)));
			assertThat(timer.getTime().value()).isGreaterThan(Duration.ofDays(36_499));
			int calls = this.faults.count("timerfdSettime");
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> timer.setTime(TimerSetting.once(Duration.ofSeconds(Long.MAX_VALUE))))
				.isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> timer.setTime(new TimerSetting(HOUR, Duration.ofSeconds(Long.MAX_VALUE))))
				.isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
			assertThat(this.faults.count("timerfdSettime")).isEqualTo(calls);
			assertThat(timer.getTime().value()).as("as before").isGreaterThan(Duration.ofDays(36_499));
		}
	}

	@Test
	void settingWhenNegativeIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> TimerSetting.once(Duration.ofNanos(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> TimerSetting.every(Duration.ofNanos(-1)));
	}

	@Test
	void openWhenRefusedNamesTheClock() {
		this.faults.fail("timerfdCreate", 1, Errno.EPERM);
		assertThatExceptionOfType(SyscallPermissionException.class)
			.isThrownBy(() -> this.factory.open(TimerfdClock.BOOTTIME_ALARM))
			.withMessage("timerfd_create(BOOTTIME_ALARM) failed: EPERM (Operation not permitted)");
		this.faults.fail("timerfdCreate", 1, Errno.ENODEV);
		assertThatExceptionOfType(SyscallSystemException.class).isThrownBy(this.factory::open);
	}

	@Test
	void callsWhenClosedAreRefused() {
		Timerfd timer = this.factory.open();
		timer.close();
		assertThatIllegalStateException().isThrownBy(() -> timer.setTime(TimerSetting.once(HOUR)));
		assertThatIllegalStateException().isThrownBy(timer::getTime);
		assertThatIllegalStateException().isThrownBy(timer::now);
		assertThatIllegalStateException().isThrownBy(timer::disarm);
	}

	/** In a JVM that cannot have the capability any more. */
	@ParameterizedTest
	@EnumSource(names = { "REALTIME_ALARM", "BOOTTIME_ALARM" })
	@EnabledIfCapability("CAP_SETPCAP")
	void openOfAnAlarmClockWithoutItsCapabilityNamesIt(TimerfdClock clock) {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("setpriv", "--bounding-set", "-wake_alarm"), Alarm.class,
				clock.name())) {
			jvm.awaitLine("timerfd_create(" + clock + ") failed: EPERM (Operation not permitted)");
			jvm.awaitLine("The clock " + clock + " wakes a suspended system, and this process lacks CAP_WAKE_ALARM.");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	void settingReadsAsItIsMeant() {
		TimerSetting setting = TimerSetting.every(Duration.ofSeconds(5)).after(Duration.ofNanos(3_000_000_001L));
		try (Timerfd timer = this.factory.open()) {
			timer.setTime(setting);
			TimerSetting left = timer.getTime();
			assertThat(left.interval()).isEqualTo(Duration.ofSeconds(5));
			assertThat(left.value()).isPositive().isLessThanOrEqualTo(Duration.ofNanos(3_000_000_001L));
			assertThat(timer.setTime(TimerSetting.once(HOUR)).interval()).isEqualTo(Duration.ofSeconds(5));
			assertThat(timer.disarm().interval()).isZero();
			assertThat(timer.getTime()).isEqualTo(TimerSetting.DISARMED);
		}
	}

	static final class Alarm {

		private Alarm() {
		}

		public static void main(String[] arguments) {
			try (Timerfd timer = new TimerfdFactory(Syscalls.system()).open(TimerfdClock.valueOf(arguments[0]))) {
				System.out.println("opened " + timer);
			}
			catch (SyscallException ex) {
				System.out.println(ex.getMessage());
				System.out.println(Remedy.of(ex).orElseThrow().cause());
			}
		}

	}

}
