/**
 * eventfd(2): a counter in the kernel that threads and pollers can wait for; the event
 * loop and descriptors build on it, applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.eventfd;

import org.jspecify.annotations.NullMarked;
