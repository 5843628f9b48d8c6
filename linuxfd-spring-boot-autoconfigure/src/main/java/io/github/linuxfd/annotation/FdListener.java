package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

import io.github.linuxfd.epoll.EpollFlag;

/**
 * Calls the annotated method when a descriptor is ready that a bean offers: a netlink
 * socket, a GPIO line, udev, or whatever a native library has opened.
 * <p>
 * The method takes an {@link io.github.linuxfd.eventloop.FdEvent FdEvent}, a
 * {@code List<FdEvent>}, or nothing, and returns nothing. It reads or writes by itself.
 * While it runs the descriptor is not looked at; if it is still ready afterwards, the
 * method is called again. One that has found the end of file closes the descriptor.
 * <p>
 * The loop never closes the descriptor: the bean does. When its peer has hung up the
 * method is called for the last time, to read what is left; then, as when the descriptor
 * is closed, an {@link io.github.linuxfd.event.EventSourceFailedEvent
 * EventSourceFailedEvent} is published.
 * <p>
 * May be used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll.7</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface FdListener {

	/**
	 * Name of the bean, a {@link io.github.linuxfd.fd.Pollable Pollable}: an
	 * {@link io.github.linuxfd.fd.OwnedFd OwnedFd}, or something that has one.
	 * @return the name
	 */
	@AliasFor("fd")
	String value() default "";

	/**
	 * Name of the bean, a {@link io.github.linuxfd.fd.Pollable Pollable}: an
	 * {@link io.github.linuxfd.fd.OwnedFd OwnedFd}, or something that has one.
	 * @return the name
	 */
	@AliasFor("value")
	String fd() default "";

	/**
	 * What to wait for: {@code IN}, {@code OUT}, {@code PRI} and {@code RDHUP}. Errors
	 * and hang-ups are always reported. {@code PRI} is told for each change, and what
	 * changes while the method runs is one more call: it is waited for alone, or with
	 * {@link #edge()}.
	 * @return the flags
	 */
	EpollFlag[] events() default EpollFlag.IN;

	/**
	 * Whether to be called once for each change, {@code EPOLLET}, also while the method
	 * runs. It then has to read until there is nothing more.
	 * @return {@code true} for edge-triggered
	 */
	boolean edge() default false;

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
