package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link CsvFile}.
 *
 * @author linuxfd
 */
class CsvFileTests {

	@TempDir
	private Path directory;

	@Test
	void rowsWhenCellsAreQuotedAreUnquoted() throws IOException {
		assertThat(read("1,\"a, \"\"b\"\"\",c\r\n2,\"two\nlines\",\n")).containsExactly(List.of("1", "a, \"b\"", "c"),
				List.of("2", "two\nlines", ""));
	}

	@Test
	void rowsWhenLastLineHasNoEndAreComplete() throws IOException {
		assertThat(read("a,b\nc,d")).containsExactly(List.of("a", "b"), List.of("c", "d"));
	}

	@Test
	void rowsWhenFileIsEmptyAreNone() throws IOException {
		assertThat(read("")).isEmpty();
	}

	@Test
	void rowsWhenFileIsOnlyAByteOrderMarkAreNone() throws IOException {
		assertThat(read("\uFEFF")).isEmpty();
	}

	@Test
	void rowsWhenFileHasByteOrderMarkDoNotHaveIt() throws IOException {
		assertThat(read("\uFEFFä,b\n")).containsExactly(List.of("ä", "b"));
	}

	@Test
	void rowsWhenLinesAreEmptyPassOverThem() throws IOException {
		assertThat(read("\na,b\n\n\nc,d\n\n")).containsExactly(List.of("a", "b"), List.of("c", "d"));
	}

	@Test
	void rowsWhenQuoteIsInsideACellKeepIt() throws IOException {
		assertThat(read("5\" pipe,b\n")).containsExactly(List.of("5\" pipe", "b"));
	}

	@Test
	void rowsWhenQuoteIsNotClosedAreRefused() {
		assertRefused("a,b\nc,\"d\n", "broken quotes");
	}

	@Test
	void rowsWhenTextFollowsAQuoteAreRefused() {
		assertRefused("a,\"b\"c\n", "broken quotes");
	}

	@Test
	void rowsWhenColumnsDifferAreRefused() {
		assertRefused("a,b\nc,d\ne\n", "row 3 (line 3) has 1 column, the first row has 2 columns");
	}

	@Test
	void rowsWhenThereIsANulByteAreRefused() {
		assertRefused("a,b\nc,\0\n", "NUL byte");
	}

	@Test
	void rowsWhenBytesAreNotUtf8AreRefused() {
		assertRefused("a,b\nü,c\n".getBytes(StandardCharsets.ISO_8859_1), "not UTF-8");
	}

	@Test
	void rowsWhenUtf8IsCutOffAreRefused() {
		assertRefused(new byte[] { 'a', ',', (byte) 0xc3 }, "not UTF-8");
	}

	@Test
	void rowsWhenAQuoteStaysOpenForTooLongAreRefused() {
		assertRefused("a,\"" + "x\n".repeat(CsvFile.MAX_RECORD_LENGTH), "longer than 1000000 characters");
	}

	@Test
	void rowsWhenFileIsLongerThanARecordMayBeAreRead() throws IOException {
		assertThat(read("0123456789,abcdefghij\n".repeat(CsvFile.MAX_RECORD_LENGTH / 10))).hasSize(100_000);
	}

	private void assertRefused(String text, String reason) {
		assertRefused(text.getBytes(StandardCharsets.UTF_8), reason);
	}

	private void assertRefused(byte[] bytes, String reason) {
		assertThatExceptionOfType(UnusableFileException.class).isThrownBy(() -> read(bytes))
			.satisfies((ex) -> assertThat(ex.reason()).contains(reason).doesNotContain("\n"));
	}

	private List<List<String>> read(String text) throws IOException {
		return read(text.getBytes(StandardCharsets.UTF_8));
	}

	private List<List<String>> read(byte[] bytes) throws IOException {
		Path file = Files.write(this.directory.resolve("file.csv"), bytes);
		List<List<String>> rows = new ArrayList<>();
		try (CsvFile csv = CsvFile.open(file)) {
			csv.forEachRemaining((cells) -> rows.add(List.of(cells)));
		}
		return rows;
	}

}
