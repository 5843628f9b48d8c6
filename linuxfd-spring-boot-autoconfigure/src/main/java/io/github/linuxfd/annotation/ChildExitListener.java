package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;

/**
 * Calls the annotated method when a process ends that the bean
 * {@link io.github.linuxfd.listener.ChildProcesses ChildProcesses} was told to watch.
 * <p>
 * The method takes a {@link io.github.linuxfd.event.ChildExitEvent ChildExitEvent}, a
 * {@code List<ChildExitEvent>}, or nothing, and returns nothing. It is called once for
 * each watch: unlike {@code SIGCHLD}, ends are never merged into one.
 * <p>
 * May be used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open.2</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface ChildExitListener {

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
