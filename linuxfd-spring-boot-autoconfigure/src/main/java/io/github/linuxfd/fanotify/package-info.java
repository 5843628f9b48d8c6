/**
 * fanotify(7): what happens on whole file systems, and permission to open and read files;
 * applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.fanotify;

import org.jspecify.annotations.NullMarked;
