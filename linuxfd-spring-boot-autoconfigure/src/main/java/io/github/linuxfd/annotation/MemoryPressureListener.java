package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;

import io.github.linuxfd.psi.PressureLevel;

/**
 * Calls the annotated method when tasks have to wait for memory: early enough to drop
 * caches, long before the kernel ends a process.
 * <p>
 * The method takes a {@link io.github.linuxfd.event.MemoryPressureEvent
 * MemoryPressureEvent}, a {@code List<MemoryPressureEvent>}, or nothing, and returns
 * nothing. While the pressure lasts it is called once per window at most.
 * <p>
 * Where the pressure file is absent, switched off or not writable, as in many containers,
 * the control group's {@code memory.events} of version 2 is read in its place: the method
 * is called when the group reaches {@code memory.high} or {@code memory.max}, or runs out
 * of memory, as often as the kernel says so, and the event tells what was counted. The
 * level and the times do not count then. The log says which way is used, and why.
 * <p>
 * May be used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://docs.kernel.org/accounting/psi.html">Pressure Stall
 * Information</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface MemoryPressureListener {

	/**
	 * Who has to wait.
	 * @return the level
	 */
	PressureLevel level() default PressureLevel.SOME;

	/**
	 * How long they have to wait within the window, as {@code 150ms}.
	 * @return the time
	 */
	String stall() default "150ms";

	/**
	 * The time to look at, from 500 ms to 10 s; without {@code CAP_SYS_RESOURCE} a
	 * multiple of 2 s.
	 * @return the time
	 */
	String window() default "2s";

	/**
	 * The pressure file: that of the whole system, or a control group's
	 * {@code memory.pressure}. In the place of the former {@code memory.events} of the
	 * process's own control group is read if need be, in that of the latter the one next
	 * to it, and in that of other files none.
	 * @return the path
	 */
	String file() default "/proc/pressure/memory";

	/**
	 * Name of the listener in logs, meters and the registry.
	 * @return the name; by default the bean's and the method's
	 */
	String id() default "";

	/**
	 * On which thread to run.
	 * @return the kind of dispatch
	 */
	Dispatch dispatch() default Dispatch.EXECUTOR;

}
