package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalStrategy;

/**
 * How a signal comes to its listeners.
 *
 * @param signal the signal
 * @param strategy the way that was possible
 * @param reason why no better way was; {@code null} if there is nothing to say
 * @author linuxfd
 * @since 0.1.0
 */
public record SignalDelivery(Signal signal, SignalStrategy strategy, @Nullable String reason) {
}
