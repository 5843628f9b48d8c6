package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;

/**
 * A declared {@link io.github.linuxfd.annotation.ChildExitListener @ChildExitListener}.
 *
 * @author linuxfd
 */
final class ChildExitListenerEndpoint extends ListenerEndpoint {

	ChildExitListenerEndpoint(String id, String declaration, @Nullable Object bean, @Nullable ListenerMethod method,
			Dispatch dispatch) {
		super(id, declaration, bean, method, dispatch, 1);
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new ChildExitListenerContainer(this, context);
	}

}
