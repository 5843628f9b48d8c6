package io.github.linuxfd.actuate;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

import io.github.linuxfd.aio.AioEngine;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.kernel.KernelSupport;
import io.github.linuxfd.kernel.KernelSupport.Facility;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.listener.ListenerContainer;
import io.github.linuxfd.listener.SignalDelivery;
import io.github.linuxfd.signalfd.SignalStrategy;

/**
 * Shows the listeners, how each signal comes, and what the kernel allows.
 *
 * @author linuxfd
 * @since 0.1.0
 */
@Endpoint(id = "linuxfd")
public final class LinuxFdEndpoint {

	private final LinuxFdListenerEndpointRegistry listeners;

	private final Supplier<KernelSupport> support;

	private final Supplier<@Nullable AioEngines> aio;

	/**
	 * Show these listeners.
	 * @param listeners the listeners
	 * @param support what the kernel allows, asked when it is to be shown
	 * @param aio what does asynchronous I/O, or {@code null} as long as there is none
	 */
	public LinuxFdEndpoint(LinuxFdListenerEndpointRegistry listeners, Supplier<KernelSupport> support,
			Supplier<@Nullable AioEngines> aio) {
		this.listeners = listeners;
		this.support = support;
		this.aio = aio;
	}

	/**
	 * Return what there is now.
	 * @return the listeners, signals and facilities
	 */
	@ReadOperation
	public LinuxFdDescriptor linuxfd() {
		KernelSupport kernel = this.support.get();
		return new LinuxFdDescriptor(
				this.listeners.containers().stream().<ListenerDescriptor>map(ListenerDescriptor::of).toList(),
				this.listeners.signalDeliveries().stream().map(SignalDescriptor::of).toList(),
				Stream.of(Facility.values()).map((facility) -> FacilityDescriptor.of(facility, kernel)).toList(),
				AioDescriptor.of(this.aio.get()));
	}

	/**
	 * Everything that is shown.
	 *
	 * @param listeners the listeners, in the order of registration
	 * @param signals the signals that are listened to, by number
	 * @param facilities what the kernel, the container and the user allow
	 * @param aio asynchronous I/O, if it is in use
	 */
	public record LinuxFdDescriptor(List<ListenerDescriptor> listeners, List<SignalDescriptor> signals,
			List<FacilityDescriptor> facilities, @Nullable AioDescriptor aio) implements OperationResponseBody {
	}

	/**
	 * A listener.
	 *
	 * @param id its id
	 * @param source the kernel facility
	 * @param running whether events are being read
	 * @param failure why they are not, if the source has failed
	 * @param events how many events have come
	 * @param lost how often events were lost
	 * @param errors how often the handler has failed
	 * @param queueSize how many events wait for the handler
	 */
	public record ListenerDescriptor(String id, String source, boolean running, @Nullable String failure, long events,
			long lost, long errors, int queueSize) {

		static ListenerDescriptor of(ListenerContainer<?> listener) {
			return new ListenerDescriptor(listener.id(), listener.source(), listener.isRunning(),
					listener.failure().orElse(null), listener.events(), listener.lost(), listener.errors(),
					listener.queueSize());
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

	/**
	 * A facility of the kernel.
	 *
	 * @param facility its name
	 * @param available whether it can be used
	 * @param reason why not
	 */
	public record FacilityDescriptor(Facility facility, boolean available, @Nullable String reason) {

		static FacilityDescriptor of(Facility facility, KernelSupport kernel) {
			return new FacilityDescriptor(facility, kernel.isAvailable(facility),
					kernel.refusal(facility).map(Throwable::getMessage).orElse(null));
		}

	}

	/**
	 * Asynchronous I/O.
	 *
	 * @param engine the engine in use
	 * @param reason why there is no better one
	 * @param inFlight how many operations have started and not ended
	 */
	public record AioDescriptor(AioEngine engine, @Nullable String reason, long inFlight) {

		static @Nullable AioDescriptor of(@Nullable AioEngines engines) {
			return (engines != null)
					? new AioDescriptor(engines.kind(), engines.reason().orElse(null), engines.statistics().inFlight())
					: null;
		}

	}

}
