package io.github.linuxfd.signalfd;

/**
 * Where a signal comes from: {@code si_code}, whose positive values depend on the signal.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaction.2.html">sigaction.2</a>
 */
public enum SignalOrigin {

	/** {@code SI_USER}: kill(2). */
	USER,

	/** {@code SI_KERNEL}: the kernel, for instance Ctrl-C in a terminal. */
	KERNEL,

	/** {@code SI_QUEUE}: sigqueue(3). */
	QUEUE,

	/** {@code SI_TIMER}: a POSIX timer has expired. */
	TIMER,

	/** {@code SI_MESGQ}: a POSIX message queue is no longer empty. */
	MESSAGE_QUEUE,

	/** {@code SI_ASYNCIO}: asynchronous I/O has completed. */
	ASYNC_IO,

	/** {@code SI_SIGIO}: queued SIGIO. */
	SIGIO,

	/** {@code SI_TKILL}: tkill(2), tgkill(2) or pthread_kill(3). */
	TKILL,

	/** {@code CLD_EXITED}: a child has exited. */
	CHILD_EXITED,

	/** {@code CLD_KILLED}: a child was killed by a signal. */
	CHILD_KILLED,

	/** {@code CLD_DUMPED}: a child was killed by a signal and has dumped core. */
	CHILD_DUMPED,

	/** {@code CLD_TRAPPED}: a traced child has trapped. */
	CHILD_TRAPPED,

	/** {@code CLD_STOPPED}: a child has stopped. */
	CHILD_STOPPED,

	/** {@code CLD_CONTINUED}: a stopped child goes on. */
	CHILD_CONTINUED,

	/** {@code POLL_IN}: there is something to read. */
	POLL_IN,

	/** {@code POLL_OUT}: there is room to write. */
	POLL_OUT,

	/** {@code POLL_MSG}: there is a message to read. */
	POLL_MSG,

	/** {@code POLL_ERR}: an input or output error. */
	POLL_ERR,

	/** {@code POLL_PRI}: there is urgent data to read. */
	POLL_PRI,

	/** {@code POLL_HUP}: the other end has closed. */
	POLL_HUP,

	/** Anything else; the number says what. */
	OTHER;

	private static final int SI_KERNEL = 128;

	static SignalOrigin of(Signal signal, int code) {
		return switch (code) {
			case 0 -> USER;
			case SI_KERNEL -> KERNEL;
			case -1 -> QUEUE;
			case -2 -> TIMER;
			case -3 -> MESSAGE_QUEUE;
			case -4 -> ASYNC_IO;
			case -5 -> SIGIO;
			case -6 -> TKILL;
			case 1, 2, 3, 4, 5, 6 -> switch (signal.name()) {
				case "CHLD" -> values()[CHILD_EXITED.ordinal() + code - 1];
				case "IO" -> values()[POLL_IN.ordinal() + code - 1];
				default -> OTHER;
			};
			default -> OTHER;
		};
	}

	/** Whether a process sent it, and not the kernel for a reason of its own. */
	static boolean isProcess(int code) {
		return code == 0 || code == -1 || code == -3 || code == -6;
	}

}
