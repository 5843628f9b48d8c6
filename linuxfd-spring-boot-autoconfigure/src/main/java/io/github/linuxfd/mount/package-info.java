/**
 * mount(2) and its younger relatives: file systems and directories at other places;
 * applications may use it alone.
 */
@NullMarked
package io.github.linuxfd.mount;

import org.jspecify.annotations.NullMarked;
