/**
 * From an annotated method to a running handler: endpoints, their containers and the
 * registry that starts and stops them.
 */
@NullMarked
package io.github.linuxfd.listener;

import org.jspecify.annotations.NullMarked;
