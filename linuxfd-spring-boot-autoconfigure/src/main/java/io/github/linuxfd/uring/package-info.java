/**
 * io_uring(7): operations that are handed to the kernel in a queue, and whose completions
 * come back in another; {@code aio} builds on it, applications that want the rings
 * themselves may use it.
 */
@NullMarked
package io.github.linuxfd.uring;

import org.jspecify.annotations.NullMarked;
