package io.github.linuxfd.listener;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.MemoryPressureEvent;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.eventloop.ReadinessSource;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.psi.MemoryEvents;
import io.github.linuxfd.psi.MemoryEventsFactory;
import io.github.linuxfd.psi.PressureTrigger;
import io.github.linuxfd.psi.PressureTriggerFactory;

/**
 * Tells a listener that memory is short: by a trigger in the pressure file, or, where
 * there is none to be had, by the control group's {@code memory.events}. While its
 * handler runs nothing else is told: what happens meanwhile is one event after it.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class MemoryPressureListenerContainer extends SourceListenerContainer<MemoryPressureEvent> {

	private static final Log logger = LogFactory.getLog(MemoryPressureListenerContainer.class);

	/** The second has room while the worker of the first has still to come to rest. */
	private static final int WAITING_EVENTS = 2;

	/** The pressure file is absent, switched off or not writable. */
	private static final Set<Errno> NO_TRIGGERS = Set.of(Errno.ENOENT, Errno.EOPNOTSUPP, Errno.EACCES, Errno.EPERM,
			Errno.EROFS);

	private final MemoryPressureEvent event;

	private @Nullable OwnedFd fd;

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
		PressureTrigger trigger;
		try {
			trigger = triggers.open(this.event.file(), this.event.level(), this.event.stall(), this.event.window());
		}
		catch (SyscallException ex) {
			MemoryEvents events = insteadOfTrigger(ex);
			logger.info("Listener '" + id() + "' is told by " + events.file()
					+ " when its control group reaches its memory limits, whatever the level, stall and window: "
					+ "a trigger is not to be had, " + ex.getMessage());
			watch(events.fd(), (ready) -> counted(events));
			return true;
		}
		logger.info("Listener '" + id() + "' is told of memory pressure by a trigger in " + this.event.file());
		watch(trigger.fd(), this::pressure);
		return true;
	}

	private MemoryEvents insteadOfTrigger(SyscallException refusal) {
		Optional<Path> file = NO_TRIGGERS.contains(refusal.errno()) ? fileInsteadOfTrigger() : Optional.empty();
		if (file.isEmpty()) {
			throw refusal;
		}
		try {
			return context().applicationContext().getBean(MemoryEventsFactory.class).open(file.get());
		}
		catch (SyscallException ex) {
			refusal.addSuppressed(ex);
			throw refusal;
		}
	}

	/** Of the same control group, or for the whole system's pressure of our own. */
	private Optional<Path> fileInsteadOfTrigger() {
		if (this.event.file().equals(PressureTriggerFactory.MEMORY)) {
			return context().applicationContext().getBean(MemoryEventsFactory.class).ownFile();
		}
		return Optional.of(this.event.file())
			.filter((file) -> file.endsWith("memory.pressure"))
			.map((file) -> file.resolveSibling("memory.events"));
	}

	private void watch(OwnedFd opened, Function<FdEvent, MemoryPressureEvent> mapping) {
		this.fd = opened;
		try {
			register(new ReadinessSource(context().loop(), opened, Flags.of(EpollFlag.PRI),
					new MappedEvents<>(this, mapping)));
		}
		catch (RuntimeException | Error ex) {
			opened.close();
			throw ex;
		}
	}

	private MemoryPressureEvent pressure(FdEvent ready) {
		if (ready.isError()) {
			throw new IllegalStateException("The control group of " + this.event.file() + " is gone");
		}
		return this.event;
	}

	/** With what has been counted, which may be nothing. */
	private MemoryPressureEvent counted(MemoryEvents events) {
		return new MemoryPressureEvent(events.file(), this.event.level(), this.event.stall(), this.event.window(),
				events.risen());
	}

	/** A file may change without a counter that rises. */
	@Override
	@Nullable MemoryPressureEvent arrived(MemoryPressureEvent arrived) {
		if (arrived != this.event && arrived.counters().isEmpty()) {
			resumeSources();
			return null;
		}
		return arrived;
	}

	@Override
	void closeSources() {
		try {
			super.closeSources();
		}
		finally {
			OwnedFd opened = this.fd;
			if (opened != null) {
				this.fd = null;
				opened.close();
			}
		}
	}

	@Override
	void handled(MemoryPressureEvent event) {
		resumeSources();
	}

}
