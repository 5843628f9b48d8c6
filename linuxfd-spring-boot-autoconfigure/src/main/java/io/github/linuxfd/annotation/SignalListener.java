package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Calls the annotated method when a signal arrives.
 * <p>
 * The method takes a {@link io.github.linuxfd.signalfd.SignalEvent SignalEvent}, a
 * {@code List<SignalEvent>}, or nothing, and returns nothing. Signals are read from a
 * signalfd, which tells who sent them; where that is impossible they come through the
 * JDK's own handling, without sender, and the log says so at start. See
 * {@link io.github.linuxfd.signalfd.SignalStrategy SignalStrategy} and the property
 * {@code linuxfd.signal.strategy}.
 * <p>
 * Standard signals that arrive while the same one is pending are one signal to the
 * kernel; real-time signals ({@code RTMIN+n}) are queued.
 * <p>
 * May be repeated, and used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd.2</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(SignalListeners.class)
@Reflective
public @interface SignalListener {

	/**
	 * Name of the listener in logs, meters and the registry.
	 * @return the name; by default the bean's and the method's
	 */
	String id() default "";

	/**
	 * The signals, as {@code HUP}, {@code SIGHUP}, {@code RTMIN+2} or a number.
	 * @return the signals
	 */
	@AliasFor("signals")
	String[] value() default {};

	/**
	 * The signals, as {@code HUP}, {@code SIGHUP}, {@code RTMIN+2} or a number.
	 * @return the signals
	 */
	@AliasFor("value")
	String[] signals() default {};

	/**
	 * Whether {@code HUP}, {@code INT} and {@code TERM} lose the JVM's meaning. Otherwise
	 * the JVM shuts down once the listeners have run, as it would have done without them.
	 * @return {@code true} to keep the JVM alive
	 */
	boolean consume() default false;

	/**
	 * On which thread to run.
	 * @return the kind of dispatch
	 */
	Dispatch dispatch() default Dispatch.EXECUTOR;

}
