package io.github.linuxfd.errno;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Errno}.
 *
 * @author linuxfd
 */
class ErrnoTests {

	@Test
	void toStringWhenNumberIsKnownHasNameAndDescription() {
		assertThat(Errno.ENOSPC).hasToString("ENOSPC (No space left on device)");
	}

	@ParameterizedTest
	@ValueSource(ints = { 41, 58, 134, 4095, 4711, Integer.MAX_VALUE })
	void numberWhenUnknownIsKeptAndPrinted(int number) {
		Errno errno = Errno.ofResult(-(long) number);
		assertThat(errno.number()).isEqualTo(number);
		assertThat(errno.name()).isEqualTo("errno " + number);
		assertThat(errno).hasToString("errno " + number + " (Unknown error " + number + ")");
		assertThat(errno).isEqualTo(new Errno(number));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, Integer.MIN_VALUE })
	void createWhenNumberIsNotPositiveIsRefused(int number) {
		assertThatIllegalArgumentException().isThrownBy(() -> new Errno(number));
	}

	@Test
	void isWhenResultIsThatErrnoOnly() {
		assertThat(Errno.EAGAIN.is(-11)).isTrue();
		assertThat(Errno.EAGAIN.is(11)).isFalse();
		assertThat(Errno.EAGAIN.is(0)).isFalse();
		assertThat(Errno.EPERM.is(-1)).isTrue();
	}

	@Test
	void constantsHaveTheNameOfTheirNumber() throws Exception {
		for (Field field : Errno.class.getFields()) {
			if (Modifier.isStatic(field.getModifiers())) {
				assertThat(((Errno) field.get(null)).name()).isEqualTo(field.getName());
			}
		}
	}

	@Test
	void descriptionsAreThoseOfTheCLibrary() {
		Strings strings = LibraryLoader.create(Strings.class).load("c");
		for (int number = 1; number < 140; number++) {
			assertThat(new Errno(number).description()).as("errno %s", number).isEqualTo(strings.strerror(number));
		}
	}

	public interface Strings {

		String strerror(int number);

	}

}
