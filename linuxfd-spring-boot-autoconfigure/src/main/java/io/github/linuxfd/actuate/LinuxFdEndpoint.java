package io.github.linuxfd.actuate;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.listener.ListenerContainer;
import io.github.linuxfd.listener.SignalDelivery;
import io.github.linuxfd.signalfd.SignalStrategy;

/**
 * Shows the listeners, and how each signal comes.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@Endpoint(id = "linuxfd")
public final class LinuxFdEndpoint {

	private final LinuxFdListenerEndpointRegistry listeners;

	/**
	 * Show these listeners.
	 * @param listeners the listeners
	 */
	public LinuxFdEndpoint(LinuxFdListenerEndpointRegistry listeners) {
		this.listeners = listeners;
	}

	/**
	 * Return what there is now.
	 * @return the listeners and signals
	 */
	@ReadOperation
	public LinuxFdDescriptor linuxfd() {
		return new LinuxFdDescriptor(
				this.listeners.containers().stream().<ListenerDescriptor>map(ListenerDescriptor::of).toList(),
				this.listeners.signalDeliveries().stream().map(SignalDescriptor::of).toList());
	}

	/**
	 * Everything that is shown.
	 *
	 * @param listeners the listeners, in the order of registration
	 * @param signals the signals that are listened to, by number
	 */
	public record LinuxFdDescriptor(List<ListenerDescriptor> listeners,
			List<SignalDescriptor> signals) implements OperationResponseBody {
	}

	/**
	 * A listener.
	 *
	 * @param id its id
	 * @param source the kernel facility
	 * @param running whether events are being read
	 * @param events how many events have come
	 * @param lost how often events were lost
	 * @param errors how often the handler has failed
	 * @param queueSize how many events wait for the handler
	 */
	public record ListenerDescriptor(String id, String source, boolean running, long events, long lost, long errors,
			int queueSize) {

		static ListenerDescriptor of(ListenerContainer<?> listener) {
			return new ListenerDescriptor(listener.id(), listener.source(), listener.isRunning(), listener.events(),
					listener.lost(), listener.errors(), listener.queueSize());
		}

	}

	/**
	 * A signal.
	 *
	 * @param signal its name
	 * @param strategy the way it comes
	 * @param reason why there is no better way
	 */
	public record SignalDescriptor(String signal, SignalStrategy strategy, @Nullable String reason) {

		static SignalDescriptor of(SignalDelivery delivery) {
			return new SignalDescriptor(delivery.signal().name(), delivery.strategy(), delivery.reason());
		}

	}

}
