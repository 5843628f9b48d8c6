package io.github.linuxfd.signalfd;

/**
 * The way a signal comes to its listeners.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum SignalStrategy {

	/**
	 * The best that this system allows: the first of the following that is possible. A
	 * choice, and never what came of it.
	 */
	AUTO,

	/**
	 * Every thread blocks the signal already, so signalfd(2) gets it. For a JVM that was
	 * started by {@code env --block-signal=...}; HUP, INT and TERM need {@code -Xrs} too,
	 * because HotSpot unblocks them in its threads otherwise.
	 */
	SIGNALFD,

	/**
	 * A handler of a few machine instructions makes each thread that still gets the
	 * signal block it and gives it back to the process, until signalfd(2) gets it. For a
	 * plainly started JVM.
	 */
	REQUEUE,

	/**
	 * Through the JDK's own signal handling, which does not know the sender and has no
	 * real-time signals.
	 */
	JDK

}
