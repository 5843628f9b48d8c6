package io.github.linuxfd.fanotify;

import io.github.linuxfd.errno.Errno;

/**
 * What a file system has found wrong with itself: the record of
 * {@link FanotifyEventFlag#FS_ERROR}.
 *
 * @param errno the first error
 * @param count how many errors there were since the last event
 * @author linuxfd
 * @since 0.1.0
 */
public record FanotifyError(Errno errno, long count) {
}
