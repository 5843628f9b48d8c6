/**
 * epoll(7): waiting for many descriptors at once; the event loop builds on it and
 * applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.epoll;

import org.jspecify.annotations.NullMarked;
