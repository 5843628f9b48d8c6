package io.github.linuxfd.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;

/**
 * Says how each signal comes to its listeners.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class LinuxFdInfoContributor implements InfoContributor {

	private final LinuxFdListenerEndpointRegistry listeners;

	/**
	 * Describe what these listeners use.
	 * @param listeners the listeners
	 */
	public LinuxFdInfoContributor(LinuxFdListenerEndpointRegistry listeners) {
		this.listeners = listeners;
	}

	@Override
	public void contribute(Info.Builder builder) {
		Map<String, String> signals = new LinkedHashMap<>();
		this.listeners.signalDeliveries()
			.forEach((delivery) -> signals.put(delivery.signal().name(), delivery.strategy().name()));
		builder.withDetail("linuxfd", Map.of("signals", signals));
	}

}
