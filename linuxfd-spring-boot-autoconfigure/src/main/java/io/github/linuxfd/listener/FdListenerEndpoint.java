package io.github.linuxfd.listener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.flags.Flags;

/**
 * A declared {@link io.github.linuxfd.annotation.FdListener @FdListener}.
 *
 * @author linuxfd
 */
final class FdListenerEndpoint extends ListenerEndpoint {

	private final String fd;

	private final Flags<EpollFlag> interest;

	FdListenerEndpoint(String id, String declaration, Object bean, ListenerMethod method, Dispatch dispatch, String fd,
			Flags<EpollFlag> interest) {
		super(id, declaration, bean, method, dispatch, 1);
		this.fd = fd;
		this.interest = interest;
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new FdListenerContainer(this, context);
	}

	String fd() {
		return this.fd;
	}

	Flags<EpollFlag> interest() {
		return this.interest;
	}

}
