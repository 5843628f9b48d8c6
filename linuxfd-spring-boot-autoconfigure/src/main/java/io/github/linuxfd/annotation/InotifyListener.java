package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;

import io.github.linuxfd.inotify.InotifyEventFlag;

/**
 * Calls the annotated method when something happens to a file or directory.
 * <p>
 * The method takes an {@link io.github.linuxfd.inotify.InotifyEvent InotifyEvent}, a
 * {@link java.nio.file.Path Path}, a {@code List<InotifyEvent>} with all that is waiting,
 * or nothing, and returns nothing. By default it runs on the dispatch executor, one call
 * at a time in the order of the events. What it throws goes to the
 * {@link org.springframework.util.ErrorHandler ErrorHandler} of the listeners, and the
 * next event follows.
 * <p>
 * Events that the kernel lost because its queue was full are made good by a scan of the
 * watched directory: every file found there is reported, marked as
 * {@link io.github.linuxfd.inotify.InotifyEvent#recovered() recovered}, so handlers
 * should accept a file they have seen before.
 * <p>
 * May be repeated, and used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify.7</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(InotifyListeners.class)
@Reflective
public @interface InotifyListener {

	/**
	 * Name of the listener in logs, meters and the registry.
	 * @return the name; by default the bean's and the method's
	 */
	String id() default "";

	/**
	 * The file or directory to watch.
	 * @return the path; either this or {@link #watch()}
	 */
	String path() default "";

	/**
	 * The name of a watch declared under {@code linuxfd.inotify.watches}.
	 * @return the name; either this or {@link #path()}
	 */
	String watch() default "";

	/**
	 * The events to be called for.
	 * @return the events; by default those of the declared watch, or {@code CLOSE_WRITE}
	 * and {@code MOVED_TO}: a complete file has arrived
	 */
	InotifyEventFlag[] events() default {};

	/**
	 * Whether to watch the directories below as well, and those that appear later.
	 * @return {@code true} to watch a whole tree; a declared watch may say so too
	 */
	boolean recursive() default false;

	/**
	 * Whether to be called at start for the files that are already there, marked as
	 * {@link io.github.linuxfd.inotify.InotifyEvent#recovered() recovered}. A file that
	 * is known to be open for writing is left to its {@code CLOSE_WRITE}; the kernel
	 * tells so to the file's owner and to those with {@code CAP_LEASE}, see
	 * {@link io.github.linuxfd.inotify.InotifyFactory#writer InotifyFactory.writer}.
	 * @return {@code true} to be told of existing files; a declared watch may say so too
	 */
	boolean existing() default false;

	/**
	 * How long the kernel collects events after its queue was read empty, for instance
	 * {@code 1ms}. The first event after a quiet time comes at once, those that follow
	 * come together: much less CPU for floods of events, for a delay of that long. The
	 * kernel's queue has to hold what comes meanwhile.
	 * @return the duration, at most 10s; by default that of the declared watch, or none
	 */
	String batchWindow() default "";

	/**
	 * On which thread to run.
	 * @return the kind of dispatch
	 */
	Dispatch dispatch() default Dispatch.EXECUTOR;

	/**
	 * How many calls may run at the same time. With more than one, order is lost.
	 * @return the number of calls, at least 1
	 */
	int concurrency() default 1;

}
