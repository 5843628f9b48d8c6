package io.github.linuxfd.listener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.event.MemoryPressureEvent;

/**
 * A declared
 * {@link io.github.linuxfd.annotation.MemoryPressureListener @MemoryPressureListener}.
 *
 * @author linuxfd
 */
final class MemoryPressureListenerEndpoint extends ListenerEndpoint {

	private final MemoryPressureEvent event;

	MemoryPressureListenerEndpoint(String id, String declaration, Object bean, ListenerMethod method, Dispatch dispatch,
			MemoryPressureEvent event) {
		super(id, declaration, bean, method, dispatch, 1);
		this.event = event;
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new MemoryPressureListenerContainer(this, context);
	}

	/** What is to be reported, and so the trigger's setting. */
	MemoryPressureEvent event() {
		return this.event;
	}

}
