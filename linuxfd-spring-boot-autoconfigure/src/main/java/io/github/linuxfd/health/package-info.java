/**
 * Whether kernel events still come; only the auto-configuration uses it.
 */
@NullMarked
package io.github.linuxfd.health;

import org.jspecify.annotations.NullMarked;
