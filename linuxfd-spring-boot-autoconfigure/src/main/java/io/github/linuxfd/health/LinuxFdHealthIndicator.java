package io.github.linuxfd.health;

import java.util.Optional;
import java.util.function.Supplier;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;

/**
 * Down as soon as a listener gets no more events, because its source or the loop has
 * failed.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class LinuxFdHealthIndicator extends AbstractHealthIndicator {

	private final EventLoop loop;

	private final LinuxFdListenerEndpointRegistry listeners;

	private final Supplier<Optional<String>> seccomp;

	/**
	 * Look at these.
	 * @param loop reads the events
	 * @param listeners the listeners
	 * @param seccomp why calls are not asked about any more, if that has failed
	 */
	public LinuxFdHealthIndicator(EventLoop loop, LinuxFdListenerEndpointRegistry listeners,
			Supplier<Optional<String>> seccomp) {
		this.loop = loop;
		this.listeners = listeners;
		this.seccomp = seccomp;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		builder.up();
		if (!this.loop.isOpen()) {
			builder.down().withDetail("loop", this.loop.toString());
		}
		this.listeners.containers()
			.forEach((listener) -> listener.failure()
				.ifPresent((failure) -> builder.down().withDetail(listener.id(), failure)));
		this.seccomp.get().ifPresent((failure) -> builder.down().withDetail("linuxfd.seccomp", failure));
	}

}
