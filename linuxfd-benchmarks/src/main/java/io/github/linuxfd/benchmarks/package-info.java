/**
 * The contestants of the benchmarks, as commands that the script runs: ours and what Java
 * has otherwise.
 */
@NullMarked
package io.github.linuxfd.benchmarks;

import org.jspecify.annotations.NullMarked;
