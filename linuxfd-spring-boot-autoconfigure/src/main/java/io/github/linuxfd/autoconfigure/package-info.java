/**
 * Auto-configuration, properties, conditions and failure analysis; nobody imports it.
 */
@NullMarked
package io.github.linuxfd.autoconfigure;

import org.jspecify.annotations.NullMarked;
