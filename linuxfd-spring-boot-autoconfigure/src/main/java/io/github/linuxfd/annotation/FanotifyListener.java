package io.github.linuxfd.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;

import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;

/**
 * Calls the annotated method when something happens on a file system, a mount or in a
 * directory, or is to happen if the method allows it.
 * <p>
 * To be told, the method takes a {@link io.github.linuxfd.fanotify.FanotifyEvent
 * FanotifyEvent}, a {@code List<FanotifyEvent>} with all that is waiting, or nothing, and
 * returns nothing. Events carry the directory and the name. When the kernel's queue was
 * full, an event with {@link io.github.linuxfd.fanotify.FanotifyEvent#isOverflow()
 * isOverflow()} says so.
 * <p>
 * To be asked - by {@code OPEN_PERM}, {@code ACCESS_PERM}, {@code OPEN_EXEC_PERM} or
 * {@code PRE_ACCESS} - the method takes a {@code FanotifyEvent} or nothing, and returns a
 * {@link io.github.linuxfd.fanotify.FanotifyResponse FanotifyResponse} or a
 * {@code boolean}. The event carries the open file, which is closed after the call unless
 * it was {@linkplain io.github.linuxfd.fanotify.FanotifyEvent#takeDescriptor() taken}.
 * Whoever waits is released when the {@link #timeout()} is over, and if the method throws
 * something, with the {@link #timeoutResponse()}. What this JVM itself does on the marked
 * object is allowed at once and not reported.
 * <p>
 * By default the method runs on the dispatch executor, one call at a time. What it throws
 * goes to the {@link org.springframework.util.ErrorHandler ErrorHandler} of the
 * listeners, and the next event follows. Needs {@code CAP_SYS_ADMIN}, except to be told
 * of a single file or directory.
 * <p>
 * May be repeated, and used as a meta-annotation. All text attributes take placeholders.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/fanotify.7.html">fanotify.7</a>
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(FanotifyListeners.class)
@Reflective
public @interface FanotifyListener {

	/**
	 * Name of the listener in logs, meters and the registry.
	 * @return the name; by default the bean's and the method's
	 */
	String id() default "";

	/**
	 * The file or directory to mark, or one that is on what is to be marked.
	 * @return the path
	 */
	String path() default "";

	/**
	 * What to mark. For {@link FanotifyMark#INODE} of a directory, its entries are
	 * included.
	 * @return the kind of mark
	 */
	FanotifyMark mark() default FanotifyMark.FILESYSTEM;

	/**
	 * The events to be called for: either those to be told of, or those to be asked for.
	 * @return the events; by default {@code CLOSE_WRITE} and {@code MOVED_TO}: a complete
	 * file has arrived
	 */
	FanotifyEventFlag[] events() default {};

	/**
	 * Files and directories whose events are left out by the kernel: of a directory those
	 * of itself and of its entries, but not of what is below these. Of a file whatever
	 * happens to its content; that it is created, renamed or deleted happens to its
	 * directory. Each has to exist. Linux 6.0.
	 * @return the paths; those that are empty are left out
	 */
	String[] ignore() default {};

	/**
	 * Whether the kernel's queue takes what comes, whatever memory it takes. Needs
	 * {@code CAP_SYS_ADMIN}.
	 * @return {@code true} to lose nothing
	 */
	boolean unlimitedQueue() default false;

	/**
	 * Whether events carry a {@linkplain io.github.linuxfd.fanotify.FanotifyEvent#pidfd()
	 * pidfd} of the process. Needs {@code CAP_SYS_ADMIN}.
	 * @return {@code true} for events with a pidfd, closed after the call unless taken
	 */
	boolean reportPidfd() default false;

	/**
	 * How long somebody waits for the method's answer, for instance {@code 500ms}.
	 * @return the duration; by default {@code linuxfd.fanotify.timeout}
	 */
	String timeout() default "";

	/**
	 * The answer when the method gives none: {@code ALLOW} or {@code DENY}.
	 * @return the answer; by default {@code linuxfd.fanotify.timeout-response}
	 */
	String timeoutResponse() default "";

	/**
	 * Whether to be asked even where the JVM has files of its own: its home, its class
	 * path, its log and temporary directories. It may then wait for itself for ever, when
	 * it writes its log, loads a class or compiles one while the event loop cannot run.
	 * @return {@code true} to take that risk
	 */
	boolean force() default false;

	/**
	 * On which thread to run. A method that is asked may not run on the loop, which is
	 * what ends the wait for it.
	 * @return the kind of dispatch
	 */
	Dispatch dispatch() default Dispatch.EXECUTOR;

	/**
	 * How many calls may run at the same time. With more than one, order is lost.
	 * @return the number of calls, at least 1
	 */
	int concurrency() default 1;

}
