package io.github.linuxfd.listener;

import java.util.concurrent.Executor;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;

/**
 * What an application context needs to listen to signals.
 *
 * @param loop reads them, or handles what another context has read
 * @param executor runs what may take long
 * @param signalfds takes them from the JVM and opens signalfds
 * @param signals blocks them in threads
 * @param settings how they come
 * @param announcement tells the application context of a shutdown
 * @author linuxfd
 */
record SignalContext(EventLoop loop, Executor executor, SignalfdFactory signalfds, Signals signals,
		SignalSettings settings, ShutdownAnnouncement announcement) {
}
