package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.event.MemoryPressureEvent;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.eventloop.ReadinessSource;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.psi.PressureTrigger;
import io.github.linuxfd.psi.PressureTriggerFactory;

/**
 * Tells a listener that memory is short. While its handler runs the trigger is left
 * alone: what happens meanwhile is one event.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class MemoryPressureListenerContainer extends ListenerContainer<MemoryPressureEvent> {

	/** The second has room while the worker of the first has still to come to rest. */
	private static final int WAITING_EVENTS = 2;

	private final MemoryPressureEvent event;

	private @Nullable PressureTrigger trigger;

	private volatile @Nullable ReadinessSource watching;

	MemoryPressureListenerContainer(MemoryPressureListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, MemoryPressureEvent.class, WAITING_EVENTS);
		this.event = endpoint.event();
	}

	@Override
	public String source() {
		return "psi";
	}

	@Override
	boolean open() {
		PressureTriggerFactory triggers = context().applicationContext().getBean(PressureTriggerFactory.class);
		PressureTrigger trigger = triggers.open(this.event.file(), this.event.level(), this.event.stall(),
				this.event.window());
		ReadinessSource source = new ReadinessSource(context().loop(), trigger.fd(), Flags.of(EpollFlag.PRI),
				new MappedEvents<>(this, this::pressure));
		this.trigger = trigger;
		this.watching = source;
		try {
			context().loop().register(source);
		}
		catch (RuntimeException | Error ex) {
			trigger.close();
			throw ex;
		}
		return true;
	}

	private MemoryPressureEvent pressure(FdEvent event) {
		if (event.isError()) {
			throw new IllegalStateException("The control group of " + this.event.file() + " is gone");
		}
		return this.event;
	}

	@Override
	void closeSources() {
		ReadinessSource source = this.watching;
		if (source != null) {
			context().loop().cancel(source);
		}
		PressureTrigger trigger = this.trigger;
		if (trigger != null) {
			this.trigger = null;
			trigger.close();
		}
	}

	@Override
	void resumeSources() {
		ReadinessSource source = this.watching;
		if (source != null) {
			source.resume();
		}
	}

	@Override
	void handled(MemoryPressureEvent event) {
		resumeSources();
	}

}
