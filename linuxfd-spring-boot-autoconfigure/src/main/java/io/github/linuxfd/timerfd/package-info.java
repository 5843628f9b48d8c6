/**
 * timerfd_create(2): timers that expire as readable descriptors; applications may use it
 * alone.
 */
@NullMarked
package io.github.linuxfd.timerfd;

import org.jspecify.annotations.NullMarked;
