package io.github.linuxfd.timerfd;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.EventDescriptor;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.Itimerspec;
import io.github.linuxfd.ffi.Layouts.Timespec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A timer of the kernel. It never expires early, and has no timer slack: it is several
 * times more exact than a thread that sleeps. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create.2</a>
 */
public final class Timerfd extends EventDescriptor<TimerEvent> {

	private static final int ABSTIME = 1;

	private static final int CANCEL_ON_SET = 2;

	private static final int OLD = Itimerspec.BYTES;

	private static final int NOW = 2 * Itimerspec.BYTES;

	private static final long NANOS_PER_SECOND = 1_000_000_000;

	private final TimerfdClock clock;

	/** New setting, old setting and the time, one after the other. */
	private final NativeMemory memory = NativeMemory.allocate(2 * Itimerspec.BYTES + Timespec.BYTES);

	private long dueNanos;

	private long intervalNanos;

	Timerfd(Syscalls syscalls, OwnedFd fd, TimerfdClock clock) {
		super(syscalls, fd, Long.BYTES);
		this.clock = clock;
	}

	/**
	 * {@code timerfd_settime(2)} - arms the timer relative to now, or disarms it.
	 * Expirations not read yet are forgotten. Linux 2.6.25.
	 * @param setting when to expire
	 * @return the setting before
	 * @throws SyscallException if the call fails; the timer is as it was
	 * @throws ArithmeticException if the time is more than 292 years away
	 * @throws IllegalStateException if this is closed
	 */
	public TimerSetting setTime(TimerSetting setting) {
		return set(0, setting.value().toNanos(), setting);
	}

	/**
	 * {@code timerfd_settime(2)}, {@code TFD_TIMER_ABSTIME} - arms the timer for a time
	 * of its clock. A time that has passed expires at once. Linux 2.6.25.
	 * @param atNanos the first expiration, in nanoseconds of the timer's clock
	 * @param interval the time between later ones, or zero
	 * @return the setting before
	 * @throws SyscallException if the call fails; the timer is as it was
	 * @throws ArithmeticException if the time is more than 292 years away
	 * @throws IllegalStateException if this is closed
	 */
	public TimerSetting setTimeAt(long atNanos, Duration interval) {
		return set(ABSTIME, atNanos, TimerSetting.every(interval));
	}

	/**
	 * {@code timerfd_settime(2)}, {@code TFD_TIMER_ABSTIME|TFD_TIMER_CANCEL_ON_SET} -
	 * arms the timer once for a time of the wall clock. If somebody sets the clock
	 * before, the timer reports {@linkplain TimerEvent#isClockChange() a clock change}
	 * instead, even if the time has passed by that, and has to be armed again. Linux 3.0.
	 * @param at the time
	 * @return the setting before
	 * @throws SyscallException if the call fails; the timer is as it was
	 * @throws IllegalStateException if the timer's clock cannot be set, or this is closed
	 */
	public TimerSetting setTimeAt(Instant at) {
		if (!this.clock.isSettable()) {
			throw new IllegalStateException(
					"A wait for the clock " + this.clock + " cannot be cancelled by setting it");
		}
		long atNanos = Math.addExact(Math.multiplyExact(at.getEpochSecond(), NANOS_PER_SECOND), at.getNano());
		return set(ABSTIME | CANCEL_ON_SET, atNanos, TimerSetting.DISARMED);
	}

	/**
	 * {@code timerfd_settime(2)} with zero - disarms the timer. Linux 2.6.25.
	 * @return the setting before
	 * @throws SyscallException if the call fails; the timer is as it was
	 * @throws IllegalStateException if this is closed
	 */
	public TimerSetting disarm() {
		return setTime(TimerSetting.DISARMED);
	}

	private TimerSetting set(int flags, long valueNanos, TimerSetting setting) {
		TimerSetting[] before = new TimerSetting[1];
		locked((number) -> {
			ByteBuffer bytes = this.memory.bytes();
			long base = ((flags & ABSTIME) != 0) ? 0 : nowLocked();
			long newIntervalNanos = setting.interval().toNanos();
			// zero would disarm; a time that has passed is what is meant
			long armedNanos = ((flags & ABSTIME) != 0) ? Math.max(1, valueNanos) : valueNanos;
			put(bytes, Itimerspec.VALUE_SEC, armedNanos);
			put(bytes, Itimerspec.INTERVAL_SEC, newIntervalNanos);
			put(bytes, OLD + Itimerspec.VALUE_SEC, 0);
			put(bytes, OLD + Itimerspec.INTERVAL_SEC, 0);
			int result = this.syscalls.timerfdSettime(number, flags, this.memory.address(),
					this.memory.address() + OLD);
			// ECANCELED: the clock was set since the last read. The timer is armed, but
			// its old setting is not told: timerfd_create(2), notes
			if (result < 0 && !Errno.ECANCELED.is(result)) {
				throw SyscallException.of("timerfd_settime", result, this + ", " + setting);
			}
			this.dueNanos = base + armedNanos;
			this.intervalNanos = newIntervalNanos;
			before[0] = setting(bytes, OLD);
			return 0;
		});
		return before[0];
	}

	/**
	 * {@code timerfd_gettime(2)} - returns the time to the next expiration and the
	 * interval. Linux 2.6.25.
	 * @return the setting, with the time that is left
	 * @throws SyscallException if the call fails
	 * @throws IllegalStateException if this is closed
	 */
	public TimerSetting getTime() {
		TimerSetting[] left = new TimerSetting[1];
		locked((number) -> {
			int result = this.syscalls.timerfdGettime(number, this.memory.address() + OLD);
			SyscallException.check("timerfd_gettime", result, this);
			left[0] = setting(this.memory.bytes(), OLD);
			return result;
		});
		return left[0];
	}

	/**
	 * {@code clock_gettime(2)} - returns the time of the timer's clock. The clocks that
	 * can be set count from 1970, the others from the start of the system.
	 * @return nanoseconds
	 * @throws IllegalStateException if this is closed
	 */
	public long now() {
		long[] now = new long[1];
		locked((number) -> {
			now[0] = nowLocked();
			return 0;
		});
		return now[0];
	}

	/**
	 * Return the clock that the timer follows.
	 * @return the clock
	 */
	public TimerfdClock clock() {
		return this.clock;
	}

	/**
	 * One read takes all.
	 */
	@Override
	public boolean isDrainedBy(int bytes) {
		return true;
	}

	@Override
	protected void decode(ByteBuffer bytes, long result, Consumer<? super TimerEvent> sink) {
		if (Errno.ECANCELED.is(result)) {
			sink.accept(new TimerEvent(0, this.dueNanos, nowLocked()));
			return;
		}
		length(result);
		long expirations = bytes.getLong(0);
		long lastDueNanos = this.dueNanos + (expirations - 1) * this.intervalNanos;
		this.dueNanos = lastDueNanos + this.intervalNanos;
		sink.accept(new TimerEvent(expirations, lastDueNanos, nowLocked()));
	}

	@Override
	protected void freeOwned() {
		this.memory.close();
	}

	private long nowLocked() {
		SyscallException.check("clock_gettime",
				this.syscalls.clockGettime(this.clock.readableId(), this.memory.address() + NOW), this.clock);
		ByteBuffer bytes = this.memory.bytes();
		return bytes.getLong(NOW + Timespec.SEC) * NANOS_PER_SECOND + bytes.getLong(NOW + Timespec.NSEC);
	}

	private static void put(ByteBuffer bytes, int offset, long nanos) {
		bytes.putLong(offset, nanos / NANOS_PER_SECOND).putLong(offset + Long.BYTES, nanos % NANOS_PER_SECOND);
	}

	private static TimerSetting setting(ByteBuffer bytes, int offset) {
		return new TimerSetting(duration(bytes, offset + Itimerspec.VALUE_SEC),
				duration(bytes, offset + Itimerspec.INTERVAL_SEC));
	}

	private static Duration duration(ByteBuffer bytes, int offset) {
		return Duration.ofSeconds(bytes.getLong(offset), bytes.getLong(offset + Long.BYTES));
	}

}
