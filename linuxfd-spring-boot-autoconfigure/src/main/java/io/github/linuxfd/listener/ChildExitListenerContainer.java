package io.github.linuxfd.listener;

import io.github.linuxfd.event.ChildExitEvent;

/**
 * Brings the ends of all watched processes to one listener. The watches are shared with
 * all its kind.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ChildExitListenerContainer extends ListenerContainer<ChildExitEvent> {

	ChildExitListenerContainer(ChildExitListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, ChildExitEvent.class, context.settings().queueCapacity());
	}

	@Override
	public String source() {
		return "pidfd";
	}

	@Override
	boolean open() {
		context().children().subscribe(this);
		return true;
	}

	@Override
	void closeSources() {
		context().children().unsubscribe(this);
	}

	@Override
	void resumeSources() {
		context().children().resume();
	}

	/**
	 * Only the one that is there for nothing else: which of the others had a given event
	 * is not known any more once one of them has been stopped.
	 */
	@Override
	boolean publishes(ChildExitEvent event) {
		return endpoint().method() == null;
	}

}
