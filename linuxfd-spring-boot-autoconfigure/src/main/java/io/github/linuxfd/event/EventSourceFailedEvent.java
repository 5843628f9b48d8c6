package io.github.linuxfd.event;

/**
 * A source of events ended for good without being stopped: its listener is called no
 * more.
 *
 * @param listener the listener's id
 * @param reason what happened
 * @author linuxfd
 * @since 0.1.0
 */
public record EventSourceFailedEvent(String listener, String reason) {
}
