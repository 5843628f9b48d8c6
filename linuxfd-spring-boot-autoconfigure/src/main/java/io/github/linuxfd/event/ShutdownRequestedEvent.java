package io.github.linuxfd.event;

import java.time.Duration;

import io.github.linuxfd.signalfd.SignalEvent;

/**
 * A signal asks for the end of the JVM, and no listener has consumed it. Published on a
 * thread of the dispatch executor, before the application context is closed, which waits
 * for this no longer than the shutdown timeout.
 *
 * @param signal the signal, with its sender
 * @param delay how long the context stays open from now on; a second signal ends it
 * @author linuxfd
 * @since 0.1.0
 */
public record ShutdownRequestedEvent(SignalEvent signal, Duration delay) {
}
