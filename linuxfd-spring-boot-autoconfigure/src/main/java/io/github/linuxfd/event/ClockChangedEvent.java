package io.github.linuxfd.event;

import java.time.Instant;

/**
 * Somebody set the wall clock. Cron timers have been armed anew.
 *
 * @param now the time after the change
 * @author linuxfd
 * @since 0.1.0
 */
public record ClockChangedEvent(Instant now) {
}
