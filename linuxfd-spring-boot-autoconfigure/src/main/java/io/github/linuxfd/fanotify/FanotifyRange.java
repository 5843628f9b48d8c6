package io.github.linuxfd.fanotify;

/**
 * The part of a file that is to be read or written: the record of
 * {@link FanotifyEventFlag#PRE_ACCESS}.
 *
 * @param offset where it starts, in bytes
 * @param count how many bytes it has
 * @author linuxfd
 * @since 0.1.0
 */
public record FanotifyRange(long offset, long count) {
}
