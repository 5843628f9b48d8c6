/**
 * pipe(7), splice(2), tee(2) and vmsplice(2): pipes, and bytes moved through them without
 * being copied; applications use it.
 */
@NullMarked
package io.github.linuxfd.pipe;

import org.jspecify.annotations.NullMarked;
