/**
 * inotify(7): changes of files and directories as readable records; applications may use
 * it alone.
 */
@NullMarked
package io.github.linuxfd.inotify;

import org.jspecify.annotations.NullMarked;
