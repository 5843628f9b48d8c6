package io.github.linuxfd.signalfd;

/**
 * The way a signal comes to its listeners.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum SignalStrategy {

	/**
	 * Every thread blocks the signal already, so signalfd(2) gets it.
	 */
	SIGNALFD,

	/**
	 * A handler of a few machine instructions makes each thread that still gets the
	 * signal block it and gives it back to the process, until signalfd(2) gets it.
	 */
	REQUEUE,

	/**
	 * Through the JDK's own signal handling, which does not know the sender and has no
	 * real-time signals.
	 */
	JDK

}
