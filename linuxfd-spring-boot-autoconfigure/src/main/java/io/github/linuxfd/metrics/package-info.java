/**
 * Micrometer meters over the loop and the listener containers; nothing else imports
 * Micrometer.
 */
@NullMarked
package io.github.linuxfd.metrics;

import org.jspecify.annotations.NullMarked;
