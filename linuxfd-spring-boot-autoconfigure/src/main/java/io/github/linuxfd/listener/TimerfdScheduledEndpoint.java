package io.github.linuxfd.listener;

import io.github.linuxfd.annotation.Dispatch;

/**
 * A declared {@link io.github.linuxfd.annotation.TimerfdScheduled @TimerfdScheduled}.
 *
 * @author linuxfd
 */
final class TimerfdScheduledEndpoint extends ListenerEndpoint {

	private final Schedule schedule;

	TimerfdScheduledEndpoint(String id, String declaration, Object bean, ListenerMethod method, Dispatch dispatch,
			Schedule schedule) {
		super(id, declaration, bean, method, dispatch, 1);
		this.schedule = schedule;
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new TimerfdListenerContainer(this, context);
	}

	Schedule schedule() {
		return this.schedule;
	}

}
