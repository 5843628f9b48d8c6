/**
 * Pressure stall information: being woken when processes wait too long for memory, CPU or
 * I/O; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.psi;

import org.jspecify.annotations.NullMarked;
