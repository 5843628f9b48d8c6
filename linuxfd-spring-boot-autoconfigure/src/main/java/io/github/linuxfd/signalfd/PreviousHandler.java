package io.github.linuxfd.signalfd;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import sun.misc.SignalHandler;

/**
 * What the JDK did with a signal before it was taken: with {@code HUP}, {@code INT} and
 * {@code TERM} it ends the JVM, unless the application has a handler of its own, by
 * {@code sun.misc.Signal}.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@SuppressWarnings("sunapi")
public final class PreviousHandler {

	private final Signal signal;

	private final @Nullable SignalHandler handler;

	PreviousHandler(Signal signal, @Nullable SignalHandler handler) {
		this.signal = signal;
		this.handler = handler;
	}

	/** The one there is; none if the JDK does not handle the signal. */
	static PreviousHandler current(Signal signal) {
		CompletableFuture<SignalHandler> current = new CompletableFuture<>();
		try {
			sun.misc.Signal jdkSignal = new sun.misc.Signal(signal.name());
			// the only way to ask; a signal that comes in between has its turn
			current.complete(sun.misc.Signal.handle(jdkSignal, (arrived) -> current.join().handle(arrived)));
			sun.misc.Signal.handle(jdkSignal, current.join());
			return new PreviousHandler(signal, current.join());
		}
		catch (IllegalArgumentException ex) {
			return new PreviousHandler(signal, null); // -Xrs
		}
	}

	/**
	 * Whether the application has a handler of its own, so that the signal does not end
	 * the JVM.
	 * @return {@code true} if {@link #call()} calls it
	 */
	public boolean isOfApplication() {
		return this.handler != null && !"jdk.unsupported".equals(this.handler.getClass().getModule().getName());
	}

	/**
	 * Do what the JDK does with the signal; its own handlers of {@code HUP}, {@code INT}
	 * and {@code TERM} do not return.
	 * @return {@code false} if it does nothing, because of {@code -Xrs} or because it is
	 * another signal
	 */
	public boolean call() {
		if (this.handler == null || this.handler == SignalHandler.SIG_DFL || this.handler == SignalHandler.SIG_IGN) {
			return false;
		}
		this.handler.handle(new sun.misc.Signal(this.signal.name()));
		return true;
	}

}
