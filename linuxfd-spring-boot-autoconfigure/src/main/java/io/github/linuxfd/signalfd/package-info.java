/**
 * signalfd(2): signals as readable records with their sender; applications may use it
 * alone.
 */
@NullMarked
package io.github.linuxfd.signalfd;

import org.jspecify.annotations.NullMarked;
