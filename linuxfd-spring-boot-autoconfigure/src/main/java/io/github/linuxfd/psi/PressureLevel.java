package io.github.linuxfd.psi;

/**
 * Who has to wait before it counts as pressure.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum PressureLevel {

	/** One task at least. */
	SOME,

	/** All that have something to do, at the same time. */
	FULL

}
