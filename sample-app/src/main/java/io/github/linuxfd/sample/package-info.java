/**
 * A file-intake service: files dropped into a directory reach a database exactly once.
 */
@NullMarked
package io.github.linuxfd.sample;

import org.jspecify.annotations.NullMarked;
