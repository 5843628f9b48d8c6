package io.github.linuxfd.flags;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Flags}.
 *
 * @author linuxfd
 */
class FlagsTests {

	@Test
	void bitsWhenNobodyNamesThemAreKeptComparedAndPrinted() {
		Flags<Colour> flags = Flags.ofBits(Colour.class, 0x8000_0011L);
		assertThat(flags.bits()).isEqualTo(0x8000_0011L);
		assertThat(flags).hasToString("RED|0x80000010");
		assertThat(flags).isNotEqualTo(Flags.of(Colour.RED));
		assertThat(flags.with(Colour.GREEN).without(Colour.RED)).hasToString("GREEN|0x80000010");
	}

	@Test
	void toStringWhenEmptyIsZero() {
		assertThat(Flags.none(Colour.class)).hasToString("0");
		assertThat(Flags.none(Colour.class).isEmpty()).isTrue();
	}

	@Test
	void containsWhenFlagHasSeveralBitsWantsAll() {
		assertThat(Flags.ofBits(Colour.class, 4).contains(Colour.WHITE)).isFalse();
		assertThat(Flags.ofBits(Colour.class, 12).contains(Colour.WHITE)).isTrue();
	}

	@Test
	void equalityNeedsTheSameEnumAndTheSameBits() {
		assertThat(Flags.of(Colour.RED, Colour.GREEN))
			.isEqualTo(Flags.of(Colour.class, List.of(Colour.GREEN, Colour.RED)))
			.hasSameHashCodeAs(Flags.of(Colour.GREEN, Colour.RED));
		assertThat(Flags.of(Colour.RED)).isNotEqualTo(Flags.of(Shape.ROUND));
	}

	@Test
	void withIsImmutable() {
		Flags<Colour> red = Flags.of(Colour.RED);
		assertThat(red.with(Flags.of(Colour.GREEN)).bits()).isEqualTo(3);
		assertThat(red.bits()).isEqualTo(1);
	}

	enum Colour implements Flag {

		RED(1), GREEN(2), WHITE(12);

		private final long bit;

		Colour(long bit) {
			this.bit = bit;
		}

		@Override
		public long bit() {
			return this.bit;
		}

	}

	enum Shape implements Flag {

		ROUND;

		@Override
		public long bit() {
			return 1;
		}

	}

}
