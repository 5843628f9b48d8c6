/**
 * getpid(2) and getppid(2), asked of the kernel each time; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.process;

import org.jspecify.annotations.NullMarked;
