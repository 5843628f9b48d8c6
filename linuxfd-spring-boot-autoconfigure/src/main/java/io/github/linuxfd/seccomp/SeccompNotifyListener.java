package io.github.linuxfd.seccomp;

/**
 * Answers system calls of this JVM and its children for which a rule has the action
 * {@link SeccompAction#NOTIFY}. As a bean it is asked about those of
 * {@code linuxfd.seccomp.rules}.
 * <p>
 * Called on a thread of its own for each call that waits, several at a time. If it throws
 * or takes longer than {@code linuxfd.seccomp.listener.timeout}, the configured answer is
 * given. It should not make a call that it is asked about: that one waits for a second
 * thread, which makes it again.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@FunctionalInterface
public interface SeccompNotifyListener {

	/**
	 * Say what becomes of a call.
	 * @param notification the call that waits
	 * @return what becomes of it
	 * @throws Exception if it cannot tell; the configured answer is given
	 */
	SeccompAnswer answer(SeccompNotification notification) throws Exception;

}
