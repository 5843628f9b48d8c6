/**
 * Completion-based I/O: operations are started, and completed by the kernel, through
 * io_uring where it may be used and by other means where not; applications use
 * {@code Aio} or the JDK's own asynchronous channels made by it.
 */
@NullMarked
package io.github.linuxfd.aio;

import org.jspecify.annotations.NullMarked;
