/**
 * The one thread that waits in epoll for every registered descriptor; the Spring floor
 * stands on it and applications may register descriptors of their own.
 */
@NullMarked
package io.github.linuxfd.eventloop;

import org.jspecify.annotations.NullMarked;
