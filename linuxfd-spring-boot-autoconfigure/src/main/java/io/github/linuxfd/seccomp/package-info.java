/**
 * seccomp(2) through libseccomp: filters of system calls for the whole JVM, and answers
 * to the calls they ask about; applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.seccomp;

import org.jspecify.annotations.NullMarked;
