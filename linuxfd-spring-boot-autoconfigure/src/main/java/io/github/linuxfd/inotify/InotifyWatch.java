package io.github.linuxfd.inotify;

import java.nio.file.Path;

import io.github.linuxfd.flags.Flags;

/**
 * A watched file or directory of one {@link Inotify}.
 *
 * @param wd the kernel's watch descriptor; the kernel never gives the same one again to
 * the same instance
 * @param path the path as it was when the watch was added; a renamed directory keeps it
 * @param events the events asked for
 * @author linuxfd
 * @since 0.1.0
 */
public record InotifyWatch(int wd, Path path, Flags<InotifyEventFlag> events) {
}
