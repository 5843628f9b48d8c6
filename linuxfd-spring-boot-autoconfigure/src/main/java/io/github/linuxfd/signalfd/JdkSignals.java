package io.github.linuxfd.signalfd;

import java.util.function.Consumer;

import sun.misc.SignalHandler;

/**
 * A signal through the JDK's own handling: the last resort, without sender and without
 * real-time signals. The previous handler is put back at the end.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@SuppressWarnings("sunapi")
public final class JdkSignals implements AutoCloseable {

	private final sun.misc.Signal signal;

	private final SignalHandler before;

	private JdkSignals(sun.misc.Signal signal, SignalHandler before) {
		this.signal = signal;
		this.before = before;
	}

	/**
	 * Be told of a signal.
	 * @param signal the signal
	 * @param sink is called on a thread of the JVM
	 * @return closes the way again
	 * @throws IllegalArgumentException if the JDK does not know the signal or keeps it
	 */
	public static JdkSignals open(Signal signal, Consumer<SignalEvent> sink) {
		sun.misc.Signal jdkSignal = new sun.misc.Signal(signal.name());
		SignalEvent event = SignalEvent.withoutSender(signal);
		return new JdkSignals(jdkSignal, sun.misc.Signal.handle(jdkSignal, (arrived) -> sink.accept(event)));
	}

	/**
	 * Return what the JDK did with the signal before.
	 * @return the previous handler
	 */
	public PreviousHandler previousHandler() {
		return new PreviousHandler(new Signal(this.signal.getNumber()), this.before);
	}

	@Override
	public void close() {
		sun.misc.Signal.handle(this.signal, this.before);
	}

}
