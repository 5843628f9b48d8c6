package io.github.linuxfd.metrics;

import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.listener.FanotifyListenerContainer;
import io.github.linuxfd.listener.InotifyListenerContainer;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.listener.ListenerContainer;
import io.github.linuxfd.listener.ListenerObserver;
import io.github.linuxfd.listener.TimerfdListenerContainer;

/**
 * Meters of the loop and the listeners. Counts are read where they are kept; only the
 * timers cost something per event.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class LinuxFdMetrics implements MeterBinder {

	private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

	private final EventLoop loop;

	private final LinuxFdListenerEndpointRegistry listeners;

	/**
	 * Measure a loop and its listeners.
	 * @param loop the loop
	 * @param listeners the listeners
	 */
	public LinuxFdMetrics(EventLoop loop, LinuxFdListenerEndpointRegistry listeners) {
		this.loop = loop;
		this.listeners = listeners;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		FunctionCounter.builder("linuxfd.loop.wakeups", this.loop, EventLoop::wakeups)
			.description("How often the event loop has come back from waiting")
			.register(registry);
		FunctionCounter.builder("linuxfd.loop.busy", this.loop, (loop) -> loop.busyNanos() / NANOS_PER_SECOND)
			.description("Time that the event loop was not waiting")
			.baseUnit("seconds")
			.register(registry);
		Gauge.builder("linuxfd.fds", OwnedFd::openCount)
			.description("Descriptors that linuxfd has open")
			.register(registry);
		this.listeners.observe((container) -> bind(container, registry));
	}

	private void bind(ListenerContainer<?> container, MeterRegistry registry) {
		Tags tags = Tags.of("source", container.source(), "listener", container.id());
		FunctionCounter.builder("linuxfd.events", container, ListenerContainer::events)
			.description("Events that have come")
			.tags(tags)
			.register(registry);
		FunctionCounter.builder("linuxfd.events.lost", container, ListenerContainer::lost)
			.description("Overflows of the kernel's queue, and events not handled before the end")
			.tags(tags)
			.register(registry);
		FunctionCounter.builder("linuxfd.listener.errors", container, ListenerContainer::errors)
			.description("Failures of the handler")
			.tags(tags)
			.register(registry);
		Gauge.builder("linuxfd.queue.size", container, ListenerContainer::queueSize)
			.description("Events that wait for the handler")
			.tags(tags)
			.register(registry);
		if (container instanceof InotifyListenerContainer inotify) {
			Gauge.builder("linuxfd.watches", inotify, InotifyListenerContainer::watches)
				.description("Files and directories watched")
				.tags(tags)
				.register(registry);
		}
		if (container instanceof FanotifyListenerContainer fanotify) {
			FunctionCounter.builder("linuxfd.fanotify.timeouts", fanotify, FanotifyListenerContainer::timeouts)
				.description("Answers that the handler did not give in time")
				.tags(tags)
				.register(registry);
		}
		if (container instanceof TimerfdListenerContainer timer) {
			FunctionCounter.builder("linuxfd.timer.missed", timer, TimerfdListenerContainer::missed)
				.description("Ticks that passed without a call of their own")
				.tags(tags)
				.register(registry);
		}
		container.observe(new Timers(registry, tags, container instanceof TimerfdListenerContainer));
	}

	private static final class Timers implements ListenerObserver {

		private final Timer success;

		private final Timer error;

		/** Only timers tick. */
		private final @Nullable Timer lateness;

		Timers(MeterRegistry registry, Tags tags, boolean timer) {
			this.success = dispatch(registry, tags.and("outcome", "success"));
			this.error = dispatch(registry, tags.and("outcome", "error"));
			this.lateness = timer ? Timer.builder("linuxfd.timer.lateness")
				.description("Time from the due time of a tick to its read")
				.tags(tags)
				.register(registry) : null;
		}

		private static Timer dispatch(MeterRegistry registry, Tags tags) {
			return Timer.builder("linuxfd.dispatch")
				.description("Time from the read of an event to the end of its handler")
				.tags(tags)
				.register(registry);
		}

		@Override
		public void dispatched(long nanos, boolean success) {
			(success ? this.success : this.error).record(nanos, TimeUnit.NANOSECONDS);
		}

		@Override
		public void ticked(long latenessNanos) {
			if (this.lateness != null) {
				this.lateness.record(latenessNanos, TimeUnit.NANOSECONDS);
			}
		}

	}

}
