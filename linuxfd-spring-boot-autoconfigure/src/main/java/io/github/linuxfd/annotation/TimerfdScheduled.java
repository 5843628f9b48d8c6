package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;

import io.github.linuxfd.timerfd.TimerfdClock;

/**
 * Calls the annotated method at points of time that the kernel keeps: at a fixed rate, or
 * by a cron expression that stays right when the clock is set or the system was
 * suspended. Never early.
 * <p>
 * The method takes a {@link io.github.linuxfd.timerfd.TimerEvent TimerEvent}, a
 * {@code List<TimerEvent>}, or nothing, and returns nothing. Ticks that pass while the
 * method still runs are not replayed; the next event
 * {@linkplain io.github.linuxfd.timerfd.TimerEvent#missed() counts} them.
 * <p>
 * May be repeated, and used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create.2</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(TimerfdSchedules.class)
@Reflective
public @interface TimerfdScheduled {

	/**
	 * The {@link #cron()} value that switches a schedule off, as in
	 * {@code org.springframework.scheduling.annotation.Scheduled}.
	 */
	String CRON_DISABLED = "-";

	/**
	 * Name of the listener in logs, meters and the registry.
	 * @return the name; by default the bean's and the method's
	 */
	String id() default "";

	/**
	 * A cron expression as
	 * {@link org.springframework.scheduling.support.CronExpression#parse(String)
	 * CronExpression} has it, or {@value #CRON_DISABLED} for never.
	 * @return the expression; either this or {@link #fixedRate()}
	 */
	String cron() default "";

	/**
	 * The time zone of the cron expression.
	 * @return the zone's id; by default the system's
	 */
	String zone() default "";

	/**
	 * The time between two ticks, as {@code 500ms}, {@code 5s} or {@code PT5S}; at least
	 * 100 µs ({@code 100us}).
	 * @return the period; either this or {@link #cron()}
	 */
	String fixedRate() default "";

	/**
	 * The time from start to the first tick of a fixed rate.
	 * @return the delay; by default one period
	 */
	String initialDelay() default "";

	/**
	 * The clock that a fixed rate follows. Cron always follows the wall clock.
	 * @return the clock
	 */
	TimerfdClock clock() default TimerfdClock.MONOTONIC;

	/**
	 * On which thread to run.
	 * @return the kind of dispatch
	 */
	Dispatch dispatch() default Dispatch.EXECUTOR;

}
