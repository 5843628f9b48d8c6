/**
 * What the actuator shows of linuxfd; only the auto-configuration uses it.
 */
@NullMarked
package io.github.linuxfd.actuate;

import org.jspecify.annotations.NullMarked;
