package io.github.linuxfd.listener;

import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.signalfd.Signal;

/**
 * A declared {@link io.github.linuxfd.annotation.SignalListener @SignalListener}.
 *
 * @author linuxfd
 */
final class SignalListenerEndpoint extends ListenerEndpoint {

	private final Set<Signal> signals;

	private final boolean consume;

	SignalListenerEndpoint(String id, String declaration, @Nullable Object bean, @Nullable ListenerMethod method,
			Dispatch dispatch, Set<Signal> signals, boolean consume) {
		super(id, declaration, bean, method, dispatch, 1);
		this.signals = signals;
		this.consume = consume;
		for (Signal signal : signals) {
			String refusal = signal.refusal();
			if (refusal != null) {
				throw invalid("nobody can listen to signal " + signal + ": " + refusal, null);
			}
		}
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new SignalListenerContainer(this, context);
	}

	Set<Signal> signals() {
		return this.signals;
	}

	boolean isConsume() {
		return this.consume;
	}

}
