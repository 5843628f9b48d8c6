package io.github.linuxfd.listener;

import java.util.Set;
import java.util.concurrent.Executor;

import org.springframework.context.ApplicationContext;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * What all containers of an application context share.
 *
 * @param applicationContext takes published events
 * @param loop reads the descriptors
 * @param executor runs the handlers
 * @param errorHandler is told what handlers throw
 * @param settings how events are handed over
 * @param inotifies opens inotify instances
 * @param timerfds opens timers
 * @param signals reads the signals
 * @param publishedWatches the declared watches that a listener publishes already
 * @param children watches child processes
 * @author linuxfd
 */
record ListenerContext(ApplicationContext applicationContext, EventLoop loop, Executor executor,
		ErrorHandler errorHandler, DispatchSettings settings, InotifyFactory inotifies, TimerfdFactory timerfds,
		SignalSources signals, Set<String> publishedWatches, ChildProcesses children) {
}
