package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Calls the annotated method when an eventfd that a bean offers was incremented, by this
 * process or, through a shared descriptor, by native code and other processes.
 * <p>
 * The method takes an {@link io.github.linuxfd.event.EventfdEvent EventfdEvent}, a
 * {@code List<EventfdEvent>}, or nothing, and returns nothing. Increments that come while
 * it still runs are added up by the kernel, unless the eventfd is a semaphore.
 * <p>
 * The loop alone reads the eventfd, for one listener, and never closes it: the bean does.
 * <p>
 * May be used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd.2</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface EventfdListener {

	/**
	 * Name of the bean of type {@link io.github.linuxfd.eventfd.Eventfd Eventfd}.
	 * @return the name; by default the only such bean is meant
	 */
	@AliasFor("eventfd")
	String value() default "";

	/**
	 * Name of the bean of type {@link io.github.linuxfd.eventfd.Eventfd Eventfd}.
	 * @return the name; by default the only such bean is meant
	 */
	@AliasFor("value")
	String eventfd() default "";

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
