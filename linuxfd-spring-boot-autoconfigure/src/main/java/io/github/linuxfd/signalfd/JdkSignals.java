package io.github.linuxfd.signalfd;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
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
	 * Do what the JVM does otherwise with {@code HUP}, {@code INT} and {@code TERM}.
	 * @return {@code false} if it does nothing
	 * @see SignalReception#callPreviousHandler()
	 */
	public boolean callPreviousHandler() {
		return call(this.before, new Signal(this.signal.getNumber()));
	}

	/**
	 * Whether the application had a handler of its own before.
	 * @return {@code true} if {@link #callPreviousHandler()} calls it
	 */
	public boolean isHandledByApplication() {
		return isOfApplication(this.before);
	}

	static boolean isOfApplication(@Nullable SignalHandler handler) {
		return handler != null && !"jdk.unsupported".equals(handler.getClass().getModule().getName());
	}

	/** The handler there is; {@code null} if the JDK does not handle the signal. */
	static @Nullable SignalHandler handler(Signal signal) {
		CompletableFuture<SignalHandler> current = new CompletableFuture<>();
		try {
			sun.misc.Signal jdkSignal = new sun.misc.Signal(signal.name());
			// the only way to ask; a signal that comes in between has its turn
			current.complete(sun.misc.Signal.handle(jdkSignal, (arrived) -> current.join().handle(arrived)));
			sun.misc.Signal.handle(jdkSignal, current.join());
			return current.join();
		}
		catch (IllegalArgumentException ex) {
			return null; // -Xrs
		}
	}

	static boolean call(@Nullable SignalHandler handler, Signal signal) {
		if (handler == null || handler == SignalHandler.SIG_DFL || handler == SignalHandler.SIG_IGN) {
			return false;
		}
		handler.handle(new sun.misc.Signal(signal.name()));
		return true;
	}

	@Override
	public void close() {
		sun.misc.Signal.handle(this.signal, this.before);
	}

}
