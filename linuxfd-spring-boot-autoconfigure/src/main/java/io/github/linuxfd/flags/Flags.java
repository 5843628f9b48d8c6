package io.github.linuxfd.flags;

import java.util.Collection;
import java.util.List;
import java.util.StringJoiner;

/**
 * An immutable mask over the flags of one system call argument. Bits that no flag names
 * are kept, compared and printed: a newer kernel may set them.
 *
 * @param <F> the enum of the argument's flags
 * @author linuxfd
 * @since 0.1.0
 */
public final class Flags<F extends Enum<F> & Flag> {

	private final Class<F> type;

	private final long bits;

	private Flags(Class<F> type, long bits) {
		this.type = type;
		this.bits = bits;
	}

	/**
	 * Return a mask with no bit set.
	 * @param <F> the enum of flags
	 * @param type the enum of flags
	 * @return the mask
	 */
	public static <F extends Enum<F> & Flag> Flags<F> none(Class<F> type) {
		return new Flags<>(type, 0);
	}

	/**
	 * Return a mask of the given flags.
	 * @param <F> the enum of flags
	 * @param first the first flag
	 * @param rest more flags
	 * @return the mask
	 */
	@SafeVarargs
	public static <F extends Enum<F> & Flag> Flags<F> of(F first, F... rest) {
		return of(first.getDeclaringClass(), List.of(rest)).with(first);
	}

	/**
	 * Return a mask of the given flags.
	 * @param <F> the enum of flags
	 * @param type the enum of flags
	 * @param flags the flags, possibly none
	 * @return the mask
	 */
	public static <F extends Enum<F> & Flag> Flags<F> of(Class<F> type, Collection<F> flags) {
		long bits = 0;
		for (F flag : flags) {
			bits |= flag.bit();
		}
		return new Flags<>(type, bits);
	}

	/**
	 * Return a mask with exactly these bits, named or not.
	 * @param <F> the enum of flags
	 * @param type the enum of flags
	 * @param bits the kernel's mask
	 * @return the mask
	 */
	public static <F extends Enum<F> & Flag> Flags<F> ofBits(Class<F> type, long bits) {
		return new Flags<>(type, bits);
	}

	/**
	 * Return the kernel's mask.
	 * @return all bits, named or not
	 */
	public long bits() {
		return this.bits;
	}

	/**
	 * Whether the flag is set.
	 * @param flag the flag to look for
	 * @return {@code true} if all its bits are set
	 */
	public boolean contains(F flag) {
		return flag.in(this.bits);
	}

	/**
	 * Whether no bit is set.
	 * @return {@code true} for the empty mask
	 */
	public boolean isEmpty() {
		return this.bits == 0;
	}

	/**
	 * Return this mask with the flag added.
	 * @param flag the flag to add
	 * @return a mask that has it
	 */
	public Flags<F> with(F flag) {
		return new Flags<>(this.type, this.bits | flag.bit());
	}

	/**
	 * Return this mask with the other's bits added.
	 * @param other the bits to add
	 * @return a mask that has the bits of both
	 */
	public Flags<F> with(Flags<F> other) {
		return new Flags<>(this.type, this.bits | other.bits);
	}

	/**
	 * Return this mask with the flag removed.
	 * @param flag the flag to remove
	 * @return a mask that does not have it
	 */
	public Flags<F> without(F flag) {
		return new Flags<>(this.type, this.bits & ~flag.bit());
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Flags<?> that && this.type == that.type && this.bits == that.bits;
	}

	@Override
	public int hashCode() {
		return Long.hashCode(this.bits);
	}

	/**
	 * Return the names of the flags set, and what remains as a hexadecimal number.
	 * @return for instance {@code CLOSE_WRITE|ISDIR|0x10000}
	 */
	@Override
	public String toString() {
		StringJoiner names = new StringJoiner("|");
		names.setEmptyValue("0");
		long unnamed = this.bits;
		for (F flag : this.type.getEnumConstants()) {
			if (flag.in(this.bits)) {
				names.add(flag.name());
				unnamed &= ~flag.bit();
			}
		}
		if (unnamed != 0) {
			names.add("0x" + Long.toHexString(unnamed));
		}
		return names.toString();
	}

}
