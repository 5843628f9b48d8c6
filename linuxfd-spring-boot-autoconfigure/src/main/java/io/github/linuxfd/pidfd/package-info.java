/**
 * pidfd_open(2): processes that stay the same ones, to be waited for and sent signals;
 * applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.pidfd;

import org.jspecify.annotations.NullMarked;
