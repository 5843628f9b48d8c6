/**
 * The only way to the C library: the {@code Syscalls} seam, native memory, struct layouts
 * and numbers per architecture; only the kernel floor may use it.
 */
@NullMarked
package io.github.linuxfd.ffi;

import org.jspecify.annotations.NullMarked;
