package io.github.linuxfd.flags;

/**
 * One named bit of a system call's mask argument. Implemented by enums, one per argument.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public interface Flag {

	/**
	 * Return the kernel's value of this flag.
	 * @return the value, with at least one bit set
	 */
	long bit();

	/**
	 * Return the kernel's name without its prefix.
	 * @return the name, as the enum constant has it
	 */
	String name();

	/**
	 * Whether all bits of this flag are set.
	 * @param bits the mask to look at
	 * @return {@code true} if the mask has this flag
	 */
	default boolean in(long bits) {
		return (bits & bit()) == bit();
	}

}
