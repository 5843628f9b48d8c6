/**
 * What this kernel, container and user allow, with the reason where the answer is no;
 * both floors may use it.
 */
@NullMarked
package io.github.linuxfd.kernel;

import org.jspecify.annotations.NullMarked;
