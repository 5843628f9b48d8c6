/**
 * unshare(2) and setns(2): code and child processes with a view of the system of their
 * own; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.namespace;

import org.jspecify.annotations.NullMarked;
