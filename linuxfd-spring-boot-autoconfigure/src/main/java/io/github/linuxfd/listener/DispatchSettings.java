package io.github.linuxfd.listener;

import java.time.Duration;

/**
 * How events are handed to handlers.
 *
 * @param queueCapacity how many events may wait for a listener before its source is left
 * unread and the kernel keeps them
 * @param maxBatchSize the most events given to a handler that takes a list
 * @param shutdownTimeout how long handlers may go on when the context stops
 * @author linuxfd
 * @since 0.1.0
 */
public record DispatchSettings(int queueCapacity, int maxBatchSize, Duration shutdownTimeout) {
}
