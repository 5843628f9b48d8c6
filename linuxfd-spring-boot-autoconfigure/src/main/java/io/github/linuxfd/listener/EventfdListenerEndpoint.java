package io.github.linuxfd.listener;

import io.github.linuxfd.annotation.Dispatch;

/**
 * A declared {@link io.github.linuxfd.annotation.EventfdListener @EventfdListener}.
 *
 * @author linuxfd
 */
final class EventfdListenerEndpoint extends ListenerEndpoint {

	private final String eventfd;

	EventfdListenerEndpoint(String id, String declaration, Object bean, ListenerMethod method, Dispatch dispatch,
			String eventfd) {
		super(id, declaration, bean, method, dispatch, 1);
		this.eventfd = eventfd;
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new EventfdListenerContainer(this, context);
	}

	/** The bean's name, or empty for the only one. */
	String eventfd() {
		return this.eventfd;
	}

}
