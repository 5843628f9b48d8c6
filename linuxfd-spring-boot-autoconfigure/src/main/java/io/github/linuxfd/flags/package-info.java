/**
 * Immutable masks over one enum per system call argument; every package may use it.
 */
@NullMarked
package io.github.linuxfd.flags;

import org.jspecify.annotations.NullMarked;
