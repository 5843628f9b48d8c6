package io.github.linuxfd.annotation;

/**
 * On which thread a handler runs.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum Dispatch {

	/**
	 * On a thread of the dispatch executor: a slow handler delays nobody else.
	 */
	EXECUTOR,

	/**
	 * On the {@code linuxfd-loop} thread, which saves the hand-over to another thread. As
	 * long as the handler runs, no other event of the application is read.
	 */
	LOOP

}
