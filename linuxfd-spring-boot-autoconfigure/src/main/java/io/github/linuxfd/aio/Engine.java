package io.github.linuxfd.aio;

/**
 * A way to have operations done. Operations of one handle are started in the order in
 * which they come, and each completes exactly once.
 *
 * @author linuxfd
 */
interface Engine extends AutoCloseable {

	/**
	 * Start an operation, which has borrowed its descriptor. Any thread may call. It is
	 * completed on the engine's thread, later, also if the engine is closed meanwhile.
	 * @return whether it is: not if the engine has been closed, because nobody is left
	 * who could call a handler, and a handler that starts again whatever happens would
	 * have no end
	 */
	boolean start(Operation<?> operation);

	/** Really start an operation, on the engine's thread. */
	void begin(Operation<?> operation);

	/**
	 * Have an operation completed soon, if it is not completed yet. Any thread may call.
	 */
	void cancel(Operation<?> operation);

	/**
	 * Have all operations of a handle completed soon, which is closed, and then release
	 * its descriptor, which the caller has borrowed. Any thread may call.
	 */
	void cancelAll(AioHandle handle, int number);

	/**
	 * Run something on the engine's thread, later: not from within this call. Any thread
	 * may call.
	 * @return whether it is: not if the engine has been closed
	 */
	boolean later(Command command);

	/** Whether there can be a {@link MultishotReceive}. */
	default boolean hasMultishotReceive() {
		return false;
	}

	/** Whether there can be a {@link MultishotAccept}. */
	default boolean hasMultishotAccept() {
		return false;
	}

	/** The flags of sockets that this can work with. */
	int socketFlags();

	/** Complete all operations as cancelled. */
	@Override
	void close();

}
