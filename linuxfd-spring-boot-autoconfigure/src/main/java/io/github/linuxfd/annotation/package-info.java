/**
 * The annotations that turn methods into handlers of kernel events: what users type.
 */
@NullMarked
package io.github.linuxfd.annotation;

import org.jspecify.annotations.NullMarked;
