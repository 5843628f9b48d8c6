/**
 * Error numbers of failed system calls and the exceptions they become; every package may
 * use it.
 */
@NullMarked
package io.github.linuxfd.errno;

import org.jspecify.annotations.NullMarked;
