package io.github.linuxfd.event;

import java.nio.file.Path;

/**
 * The kernel's queue of a watch was full and events were lost. An inotify listener is
 * scanning the watched directory and is told of every file in it; what a fanotify
 * listener was not told of is not known.
 *
 * @param listener the listener's id
 * @param path the watched path
 * @author linuxfd
 * @since 0.1.0
 */
public record EventQueueOverflowedEvent(String listener, Path path) {
}
