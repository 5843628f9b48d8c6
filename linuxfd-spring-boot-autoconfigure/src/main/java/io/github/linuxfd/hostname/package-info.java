/**
 * gethostname(2) and sethostname(2): the name of this machine, or of this thread's UTS
 * namespace; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.hostname;

import org.jspecify.annotations.NullMarked;
