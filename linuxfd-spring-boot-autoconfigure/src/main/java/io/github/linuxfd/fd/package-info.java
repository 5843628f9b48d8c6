/**
 * Ownership of descriptors and what all readable event descriptors have in common; the
 * facility packages build on it, applications use its public methods through their
 * handles.
 */
@NullMarked
package io.github.linuxfd.fd;

import org.jspecify.annotations.NullMarked;
