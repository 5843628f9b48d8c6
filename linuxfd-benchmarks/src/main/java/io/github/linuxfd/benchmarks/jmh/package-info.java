/**
 * The small parts of the paths through linuxfd, each beside its alternatives.
 */
@NullMarked
package io.github.linuxfd.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
