/**
 * Pressure stall information: being woken when processes wait too long for memory, CPU or
 * I/O, and what control groups count where there is none; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.psi;

import org.jspecify.annotations.NullMarked;
