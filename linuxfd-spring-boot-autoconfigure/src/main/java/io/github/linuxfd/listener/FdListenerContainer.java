package io.github.linuxfd.listener;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.eventloop.ReadinessSource;
import io.github.linuxfd.fd.Pollable;
import io.github.linuxfd.flags.Flags;

/**
 * Tells a listener that a bean's descriptor is ready. The descriptor is left alone until
 * the handler has run.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class FdListenerContainer extends BorrowedFdListenerContainer<FdEvent> {

	private final String beanName;

	private final Flags<EpollFlag> interest;

	/** The event before was an error and nothing else; used by the handler's thread. */
	private boolean failedBefore;

	FdListenerContainer(FdListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, FdEvent.class);
		this.beanName = endpoint.fd();
		this.interest = endpoint.interest();
	}

	@Override
	public String source() {
		return "fd";
	}

	@Override
	boolean open() {
		Pollable bean = context().applicationContext().getBean(this.beanName, Pollable.class);
		this.failedBefore = false;
		register(new ReadinessSource(context().loop(), bean.fd(), this.interest, this));
		return true;
	}

	/*
	 * A hang-up lasts, and so does an error that reading does not clear: the handler
	 * would be called without end.
	 */
	@Override
	void handled(FdEvent event) {
		boolean failed = event.isError() && (event.flags().bits() & this.interest.bits()) == 0;
		if (event.isHangUp() || (failed && this.failedBefore)) {
			sourceFailed(event.isHangUp() ? "its peer has hung up" : "it has an error that does not go away");
			closeSourcesSoon();
			return;
		}
		this.failedBefore = failed;
		if (!this.interest.contains(EpollFlag.ET)) {
			resumeSources();
		}
	}

}
