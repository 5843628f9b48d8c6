package io.github.linuxfd.seccomp;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link SeccompAction}, {@link SeccompAnswer}, {@link SeccompComparison} and
 * {@link SeccompRule}.
 *
 * @author linuxfd
 */
class SeccompValuesTests {

	@ParameterizedTest
	@CsvSource({ "allow, 7fff0000", "log, 7ffc0000", "trace:7, 7ff00007", "notify, 7fc00000", "errno:EPERM, 50001",
			"errno:4095, 50fff", "trap, 30000", "kill-thread, 0", "kill-process, 80000000" })
	void actionIsReadAndPrintedAndHasTheKernelsBits(String text, String bits) {
		SeccompAction action = SeccompAction.valueOf(text);
		assertThat(Integer.toHexString(action.bits())).isEqualTo(bits);
		assertThat(action).hasToString(text);
		assertThat(SeccompAction.ofBits(action.bits())).isEqualTo(action);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "deny", "errno", "errno:", "errno:ENOTHING", "errno:4096", "allow:1", "trace",
			"trace:65536", "errno:0x" })
	void actionWhenTextIsWrongIsRefusedAndTheChoicesAreNamed(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompAction.valueOf(text))
			.withMessageContaining("'" + text + "' is none of allow, log, notify, errno:EPERM");
	}

	@Test
	void actionByNumberIsPrintedByName() {
		assertThat(SeccompAction.valueOf("errno:13")).isEqualTo(SeccompAction.errno(Errno.EACCES))
			.hasToString("errno:EACCES");
	}

	@ParameterizedTest
	@ValueSource(strings = { "continue", "errno:EPERM", "value:-7" })
	void answerIsReadAndPrinted(String text) {
		assertThat(SeccompAnswer.valueOf(text)).hasToString(text);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "yes", "continue:1", "errno", "value:x", "errno:NO", "errno:0", "errno:4096" })
	void answerWhenTextIsWrongIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompAnswer.valueOf(text))
			.withMessageContaining("is none of continue, errno:EPERM, value:0");
	}

	@ParameterizedTest
	@ValueSource(longs = { Long.MIN_VALUE, -1, 0, 4096, 1L << 32 | 1 })
	void answerWhenItsErrorIsNoneIsRefused(long number) {
		assertThatIllegalArgumentException().isThrownBy(() -> new SeccompAnswer(SeccompAnswer.Kind.ERRNO, number))
			.withMessage("ERRNO takes 1 to 4095, not " + number);
	}

	@ParameterizedTest
	@CsvSource({ "arg0 != 1, NE, ffffffffffffffff, 1", "arg1<0x10, LT, ffffffffffffffff, 10",
			"arg2 <= 2, LE, ffffffffffffffff, 2", "arg3 == 0xFFFFFFFFFFFFFFFF, EQ, ffffffffffffffff, ffffffffffffffff",
			"arg4 >= 18446744073709551615, GE, ffffffffffffffff, ffffffffffffffff",
			"arg5 > -1, GT, ffffffffffffffff, ffffffffffffffff", "arg0 & 0x3 == 2, MASKED_EQ, 3, 2",
			"arg0&3==2, MASKED_EQ, 3, 2" })
	void comparisonIsReadAndPrinted(String text, SeccompComparator comparator, String mask, String value) {
		SeccompComparison comparison = SeccompComparison.valueOf(text);
		assertThat(comparison.comparator()).isEqualTo(comparator);
		assertThat(comparison.argument()).isEqualTo(text.charAt(3) - '0');
		assertThat(Long.toHexString(comparison.mask())).isEqualTo(mask);
		assertThat(Long.toHexString(comparison.value())).isEqualTo(value);
		assertThat(SeccompComparison.valueOf(comparison.toString())).isEqualTo(comparison);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "arg6 == 1", "arg0 = 1", "arg0 == ", "arg0 & 1 != 1", "arg0 == one", "arg0 & 1 == 2" })
	void comparisonWhenTextIsWrongIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompComparison.valueOf(text));
	}

	/** What fits in a register, and no octal number. */
	@ParameterizedTest
	@CsvSource({ "arg0 == 010, a", "arg0 == -9223372036854775808, 8000000000000000",
			"arg0 == 0x00000000000000000000000000000000001, 1" })
	void numberWhenItFitsIsRead(String text, String value) {
		assertThat(Long.toHexString(SeccompComparison.valueOf(text).value())).isEqualTo(value);
	}

	/** None is cut to what fits. */
	@ParameterizedTest
	@CsvSource({ "arg0 == 18446744073709551616, 18446744073709551616",
			"arg0 == 0x10000000000000000, 0x10000000000000000", "arg0 == -9223372036854775809, -9223372036854775809",
			"arg0 == -0x1, -0x1", "arg0 == 0x, 0x", "arg0 == one, one",
			"arg0 & 0x1ffffffffffffffff == 1, 0x1ffffffffffffffff",
			"arg0 & 99999999999999999999 == 1, 99999999999999999999", "arg0 & 0x == 0, 0x", "arg0 & mask == 0, mask" })
	void comparisonWhenNumberDoesNotFitSaysWhichDo(String text, String number) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompComparison.valueOf(text))
			.isExactlyInstanceOf(IllegalArgumentException.class)
			.withMessage("'" + number + "' is no number from -9223372036854775808 to 18446744073709551615, "
					+ "in decimal or, behind 0x, in hexadecimal");
	}

	@ParameterizedTest
	@CsvSource({ "trace:4294967297, 65535", "trace:0x100000001, 65535", "trace:-0x1, 65535", "trace:-1, 65535",
			"trace:18446744073709551617, 65535", "trace:, 65535", "errno:4294967297, 4095", "errno:0x100000001, 4095",
			"errno:-1, 4095", "errno:-0x1, 4095", "errno:18446744073709551617, 4095", "errno:, 4095" })
	void actionWhenNumberDoesNotFitSaysWhichDo(String text, int max) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompAction.valueOf(text))
			.isExactlyInstanceOf(IllegalArgumentException.class)
			.withMessageStartingWith("'" + text + "' is none of ")
			.withMessageContaining(": '" + text.substring(6) + "' is no number from 0 to " + max);
	}

	@ParameterizedTest
	@ValueSource(strings = { "value:9223372036854775808", "value:0x8000000000000000", "value:-0x1",
			"value:-9223372036854775809", "value:" })
	void answerWhenNumberDoesNotFitSaysWhichDo(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> SeccompAnswer.valueOf(text))
			.isExactlyInstanceOf(IllegalArgumentException.class)
			.withMessageStartingWith("'" + text + "' is none of ")
			.withMessageContaining(
					": '" + text.substring(6) + "' is no number from -9223372036854775808 to 9223372036854775807");
	}

	@Test
	void numberIsNeverOctal() {
		assertThat(SeccompAction.valueOf("trace:010").data()).isEqualTo(10);
		assertThat(SeccompAnswer.valueOf("value:010").value()).isEqualTo(10);
		assertThat(SeccompAction.valueOf("errno:0x10")).isEqualTo(SeccompAction.errno(Errno.EBUSY));
	}

	@Test
	void ruleWithTwoComparisonsOfAnArgumentIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> SeccompRule.of(SeccompAction.LOG, "getppid",
					SeccompComparison.of(0, SeccompComparator.GT, 1), SeccompComparison.of(0, SeccompComparator.LT, 9)))
			.withMessageContaining("one comparison for each argument");
	}

	@Test
	void notificationIsPrintedAsACall() {
		assertThat(
				new SeccompNotification(1, 4711, 0xc000_003e, 59, "execve", 0x10, List.of(1L, 2L, 255L, 0L, 0L, -1L)))
			.hasToString("execve(0x1, 0x2, 0xff, 0x0, 0x0, 0xffffffffffffffff) of 4711");
	}

}
