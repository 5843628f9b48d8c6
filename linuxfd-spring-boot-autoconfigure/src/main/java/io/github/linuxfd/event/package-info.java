/**
 * Application events that are not a kernel record: lost events, failed sources, changed
 * clocks, requested shutdown, ended child processes; applications listen to them.
 */
@NullMarked
package io.github.linuxfd.event;

import org.jspecify.annotations.NullMarked;
